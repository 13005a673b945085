// SPDX-License-Identifier: Apache-2.0
// Policies, entities and authorization runs that others published, with an oracle's verdicts:
// what the manifest of `cedar-samples` lists and no schema is needed for.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/conformance/answer.h"
#include "cli/files.h"
#include "engine/decide.h"
#include "engine/json.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

namespace fs = std::filesystem;

std::optional<JsonDocument> ReadJsonFile(const fs::path& path) {
  Diagnostics diagnostics;
  std::optional<JsonDocument> document = ReadJson(cli::ReadSource(path.string()), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << Render(diagnostics);
  return document;
}

std::string Text(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member == nullptr ? "" : std::string(member->text);
}

// Cedar's command line names policies by `@id`.
std::optional<PolicySet> ReadPolicies(const fs::path& path, Diagnostics& diagnostics) {
  const std::shared_ptr<const SourceText> sources[] = {cli::ReadSource(path.string())};
  return ParsePolicySet(sources, PolicyIds::kAnnotation, diagnostics);
}

TEST(Samples, PoliciesAndFragmentsParseOrNotAsTheOracleSays) {
  THUJA_REQUIRE_SHARED(shared);
  const fs::path root = *shared / "cedar-samples";
  const std::optional<JsonDocument> manifest = ReadJsonFile(root / "manifest.json");
  ASSERT_TRUE(manifest);
  size_t checked = 0;
  for (const Json& file : manifest->root().Find("files")->elements) {
    const std::string kind = Text(file, "kind");
    if (kind != "policies" && kind != "fragment") continue;
    Diagnostics diagnostics;
    const std::shared_ptr<const SourceText> sources[] = {
        cli::ReadSource((root / Text(file, "path")).string())};
    ASSERT_NE(sources[0], nullptr);
    const bool accepted = ParsePolicySet(sources, PolicyIds::kPosition, diagnostics).has_value();
    EXPECT_EQ(accepted, file.Find("oracle")->Find("accepts")->boolean) << Text(file, "path") << "\n"
                                                                       << Render(diagnostics);
    ++checked;
  }
  EXPECT_EQ(checked, 418u);
}

TEST(Samples, EntitiesAreAcceptedOrNotAsTheOracleSays) {
  THUJA_REQUIRE_SHARED(shared);
  const fs::path root = *shared / "cedar-samples";
  const std::optional<JsonDocument> manifest = ReadJsonFile(root / "manifest.json");
  ASSERT_TRUE(manifest);
  size_t checked = 0;
  for (const Json& file : manifest->root().Find("files")->elements) {
    if (Text(file, "kind") != "entities") continue;
    Diagnostics diagnostics;
    const bool accepted =
        ReadEntities(cli::ReadSource((root / Text(file, "path")).string()), diagnostics)
            .has_value();
    EXPECT_EQ(accepted, file.Find("oracle")->Find("accepts")->boolean) << Text(file, "path") << "\n"
                                                                       << Render(diagnostics);
    ++checked;
  }
  EXPECT_EQ(checked, 120u);
}

// The request of a scenario and its entities. A test `file#n` is element n of a list of tests that
// bring their entities, or request n of an integration test.
struct ScenarioInput {
  std::optional<JsonDocument> request_document;
  const Json* request = nullptr;
  std::optional<JsonDocument> entities_document;  // the request's own document if there is none
  const Json* entities = nullptr;
};

ScenarioInput ReadInput(const fs::path& root, const Json& scenario) {
  ScenarioInput input;
  const std::string test = Text(scenario, "test");
  const size_t hash = std::min(test.rfind('#'), test.size());
  input.request_document =
      ReadJsonFile(root / (test.empty() ? Text(scenario, "request") : test.substr(0, hash)));
  const Json& document = input.request_document->root();
  const size_t index = test.empty() ? 0 : std::stoul(test.substr(hash + 1));
  if (document.IsArray()) {
    input.request = document.elements[index].Find("request");
    input.entities = document.elements[index].Find("entities");
    return input;
  }
  input.request = test.empty() ? &document : &document.Find("requests")->elements[index];
  input.entities_document = ReadJsonFile(root / Text(scenario, "entities"));
  input.entities = &input.entities_document->root();
  return input;
}

std::string Decided(const fs::path& root, const Json& scenario) {
  Diagnostics diagnostics;
  std::optional<PolicySet> policies = ReadPolicies(root / Text(scenario, "policies"), diagnostics);
  const std::string links = Text(scenario, "links");
  if (policies && !links.empty()) {
    LinkPolicies(cli::ReadSource((root / links).string()), *policies, diagnostics);
  }
  const ScenarioInput input = ReadInput(root, scenario);
  std::optional<EntityStore> entities =
      ReadEntities(input.entities_document ? *input.entities_document : *input.request_document,
                   *input.entities, diagnostics);
  const std::optional<Request> request = ReadRequest(
      *input.request_document, *input.request, Place("request"), diagnostics, OtherKeys::kIgnore);
  if (!diagnostics.empty() || !policies || !entities || !request) {
    return "refused: " + Render(diagnostics);
  }
  SnapshotBuilder builder;
  builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
  const std::shared_ptr<const Snapshot> snapshot = builder.Build();
  Scratch scratch;
  return ToString(cli::AnswerOf(*snapshot, Decide(*snapshot, *request, scratch)));
}

TEST(Samples, ScenariosAreDecidedAsTheOracleDoesWithoutTheirSchema) {
  THUJA_REQUIRE_SHARED(shared);
  const fs::path root = *shared / "cedar-samples";
  const std::optional<JsonDocument> manifest = ReadJsonFile(root / "manifest.json");
  ASSERT_TRUE(manifest);
  size_t checked = 0;
  for (const Json& scenario : manifest->root().Find("scenarios")->elements) {
    const Json& expected = *scenario.Find("oracle")->Find("withoutSchema");
    EXPECT_EQ(Decided(root, scenario), ToString(cli::ExpectedAnswer(expected)))
        << Text(scenario, "unit") << " " << Text(scenario, "test") << " "
        << Text(scenario, "request");
    ++checked;
  }
  EXPECT_EQ(checked, 145u);
}

}  // namespace
}  // namespace thuja
