// SPDX-License-Identifier: Apache-2.0
// Scopes and calls at random: a scope that is found to be narrower covers nothing that the wider
// one does not, and each covers what its contract says.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/grants/canonical.h"
#include "engine/grants/scope.h"
#include "tests/unit/grants/scope_samples.h"

namespace thuja::grants {
namespace {

using value::Field;

// Scopes and calls over so few names that they meet all the time.
class SmallWorld {
 public:
  explicit SmallWorld(uint64_t seed) : random_(seed) {}

  Scope RandomScope() {
    Scope scope;
    for (uint64_t rules = Pick(4); rules > 0; --rules) scope.tools.push_back(RandomRule());
    if (Pick(3) == 0) {
      scope.resources.emplace();
      for (uint64_t count = Pick(3); count > 0; --count) {
        scope.resources->push_back(RandomPattern());
      }
    }
    return scope;
  }

  // The same but for something that may make it narrower or wider.
  Scope Changed(Scope scope) {
    for (uint64_t changes = 1 + Pick(2); changes > 0; --changes) Change(scope);
    return scope;
  }

  struct Call {
    std::string tool;
    std::vector<std::string> resources;
    std::vector<Field> fields;
  };

  Call RandomCall() {
    static const std::string_view kKeys[] = {"x", "y", "z"};
    Call call;
    call.tool = RandomName();
    for (uint64_t count = Pick(3); count > 0; --count) call.resources.push_back(RandomName());
    for (const std::string_view key : kKeys) {
      if (Pick(2) == 0) call.fields.push_back({key, RandomValue()});
    }
    return call;
  }

  uint64_t Pick(uint64_t bound) { return random_() % bound; }

 private:
  void Change(Scope& scope) {
    if (scope.resources && Pick(3) == 0) {
      if (Pick(3) == 0) {
        scope.resources.reset();
      } else if (!scope.resources->empty()) {
        scope.resources->back() = RandomPattern();
      }
      return;
    }
    if (scope.tools.empty()) return;
    ToolRule& rule = scope.tools[Pick(scope.tools.size())];
    switch (Pick(5)) {
      case 0: scope.tools.pop_back(); break;
      case 1: rule.tools = RandomPattern(); break;
      case 2: rule.open = !rule.open; break;
      case 3: rule.arguments.reset(); break;
      case 4:
        if (rule.arguments && !rule.arguments->empty()) {
          rule.arguments->back().second = RandomConstraint();
        }
        break;
    }
  }

  ToolRule RandomRule() {
    ToolRule rule = {.tools = RandomPattern()};
    if (Pick(4) == 0) return rule;
    rule.arguments.emplace();
    for (const std::string_view name : {"x", "y"}) {
      if (Pick(2) == 0) rule.arguments->emplace_back(name, RandomConstraint());
    }
    rule.open = Pick(2) == 0;
    return rule;
  }

  ScopePattern RandomPattern() {
    static const std::vector<ScopePattern> kPatterns = [] {
      std::vector<ScopePattern> patterns = Patterns(
          {"a/a", "a/b", "b/a", "a/ab", "a/a*", "a*/a", "a/*", "*/a", "*/*", "a/**", "**"});
      patterns.push_back(ScopePattern::Regex("a/.*").value());
      patterns.push_back(ScopePattern::Regex("./(a|b)").value());
      return patterns;
    }();
    return kPatterns[Pick(kPatterns.size())];
  }

  std::string RandomName() {
    static const std::string_view kNames[] = {"a/a", "a/b", "b/a", "a/ab", "b/b", "a/a/a", "ab/a"};
    return std::string(kNames[Pick(std::size(kNames))]);
  }

  ArgumentConstraint RandomConstraint() {
    static const std::vector<ArgumentConstraint> kConstraints = [] {
      const std::vector<Value> numbers = {Value::Long(1), Value::Long(2)};
      const std::vector<Value> paths = {Text("/a"), Text("/a/b"), Value::Long(1)};
      return std::vector<ArgumentConstraint>{
          ArgumentConstraint::Any(),
          Exact(Value::Long(1)),
          Exact(Text("/a")),
          ArgumentConstraint::OneOf(numbers).value(),
          ArgumentConstraint::OneOf(paths).value(),
          ArgumentConstraint::OneOf({}).value(),
          AtMost(1),
          AtMost(3),
          Below("/"),
          Below("/a"),
          OnHosts({"a.test"}),
          OnHosts({"*.test"}),
          ArgumentConstraint::Cidr(Texts{"10.0.0.0/8"}).value(),
          ArgumentConstraint::Cidr(Texts{"10.0.0.0/16", "::/0"}).value(),
          ArgumentConstraint::Regex("/a.*").value(),
      };
    }();
    return kConstraints[Pick(kConstraints.size())];
  }

  Value RandomValue() {
    static const Value kValues[] = {
        Value::Long(1),    Value::Long(2),      Value::Long(4),
        Value::Decimal(1), Text("/a"),          Text("/a/b"),
        Text("/b"),        Text("a.test"),      Text("b.a.test"),
        Text("10.0.0.1"),  Text("10.9.0.0/16"), Text("::1"),
        Value::Bool(true), Text("1"),           Text("https://a.test"),
    };
    return kValues[Pick(std::size(kValues))];
  }

