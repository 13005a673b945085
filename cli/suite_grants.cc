// SPDX-License-Identifier: Apache-2.0
// Reading of grants as fixtures, and of who asks.
//
// Tested by tests/unit/cli/guarded_suite_test.cc.
#include "cli/suite_grants.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "cli/suite_yaml.h"
#include "engine/entities.h"

namespace thuja::cli {
namespace {

// What a fixture says besides the members of a grant request.
constexpr const char* kOwnKeys[] = {"issued", "state", "parent", "calls_left"};

// A holder may be written as principals are, in Cedar's text.
YAML::Node HolderOf(const YAML::Node& holder) {
  if (!holder.IsScalar()) return YAML::Clone(holder);
  Diagnostics diagnostics;
  const auto uid =
      ParseEntityUid(std::make_shared<const SourceText>("`holder`", holder.Scalar()), diagnostics);
  if (!uid) FailAt(holder, "`holder` is an entity such as Thuja::Agent::\"fix-bot\"");
  YAML::Node map(YAML::NodeType::Map);
  // Quoted, since an id that looks like a number is none.
  for (const auto& [key, text] : {std::pair("type", uid->type), std::pair("id", uid->id)}) {
    YAML::Node word(text);
    word.SetTag("!");
    map[key] = word;
  }
  return map;
}

std::optional<size_t> PositionOf(const std::vector<GrantFixture>& fixtures,
                                 const std::string& name) {
  const auto found = std::ranges::find(fixtures, name, &GrantFixture::name);
  if (found == fixtures.end()) return std::nullopt;
  return static_cast<size_t>(found - fixtures.begin());
}

size_t FindFixture(const std::vector<GrantFixture>& fixtures, const YAML::Node& name) {
  const std::string word = Word(name, "the name of a grant");
  const auto found = PositionOf(fixtures, word);
  if (!found) FailAt(name, "`grants` has no `" + word + "`");
  return *found;
}

grants::GrantState ReadState(const YAML::Node& node) {
  const auto state = grants::ParseGrantState(Word(node, "`state`"));
  if (!state) FailAt(node, "there is no state `" + node.Scalar() + "`");
  return *state;
}

GrantFixture ReadFixture(const YAML::Node& name, const YAML::Node& node,
                         const GuardFixtures& before, const std::string& path) {
  if (!node.IsMap()) FailAt(node, "a grant must be a map");
  GrantFixture fixture;
  fixture.name = name.Scalar();
  fixture.place = PlaceOf(name, path);
  fixture.issued = before.now;
  if (const YAML::Node issued = node["issued"]; issued) fixture.issued = Time(issued, "`issued`");
  if (const YAML::Node state = node["state"]; state) fixture.state = ReadState(state);
  if (const YAML::Node calls = node["calls_left"]; calls) {
    fixture.calls_left = Count(calls, "`calls_left`");
  }
  if (const YAML::Node parent = node["parent"]; parent) {
    fixture.parent = PositionOf(before.grants, Word(parent, "`parent`"));
    if (!fixture.parent) {
      FailAt(parent, "no grant `" + parent.Scalar() + "` stands before this one");
    }
  }
  const YAML::Node credential = node["credential"];
  fixture.has_credential = credential && Flag(credential, "`credential`");
  YAML::Node request = YAML::Clone(node);
  for (const char* key : kOwnKeys) request.remove(key);
  if (request["holder"]) request["holder"] = HolderOf(node["holder"]);
  fixture.request = JsonOf(request, node, path);
  return fixture;
}

void ReadEnforcementPoint(const YAML::Node& node, GuardedCase& guarded) {
  CheckKeys(node, "`enforcement_point`", {"name", "tenant", "environment", "deployment"});
  const auto read = [&](const char* key, std::string* text) {
    const YAML::Node member = node[key];
    if (member) *text = Word(member, std::string("`") + key + "`");
  };
  read("name", &guarded.enforcement_point);
  read("tenant", &guarded.tenant);
  read("environment", &guarded.environment);
  read("deployment", &guarded.deployment);
}

std::vector<size_t> ReadGrantsOfCase(const YAML::Node& node, const GuardFixtures& fixtures) {
  std::vector<size_t> grants;
  if (!node.IsDefined()) {
    for (size_t i = 0; i < fixtures.grants.size(); ++i) grants.push_back(i);
    return grants;
  }
  if (!node.IsSequence()) FailAt(node, "`grants` must be a list of names");
  for (const YAML::Node& name : node) grants.push_back(FindFixture(fixtures.grants, name));
  return grants;
}

}  // namespace

std::optional<GuardFixtures> ReadGuardFixtures(const YAML::Node& suite, const std::string& path) {
  const YAML::Node guard = suite["guard"];
  const std::string word = guard ? Word(guard, "`guard`") : "off";
  if (word != "off" && word != "agents") FailAt(guard, "`guard` is off or agents");
  if (word == "off") {
    for (const char* key : {"now", "grants"}) {
      if (suite[key])
        FailAt(suite[key], "only a suite with `guard: agents` has `" + std::string(key) + "`");
    }
    return std::nullopt;
  }
  GuardFixtures fixtures;
  fixtures.now = Time(Required(suite, "a suite under the guard", "now"), "`now`");
  const YAML::Node grants = suite["grants"];
  if (!grants) return fixtures;
  if (!grants.IsMap()) FailAt(grants, "grants are named: this must be a map");
  for (const auto& member : grants) {
    fixtures.grants.push_back(ReadFixture(member.first, member.second, fixtures, path));
  }
  return fixtures;
}

GuardedCase ReadGuardedCase(const YAML::Node& test, const GuardFixtures* fixtures) {
  GuardedCase guarded;
  if (fixtures == nullptr) {
    for (const char* key : {"now", "grants", "credential", "enforcement_point", "exempt"}) {
      if (!test[key]) continue;
      FailAt(test[key], "only a case under `guard: agents` has `" + std::string(key) + "`");
    }
    return guarded;
  }
  const YAML::Node now = test["now"];
  guarded.now = now ? Time(now, "`now`") : fixtures->now;
  guarded.grants = ReadGrantsOfCase(test["grants"], *fixtures);
  if (const YAML::Node name = test["credential"]; name) {
    guarded.credential = FindFixture(fixtures->grants, name);
    if (!fixtures->grants[*guarded.credential].has_credential) {
      FailAt(name, "no credential was made for the grant `" + name.Scalar() + "`");
    }
  }
  if (const YAML::Node pep = test["enforcement_point"]; pep) ReadEnforcementPoint(pep, guarded);
  if (const YAML::Node exempt = test["exempt"]; exempt) {
    guarded.is_exempt = Flag(exempt, "`exempt`");
  }
  return guarded;
}

}  // namespace thuja::cli
