// SPDX-License-Identifier: Apache-2.0
// Running of Cedar's integration tests, hand-written ones and the fuzzer's corpus.
//
// Tested by tests/unit/cli/conformance_test.cc and tests/conformance/conformance_test.cc.
#include "cli/conformance/integration_tests.h"

#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "cli/conformance/answer.h"
#include "cli/conformance/schema_need.h"
#include "cli/files.h"
#include "engine/decide.h"
#include "engine/json.h"
#include "server/reload/files_below.h"

namespace thuja::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNeedsSchema = "requests whose data or action groups only a schema settles";

// One test file with what it names.
struct IntegrationTest {
  std::string path;
  JsonDocument document;
  std::shared_ptr<const SourceText> policies;
  std::shared_ptr<const SourceText> entities;
  std::shared_ptr<const SourceText> schema;
};

// The paths in a test start at the folder that holds all the material, which is one of those above.
std::optional<fs::path> FindRoot(const fs::path& test, std::string_view relative) {
  for (fs::path folder = fs::absolute(test).parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / relative)) return folder;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

bool IsIntegrationTest(const Json& json) {
  for (const char* key : {"policies", "entities", "schema"}) {
    const Json* member = json.Find(key);
    if (member == nullptr || !member->IsString()) return false;
  }
  const Json* requests = json.Find("requests");
  return requests != nullptr && requests->IsArray();
}

class IntegrationTestRunner {
 public:
  explicit IntegrationTestRunner(Tally& tally) : tally_(tally) {}

  // False if the file is a test that cannot be read; one that is no test is passed over.
  bool RunFile(const std::string& path) {
    const std::shared_ptr<const SourceText> source = ReadSource(path);
    if (source == nullptr) return false;
    Diagnostics diagnostics;
    std::optional<JsonDocument> document = ReadJson(source, diagnostics);
    if (!document) {
      std::cerr << Render(diagnostics);
      return false;
    }
    if (!IsIntegrationTest(document->root())) return true;
    std::optional<IntegrationTest> test = Open(path, std::move(*document));
    if (!test) return false;
    ++tests_;
    Run(*test);
    return true;
  }

  size_t tests() const { return tests_; }

 private:
  static std::optional<IntegrationTest> Open(const std::string& path, JsonDocument document) {
    const std::string policies(document.root().Find("policies")->text);
    const std::optional<fs::path> root = FindRoot(path, policies);
    if (!root) {
      std::cerr << "thuja: error: " << path << ": no folder above has " << policies << "\n";
      return std::nullopt;
    }
    const auto read = [&](const char* key) {
      return ReadSource((*root / document.root().Find(key)->text).string());
    };
    IntegrationTest test{path, JsonDocument(), read("policies"), read("entities"), read("schema")};
    test.document = std::move(document);
    if (!test.policies || !test.entities || !test.schema) return std::nullopt;
    return test;
  }

  void Run(const IntegrationTest& test) {
    tally_.NotYet("validation verdicts need a schema", 1);
    const Json& requests = *test.document.root().Find("requests");
    Diagnostics diagnostics;
    const std::optional<JsonDocument> entities = ReadJson(test.entities, diagnostics);
    if (entities &&
        NeedsActionGroups(test.schema->text(), test.policies->text(), entities->root())) {
      tally_.NotYet(kNeedsSchema, requests.elements.size());
      return;
    }
    const auto snapshot = entities ? Load(test, test.entities, diagnostics) : nullptr;
    const ImplicitValues implicit(test.schema->text());
    std::shared_ptr<const Snapshot> spelled_out = snapshot;
    if (snapshot != nullptr) {
      Diagnostics ignored;
      spelled_out = Load(test,
                         std::make_shared<const SourceText>(
                             "entities", implicit.SpellOutEntities(entities->root())),
                         ignored);
    }
    for (size_t i = 0; i < requests.elements.size(); ++i) {
      const Json& request = requests.elements[i];
      const std::string actual = snapshot == nullptr ? "refused:\n" + Render(diagnostics)
                                                     : Ask(*snapshot, test.document, request);
      if (spelled_out == nullptr || actual != AskSpelledOut(*spelled_out, implicit, request)) {
        tally_.NotYet(kNeedsSchema, 1);
        continue;
      }
      const std::string expected = ToString(ExpectedAnswer(request));
      tally_.Check("requests", actual == expected,
                   test.path + " request " + std::to_string(i) + ": expected " + expected +
                       ", got " + actual);
    }
  }

  static std::shared_ptr<const Snapshot> Load(const IntegrationTest& test,
                                              std::shared_ptr<const SourceText> entities_text,
                                              Diagnostics& diagnostics) {
    const std::shared_ptr<const SourceText> sources[] = {test.policies};
    std::optional<PolicySet> policies = ParsePolicySet(sources, PolicyIds::kPosition, diagnostics);
    std::optional<EntityStore> entities = ReadEntities(std::move(entities_text), diagnostics);
    if (!policies || !entities) return nullptr;
    SnapshotBuilder builder;
    builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
    return builder.Build();
  }

  std::string Ask(const Snapshot& snapshot, const JsonDocument& document, const Json& json) {
    Diagnostics diagnostics;
    const auto request =
        ReadRequest(document, json, Place("request"), diagnostics, OtherKeys::kIgnore);
    if (!request) return "refused:\n" + Render(diagnostics);
    return AskBoth(snapshot, *request, scratch_, interpreter_scratch_);
  }

  std::string AskSpelledOut(const Snapshot& snapshot, const ImplicitValues& implicit,
                            const Json& json) {
    std::string text = "{";
    for (const char* key : {"principal", "action", "resource"}) {
      if (const Json* member = json.Find(key); member != nullptr) {
        text += QuoteJson(key) + ":" + WriteJson(*member) + ",";
      }
    }
    const Json* context = json.Find("context");
    text += "\"context\":" + (context == nullptr ? "{}" : implicit.SpellOut(*context)) + "}";
    Diagnostics diagnostics;
    const auto document =
        ReadJson(std::make_shared<const SourceText>("request", std::move(text)), diagnostics);
    if (!document) return "refused";
    return Ask(snapshot, *document, document->root());
  }

  Tally& tally_;
  Scratch scratch_;
  Scratch interpreter_scratch_;
  size_t tests_ = 0;
};

}  // namespace

bool RunIntegrationTests(const fs::path& folder, Tally& tally) {
  IntegrationTestRunner runner(tally);
  for (const std::string& path : server::FilesBelow(folder, ".json")) {
    if (path.ends_with(".entities.json")) continue;
    if (!runner.RunFile(path)) return false;
  }
  if (runner.tests() > 0) return true;
  std::cerr << "thuja: error: " << folder.string() << ": there is no integration test here\n";
  return false;
}

}  // namespace thuja::cli
