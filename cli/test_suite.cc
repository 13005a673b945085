// SPDX-License-Identifier: Apache-2.0
// Reading of test suites.
//
// Tested by tests/unit/cli/test_command_test.cc and tests/unit/cli/guarded_suite_test.cc.
#include "cli/test_suite.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>
#include <utility>

#include "cli/files.h"
#include "cli/suite_yaml.h"
#include "server/config/yaml_json.h"

namespace thuja::cli {
namespace {

using server::CheckYaml;
using server::MergeYaml;
using server::YamlError;

class SuiteReader {
 public:
  explicit SuiteReader(std::string path)
      : path_(std::move(path)), folder_(std::filesystem::path(path_).parent_path()) {}

  TestSuite Read(const YAML::Node& root) {
    CheckYaml(root);
    CheckKeys(root, "a suite",
              {"version", "policies", "entities", "links", "ids", "forbid_error", "guard", "now",
               "grants", "fixtures", "cases"});
    if (Word(Required(root, "a suite", "version"), "`version`") != "1") {
      FailAt(root["version"], "this program reads version 1 of the format");
    }
    if (root["fixtures"]) ReadFixtures(root["fixtures"]);
    TestSuite suite;
    suite.path = path_;
    suite.snapshot = ReadSnapshot(root);
    suite.forbid_error = ReadForbidError(root["forbid_error"]);
    suite.guard = ReadGuardFixtures(root, path_);
    const GuardFixtures* const guard = suite.guard ? &*suite.guard : nullptr;
    const YAML::Node cases = Required(root, "a suite", "cases");
    if (!cases.IsSequence() || cases.size() == 0)
      FailAt(cases, "`cases` must list at least one case");
    std::set<std::string> names;
    for (const YAML::Node& node : cases) {
      suite.cases.push_back(ReadCase(node, guard));
      if (!names.insert(suite.cases.back().name).second) {
        FailAt(node, "two cases are named `" + suite.cases.back().name + "`");
      }
    }
    return suite;
  }

 private:
  std::string Resolve(const std::string& path) const { return (folder_ / path).string(); }

  void ReadFixtures(const YAML::Node& fixtures) {
    CheckKeys(fixtures, "`fixtures`", {"contexts", "entities", "requests"});
    for (const auto& member : fixtures) {
      if (!member.second.IsMap()) FailAt(member.second, "fixtures are named: this must be a map");
    }
    fixtures_ = fixtures;
  }

  SnapshotPaths ReadSnapshot(const YAML::Node& root) const {
    SnapshotPaths paths;
    const YAML::Node policies = Required(root, "a suite", "policies");
    for (const std::string& path : Words(policies, "`policies`")) {
      paths.policies.push_back(Resolve(path));
    }
    // Without policies every case that expects deny would pass.
    if (paths.policies.empty())
      FailAt(policies, "`policies` must name at least one file or folder");
    if (const YAML::Node links = root["links"]; links) {
      paths.links = Resolve(Word(links, "`links`"));
    }
    if (const YAML::Node entities = root["entities"]; entities && entities.IsScalar()) {
      paths.entities = Resolve(entities.Scalar());
    } else if (entities) {
      if (!entities.IsSequence())
        FailAt(entities, "`entities` must be a file or a list of entities");
      paths.entities_text = JsonOf(entities, entities, path_);
    }
    if (const YAML::Node ids = root["ids"]; ids) {
      const std::string name = Word(ids, "`ids`");
      if (name != "position" && name != "annotation")
        FailAt(ids, "`ids` is position or annotation");
      paths.ids = name == "annotation" ? PolicyIds::kAnnotation : PolicyIds::kPosition;
    }
    return paths;
  }

  static ForbidError ReadForbidError(const YAML::Node& node) {
    const std::string word = node ? Word(node, "`forbid_error`") : "skip";
    if (word != "skip" && word != "deny") FailAt(node, "`forbid_error` is skip or deny");
    return word == "deny" ? ForbidError::kDeny : ForbidError::kSkip;
  }

  TestCase ReadCase(const YAML::Node& node, const GuardFixtures* guard) const {
    CheckKeys(node, "a case",
              {"name", "request", "now", "grants", "credential", "enforcement_point", "exempt",
               "decision", "code", "reasons", "errors"});
    TestCase test;
    test.line = static_cast<size_t>(node.Mark().line) + 1;
    test.name = Word(Required(node, "a case", "name"), "`name`");
    const YAML::Node request = Required(node, "a case", "request");
    test.request = JsonOf(BuildRequest(request, 0), request, path_);
    test.guarded = ReadGuardedCase(node, guard);
    const YAML::Node decision = Required(node, "a case", "decision");
    const std::string word = Word(decision, "`decision`");
    if (word != "allow" && word != "deny") FailAt(decision, "`decision` is allow or deny");
    test.decision = word == "allow" ? Outcome::kAllow : Outcome::kDeny;
    if (const YAML::Node reasons = node["reasons"]; reasons) {
      test.reasons = Words(reasons, "`reasons`");
    }
    if (const YAML::Node errors = node["errors"]; errors) test.errors = ReadErrors(errors);
    if (const YAML::Node code = node["code"]; code) test.code = ReadCode(code);
    return test;
  }

