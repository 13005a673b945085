// SPDX-License-Identifier: Apache-2.0
// Reading of test suites.
//
// Tested by tests/unit/cli/test_command_test.cc.
#include "cli/test_suite.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <iostream>
#include <set>
#include <string_view>
#include <utility>

#include "cli/files.h"
#include "server/config/yaml_json.h"

namespace thuja::cli {
namespace {

using server::CheckYaml;
using server::MergeYaml;
using server::YamlError;
using server::YamlToJson;

[[noreturn]] void Fail(const YAML::Node& node, const std::string& message) {
  throw YamlError(node.Mark(), message);
}

// The keys of a map; any other is named and refused, so that no misspelt one is passed over.
void CheckKeys(const YAML::Node& map, const std::string& what,
               const std::set<std::string_view>& known) {
  if (!map.IsMap()) Fail(map, what + " must be a map");
  for (const auto& member : map) {
    if (known.contains(member.first.Scalar())) continue;
    std::string names;
    for (const std::string_view name : known)
      names += (names.empty() ? "" : ", ") + std::string(name);
    Fail(member.first, what + " has no key `" + member.first.Scalar() + "`; its keys are " + names);
  }
}

YAML::Node Required(const YAML::Node& map, const std::string& what, const char* key) {
  const YAML::Node member = map[key];
  if (!member) Fail(map, what + " lacks the key `" + key + "`");
  return member;
}

std::string Word(const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar()) Fail(node, what + " must be a word");
  return node.Scalar();
}

// One word, or a list of them.
std::vector<std::string> Words(const YAML::Node& node, const std::string& what) {
  std::vector<std::string> words;
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence()) Fail(node, what + " must be a word or a list of words");
  for (const YAML::Node& element : node) words.push_back(Word(element, what));
  return words;
}

class SuiteReader {
 public:
  explicit SuiteReader(std::string path)
      : path_(std::move(path)), folder_(std::filesystem::path(path_).parent_path()) {}

  TestSuite Read(const YAML::Node& root) {
    CheckYaml(root);
    CheckKeys(root, "a suite",
              {"version", "policies", "entities", "links", "ids", "fixtures", "cases"});
    if (Word(Required(root, "a suite", "version"), "`version`") != "1") {
      Fail(root["version"], "this program reads version 1 of the format");
    }
    if (root["fixtures"]) ReadFixtures(root["fixtures"]);
    TestSuite suite;
    suite.path = path_;
    suite.snapshot = ReadSnapshot(root);
    const YAML::Node cases = Required(root, "a suite", "cases");
    if (!cases.IsSequence() || cases.size() == 0)
      Fail(cases, "`cases` must list at least one case");
    std::set<std::string> names;
    for (const YAML::Node& node : cases) {
      suite.cases.push_back(ReadCase(node));
      if (!names.insert(suite.cases.back().name).second) {
        Fail(node, "two cases are named `" + suite.cases.back().name + "`");
      }
    }
    return suite;
  }

 private:
  std::string Resolve(const std::string& path) const { return (folder_ / path).string(); }

  void ReadFixtures(const YAML::Node& fixtures) {
    CheckKeys(fixtures, "`fixtures`", {"contexts", "entities", "requests"});
    for (const auto& member : fixtures) {
      if (!member.second.IsMap()) Fail(member.second, "fixtures are named: this must be a map");
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
    if (paths.policies.empty()) Fail(policies, "`policies` must name at least one file or folder");
    if (const YAML::Node links = root["links"]; links) {
      paths.links = Resolve(Word(links, "`links`"));
    }
    if (const YAML::Node entities = root["entities"]; entities && entities.IsScalar()) {
      paths.entities = Resolve(entities.Scalar());
    } else if (entities) {
      if (!entities.IsSequence()) Fail(entities, "`entities` must be a file or a list of entities");
      paths.entities_text = TextOf(entities, YamlToJson(entities));
    }
    if (const YAML::Node ids = root["ids"]; ids) {
      const std::string name = Word(ids, "`ids`");
      if (name != "position" && name != "annotation") Fail(ids, "`ids` is position or annotation");
      paths.ids = name == "annotation" ? PolicyIds::kAnnotation : PolicyIds::kPosition;
    }
    return paths;
  }

  // Errors inside generated JSON are shown with the place in the suite that it came from.
  std::shared_ptr<const SourceText> TextOf(const YAML::Node& node, std::string json) const {
    return std::make_shared<const SourceText>(
        path_ + ":" + std::to_string(node.Mark().line + 1) + " as JSON", std::move(json));
  }

  TestCase ReadCase(const YAML::Node& node) const {
    CheckKeys(node, "a case", {"name", "request", "decision", "reasons", "errors"});
    TestCase test;
    test.line = static_cast<size_t>(node.Mark().line) + 1;
    test.name = Word(Required(node, "a case", "name"), "`name`");
    const YAML::Node request = Required(node, "a case", "request");
    test.request = TextOf(request, YamlToJson(BuildRequest(request, 0)));
    const YAML::Node decision = Required(node, "a case", "decision");
    const std::string word = Word(decision, "`decision`");
    if (word != "allow" && word != "deny") Fail(decision, "`decision` is allow or deny");
    test.decision = word == "allow" ? Outcome::kAllow : Outcome::kDeny;
    if (const YAML::Node reasons = node["reasons"]; reasons) {
      test.reasons = Words(reasons, "`reasons`");
    }
    if (const YAML::Node errors = node["errors"]; errors) test.errors = ReadErrors(errors);
    return test;
  }

  static std::vector<ExpectedError> ReadErrors(const YAML::Node& list) {
    if (!list.IsSequence()) Fail(list, "`errors` must be a list");
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
    if (depth > kMaxExtends) Fail(node, "this request extends itself");
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
      if (!list.IsSequence()) Fail(list, "a fixture of entities must be a list of them");
      for (const YAML::Node& entity : list) entities.push_back(YAML::Clone(entity));
    };
    if (node.IsScalar()) {
      append(Fixture("entities", node));
      return entities;
    }
    if (!node.IsSequence()) Fail(node, "`entities` must be a list of entities or the name of one");
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
      Fail(name, "`fixtures` has no `" + word + "` under `" + kind + "`");
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