  std::mt19937_64 random_;
};

std::string Describe(const Scope& scope) {
  std::string text;
  for (const ToolRule& rule : scope.tools) {
    text += rule.tools.text() + (rule.open ? " open" : "");
    if (rule.arguments) {
      for (const auto& [name, constraint] : *rule.arguments) {
        text += " " + name + ":" + std::to_string(static_cast<int>(constraint.kind()));
      }
    } else {
      text += " anything";
    }
    text += "; ";
  }
  if (scope.resources) {
    text += "on";
    for (const ScopePattern& pattern : *scope.resources) text += " " + pattern.text();
  }
  return text;
}

TEST(Attenuates, NeverLetsThroughWhatTheWiderScopeDoesNotAtRandom) {
  SmallWorld world(51);
  int attenuating = 0;
  int others = 0;
  std::map<Reach, int> narrow_reaches;
  int beyond = 0;  // covered under a scope that does not attenuate, and not under the wider one
  constexpr int kRounds = 40'000;
  for (int round = 0; round < kRounds; ++round) {
    const Scope wider = world.RandomScope();
    const Scope narrower = world.Pick(4) == 0 ? world.RandomScope() : world.Changed(wider);
    const bool attenuates = Attenuates(narrower, wider);
    ++(attenuates ? attenuating : others);
    for (int i = 0; i < 12; ++i) {
      SmallWorld::Call call = world.RandomCall();
      const Names resources(call.resources.begin(), call.resources.end());
      const Value arguments = Value::Record(call.fields);
      const Reach narrow = Check(narrower, call.tool, resources, arguments);
      const Reach wide = Check(wider, call.tool, resources, arguments);
      if (attenuates) {
        ++narrow_reaches[narrow];
        ASSERT_TRUE(narrow != Reach::kCovered || wide == Reach::kCovered)
            << "round " << round << "\n"
            << Describe(narrower) << "\nof\n"
            << Describe(wider) << "\n"
            << call.tool << " " << value::Print(arguments);
      } else if (narrow == Reach::kCovered && wide != Reach::kCovered) {
        ++beyond;
      }
    }
  }
  EXPECT_GT(attenuating, kRounds / 10);
  EXPECT_GT(others, kRounds / 10);
  EXPECT_GT(beyond, 1'000);
  for (const Reach reach : {Reach::kCovered, Reach::kToolNotInScope, Reach::kResourceOutOfScope,
                            Reach::kArgumentOutOfScope}) {
    EXPECT_GT(narrow_reaches[reach], 500) << static_cast<int>(reach);
  }
}

TEST(Attenuates, IsReflexiveAndTransitiveAtRandom) {
  SmallWorld world(52);
  int chains = 0;
  for (int round = 0; round < 40'000; ++round) {
    const Scope a = world.RandomScope();
    const Scope b = world.Changed(a);
    const Scope c = world.Changed(b);
    ASSERT_TRUE(Attenuates(a, a)) << Describe(a);
    if (!Attenuates(b, a) || !Attenuates(c, b)) continue;
    ++chains;
    ASSERT_TRUE(Attenuates(c, a)) << Describe(c) << "\nof\n"
                                  << Describe(b) << "\nof\n"
                                  << Describe(a);
  }
  EXPECT_GT(chains, 2'000);
}

// What Check says, said once more in the words of its comment.
Reach CheckSlowly(const Scope& scope, const SmallWorld::Call& call) {
  bool is_reached = false;
  bool is_accepted = false;
  for (const ToolRule& rule : scope.tools) {
    if (!IsToolName(call.tool) || !rule.tools.Matches(call.tool)) continue;
    is_reached = true;
    bool accepts = true;
    if (rule.arguments) {
      std::map<std::string_view, Value> rest;
      for (const Field& field : call.fields) rest.emplace(field.key, field.value);
      for (const auto& [name, constraint] : *rule.arguments) {
        const auto found = rest.find(name);
        accepts = accepts && found != rest.end() && constraint.Accepts(found->second);
        rest.erase(name);
      }
      accepts = accepts && (rule.open || rest.empty());
    }
    is_accepted = is_accepted || accepts;
  }
  if (!is_reached) return Reach::kToolNotInScope;
  if (scope.resources) {
    size_t matched = 0;
    for (const std::string& resource : call.resources) {
      for (const ScopePattern& pattern : *scope.resources) {
        if (!pattern.Matches(resource)) continue;
        ++matched;
        break;
      }
    }
    if (matched == 0 || matched != call.resources.size()) return Reach::kResourceOutOfScope;
  }
  return is_accepted ? Reach::kCovered : Reach::kArgumentOutOfScope;
}

TEST(Scope, AgreesWithTheWordsOfItsContractAtRandom) {
  SmallWorld world(53);
  std::map<Reach, int> reaches;
  for (int round = 0; round < 100'000; ++round) {
    const Scope scope = world.RandomScope();
    SmallWorld::Call call = world.RandomCall();
    const Names resources(call.resources.begin(), call.resources.end());
    const Reach reach = Check(scope, call.tool, resources, Value::Record(call.fields));
    ASSERT_EQ(reach, CheckSlowly(scope, call)) << Describe(scope) << "\n" << call.tool;
    ++reaches[reach];
  }
  ASSERT_EQ(reaches.size(), 4u);
  for (const auto& [reach, count] : reaches) EXPECT_GT(count, 2'000) << static_cast<int>(reach);
}

}  // namespace
}  // namespace thuja::grants