  static ReasonCode ReadCode(const YAML::Node& node) {
    const std::string word = Word(node, "`code`");
    const auto* const found = std::ranges::find(kReasonCodes, word, &ReasonCodeInfo::name);
    if (found == std::end(kReasonCodes)) FailAt(node, "there is no reason code `" + word + "`");
    return found->code;
  }

  static std::vector<ExpectedError> ReadErrors(const YAML::Node& list) {
    if (!list.IsSequence()) FailAt(list, "`errors` must be a list");
    std::vector<ExpectedError> errors;
    for (const YAML::Node& node : list) {
      if (node.IsScalar()) {
        errors.push_back({node.Scalar(), ""});
        continue;
      }
      CheckKeys(node, "an error", {"policy", "kind"});
      const YAML::Node kind = node["kind"];
      errors.push_back({Word(Required(node, "an error", "policy"), "`policy`"),
                        kind ? Word(kind, "`kind`") : ""});
    }
    return errors;
  }

  // A request by its name or written out. What it says itself replaces what it extends.
  YAML::Node BuildRequest(const YAML::Node& node, int depth) const {
    constexpr int kMaxExtends = 32;
    if (depth > kMaxExtends) FailAt(node, "this request extends itself");
    if (node.IsScalar()) return BuildRequest(Fixture("requests", node), depth + 1);
    CheckKeys(node, "a request",
              {"extends", "principal", "action", "resource", "context", "entities"});
    YAML::Node request(YAML::NodeType::Map);
    if (node["extends"]) request = BuildRequest(Fixture("requests", node["extends"]), depth + 1);
    for (const auto& member : node) {
      const std::string key = member.first.Scalar();
      if (key == "extends") continue;
      request[key] = key == "context"    ? BuildContext(member.second)
                     : key == "entities" ? BuildEntities(member.second)
                                         : YAML::Clone(member.second);
    }
    return request;
  }

  // The name of a context, a context written out, or a list of both, each laid over those before.
  YAML::Node BuildContext(const YAML::Node& node) const {
    if (node.IsScalar()) return YAML::Clone(Fixture("contexts", node));
    if (!node.IsSequence()) return YAML::Clone(node);
    YAML::Node context(YAML::NodeType::Map);
    for (const YAML::Node& element : node) context = MergeYaml(context, BuildContext(element));
    return context;
  }

  // A list of entities, the name of such a list, or a list of both.
  YAML::Node BuildEntities(const YAML::Node& node) const {
    YAML::Node entities(YAML::NodeType::Sequence);
    const auto append = [&entities](const YAML::Node& list) {
      if (!list.IsSequence()) FailAt(list, "a fixture of entities must be a list of them");
      for (const YAML::Node& entity : list) entities.push_back(YAML::Clone(entity));
    };
    if (node.IsScalar()) {
      append(Fixture("entities", node));
      return entities;
    }
    if (!node.IsSequence())
      FailAt(node, "`entities` must be a list of entities or the name of one");
    for (const YAML::Node& element : node) {
      if (element.IsScalar()) {
        append(Fixture("entities", element));
      } else {
        entities.push_back(YAML::Clone(element));
      }
    }
    return entities;
  }

  YAML::Node Fixture(const char* kind, const YAML::Node& name) const {
    const std::string word = Word(name, "the name of a fixture");
    const YAML::Node named = fixtures_[kind];
    const YAML::Node found = named ? named[word] : YAML::Node();
    if (!named || !found) {
      FailAt(name, "`fixtures` has no `" + word + "` under `" + kind + "`");
    }
    return found;
  }

  std::string path_;
  std::filesystem::path folder_;
  YAML::Node fixtures_ = YAML::Node(YAML::NodeType::Map);
};

// A second document would be cases that nobody runs.
YAML::Node ReadOnlyDocument(const std::string& text) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.size() > 1) {
    throw YamlError(documents[1].Mark(), "a suite is one YAML document; here a second begins");
  }
  return documents.empty() ? YAML::Node() : documents[0];
}

std::nullopt_t Report(const std::string& path, const YamlError& error) {
  std::cerr << path << ":" << error.line << ":" << error.column << ": error: " << error.what()
            << "\n";
  return std::nullopt;
}

}  // namespace

std::optional<TestSuite> LoadTestSuite(const std::string& path) {
  const std::shared_ptr<const SourceText> source = ReadSource(path);
  if (source == nullptr) return std::nullopt;
  try {
    return SuiteReader(path).Read(ReadOnlyDocument(std::string(source->text())));
  } catch (const YamlError& error) {
    return Report(path, error);
  } catch (const YAML::Exception& error) {
    return Report(path, YamlError(error.mark, error.msg));
  }
}

}  // namespace thuja::cli
