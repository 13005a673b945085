// SPDX-License-Identifier: Apache-2.0
// Scopes: which calls one covers and why not the others, and which is narrower than which. At
// random the same is in scope_random_test.cc.
#include "engine/grants/scope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/grants/canonical.h"
#include "tests/unit/grants/scope_samples.h"

namespace thuja::grants {
namespace {

using std::string_view_literals::operator""sv;
using value::Field;

// A record of these fields that is there until the end of the statement.
class Arguments {
 public:
  Arguments(std::vector<Field> fields) : fields_(std::move(fields)) {}
  operator Value() { return Value::Record(fields_); }

 private:
  std::vector<Field> fields_;
};

Reach CheckTool(const Scope& scope, std::string_view tool) {
  return Check(scope, tool, {}, Value::EmptyRecord());
}

Reach CheckResources(const Scope& scope, const Names& resources) {
  return Check(scope, "a/b", resources, Value::EmptyRecord());
}

Reach CheckArguments(const Scope& scope, const Value& arguments) {
  return Check(scope, "pay/send", {}, arguments);
}

TEST(Scope, CoversTheToolsOfItsRules) {
  const Scope scope = OfTools({"crm/search", "files/*", "git/read*", "deep/**"});
  const struct {
    std::string_view tool;
    Reach reach;
  } kCases[] = {
      {"crm/search", Reach::kCovered},
      {"files/read", Reach::kCovered},
      {"git/read", Reach::kCovered},
      {"git/read-log", Reach::kCovered},
      {"deep/a/b/c", Reach::kCovered},
      {"crm/delete", Reach::kToolNotInScope},
      {"files/a/b", Reach::kToolNotInScope},
      {"git/push", Reach::kToolNotInScope},
      {"deep", Reach::kToolNotInScope},
      // Attack: the case of a letter.
      {"CRM/search", Reach::kToolNotInScope},
      {"crm/Search", Reach::kToolNotInScope},
      {"Files/read", Reach::kToolNotInScope},
      // Attack: what is no tool name, though a pattern would match it.
      {"", Reach::kToolNotInScope},
      {"files", Reach::kToolNotInScope},
      {"files/f\xD1\x96le", Reach::kToolNotInScope},
      {"files/\xEF\xBD\x86ile", Reach::kToolNotInScope},
      {"files/caf\xC3\xA9", Reach::kToolNotInScope},
      {"files/cafe\xCC\x81", Reach::kToolNotInScope},
      {"files/a\xE2\x80\x8B", Reach::kToolNotInScope},
      {"files/\xE2\x80\xAE"
       "a",
       Reach::kToolNotInScope},
      {"files/read\0"sv, Reach::kToolNotInScope},
      {"files/read ", Reach::kToolNotInScope},
      {"files/..", Reach::kToolNotInScope},
      {"deep/../crm/delete", Reach::kToolNotInScope},
      {"deep//a", Reach::kToolNotInScope},
      {"deep/1/2/3/4/5/6/7/8", Reach::kToolNotInScope},
  };
  for (const auto& [tool, reach] : kCases) EXPECT_EQ(CheckTool(scope, tool), reach) << tool;
}

// Attack: a tool that differs from a granted one in the last of many segments.
TEST(Scope, ComparesToolsOfManySegmentsToTheLast) {
  const Scope scope = OfTools({"github/acme/site/read"});
  EXPECT_EQ(CheckTool(scope, "github/acme/site/read"), Reach::kCovered);
  EXPECT_EQ(CheckTool(scope, "github/acme/site/write"), Reach::kToolNotInScope);
  EXPECT_EQ(CheckTool(scope, "github/acme/site/read/all"), Reach::kToolNotInScope);
  EXPECT_EQ(CheckTool(scope, "github/acme/site"), Reach::kToolNotInScope);
}

// Attack: lists of nothing, which must not be taken for lists of everything.
TEST(Scope, OfEmptyListsCoversNothing) {
  EXPECT_EQ(CheckTool(Scope{}, "crm/search"), Reach::kToolNotInScope);
  EXPECT_EQ(CheckTool(OfTools({}), "crm/search"), Reach::kToolNotInScope);
  EXPECT_EQ(CheckResources(OfResources({}), {}), Reach::kResourceOutOfScope);
  EXPECT_EQ(CheckResources(OfResources({}), {"a"}), Reach::kResourceOutOfScope);
  const Scope no_arguments = OfRules({Rule("**", {})});
  EXPECT_EQ(CheckArguments(no_arguments, Value::EmptyRecord()), Reach::kCovered);
  EXPECT_EQ(CheckArguments(no_arguments, Arguments({{"a", Text("b")}})),
            Reach::kArgumentOutOfScope);
  EXPECT_EQ(CheckArguments(no_arguments, Value::EmptySet()), Reach::kArgumentOutOfScope);
  const Scope no_values = OfRules({Rule("**", {{"a", ArgumentConstraint::OneOf({}).value()}})});
  EXPECT_EQ(CheckArguments(no_values, Arguments({{"a", Text("b")}})), Reach::kArgumentOutOfScope);
}

TEST(Scope, CoversCallsWhoseResourcesAllMatch) {
  const Scope scope = OfResources({"docs/*", "db/sales/**"});
  const struct {
    Names resources;
    Reach reach;
  } kCases[] = {
      {{"docs/a"}, Reach::kCovered},
      {{"docs/a", "db/sales/x/y"}, Reach::kCovered},
      {{"docs/a", "docs/a"}, Reach::kCovered},
      {{}, Reach::kResourceOutOfScope},
      {{"docs"}, Reach::kResourceOutOfScope},
      {{"docs/a/b"}, Reach::kResourceOutOfScope},
      {{"docs/a", "secrets/b"}, Reach::kResourceOutOfScope},
      {{"secrets/b", "docs/a"}, Reach::kResourceOutOfScope},
      {{"db/salesx/a"}, Reach::kResourceOutOfScope},
      {{"docs/a", ""}, Reach::kResourceOutOfScope},
      {{"docs/.."}, Reach::kResourceOutOfScope},
      {{"db/sales/../hr"}, Reach::kResourceOutOfScope},
      {{"db/sales/%2e%2e/hr"}, Reach::kResourceOutOfScope},
      {{"docs/a\0"sv}, Reach::kResourceOutOfScope},
      {{"docs/\xFF"}, Reach::kResourceOutOfScope},
      {{"DOCS/a"}, Reach::kResourceOutOfScope},
  };
  for (const auto& [resources, reach] : kCases) {
    EXPECT_EQ(CheckResources(scope, resources), reach) << (resources.empty() ? "" : resources[0]);
  }
}

TEST(Scope, WithoutResourcesDoesNotLookAtThem) {
  EXPECT_EQ(CheckResources(OfTools({"**"}), {}), Reach::kCovered);
  EXPECT_EQ(CheckResources(OfTools({"**"}), {"anything", "", "\xFF"}), Reach::kCovered);
}

TEST(Scope, WithoutArgumentsDoesNotLookAtThem) {
  const Scope scope = OfTools({"**"});
  std::vector<Value> element = {Value::Long(1)};
  EXPECT_EQ(CheckArguments(scope, Arguments({{"a", Value::Long(1)}})), Reach::kCovered);
  EXPECT_EQ(CheckArguments(scope, Value::Set(element)), Reach::kCovered);
  EXPECT_EQ(CheckArguments(scope, Value()), Reach::kCovered);
}

Scope PaymentScope(bool open = false) {
  return OfRules({Rule("pay/send", {{"amount", AtMost(900)}, {"to", Exact(Text("acme"))}}, open)});
}

TEST(Scope, CoversCallsThatHaveTheArgumentsItNames) {
  const Scope scope = PaymentScope();
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(900)}, {"to", Text("acme")}})),
            Reach::kCovered);
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(901)}, {"to", Text("acme")}})),
            Reach::kArgumentOutOfScope);
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(900)}, {"to", Text("evil")}})),
            Reach::kArgumentOutOfScope);
}

// Attack: an argument that is not there, or there in a form that the constraint does not speak of.
TEST(Scope, RefusesArgumentsThatAreMissingOrOfAnotherType) {
  const Scope scope = PaymentScope();
  std::vector<Value> one = {Value::Long(5)};
  std::vector<Field> fields = {{"amount", Value::Long(5)}};
  const Value kAmounts[] = {
      Text("5"),
      Text(""),
      Value::Decimal(50'000),
      Value::Bool(true),
      Value::Duration(5),
      Value::Datetime(5),
      Value::Set(one),
      Value::Record(fields),
      Value::EmptySet(),
      Value::EmptyRecord(),
  };
  for (const Value& amount : kAmounts) {
    EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", amount}, {"to", Text("acme")}})),
              Reach::kArgumentOutOfScope)
        << value::Print(amount);
  }
  for (const bool open : {false, true}) {
    const Scope either = PaymentScope(open);
    const auto check = [&](Value arguments) { return CheckArguments(either, arguments); };
    EXPECT_EQ(check(Arguments({{"to", Text("acme")}})), Reach::kArgumentOutOfScope);
    EXPECT_EQ(check(Arguments({{"amount", Value::Long(5)}})), Reach::kArgumentOutOfScope);
    EXPECT_EQ(check(Value::EmptyRecord()), Reach::kArgumentOutOfScope);
    EXPECT_EQ(check(Arguments({{"Amount", Value::Long(5)}, {"to", Text("acme")}})),
              Reach::kArgumentOutOfScope);
    EXPECT_EQ(check(Arguments({{"amount\0"sv, Value::Long(5)}, {"to", Text("acme")}})),
              Reach::kArgumentOutOfScope);
    for (const Value& arguments : {Value(), Value::Long(5), Text("{}"), Value::Set(one)}) {
      EXPECT_EQ(check(arguments), Reach::kArgumentOutOfScope) << value::Print(arguments);
    }
  }
}

// Attack: an argument nobody thought of, which the tool would honour.
TEST(Scope, RefusesArgumentsThatItDoesNotNameUnlessOpen) {
  for (const std::string_view extra : {"force", "cwd", "", "amounts", "amoun", "zz"}) {
    const auto arguments = [extra] {
      return Arguments({{"amount", Value::Long(5)}, {extra, Text("x")}, {"to", Text("acme")}});
    };
    EXPECT_EQ(CheckArguments(PaymentScope(), arguments()), Reach::kArgumentOutOfScope) << extra;
    EXPECT_EQ(CheckArguments(PaymentScope(true), arguments()), Reach::kCovered) << extra;
  }
}

// Attack: the widest rule for the tool refuses, and so does the widest for the arguments.
TEST(Scope, NeedsOneRuleForBothToolAndArguments) {
  const Scope scope = OfRules({
      Rule("pay/*", {{"amount", AtMost(10)}}),
      Rule("pay/send", {{"amount", AtMost(900)}, {"to", Exact(Text("acme"))}}),
      Rule("files/read", {}, true),
  });
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(10)}})), Reach::kCovered);
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(11)}})),
            Reach::kArgumentOutOfScope);
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(11)}, {"to", Text("acme")}})),
            Reach::kCovered);
  EXPECT_EQ(CheckArguments(scope, Arguments({{"amount", Value::Long(5)}, {"to", Text("evil")}})),
            Reach::kArgumentOutOfScope);
}

TEST(Scope, ChecksArgumentsInTheirCanonicalForm) {
  const Scope scope = OfRules({
      Rule("fs/read", {{"path", Below("/data/a")}}),
      Rule("http/get", {{"url", OnHosts({"api.acme.test"})}}),
  });
  const struct {
    std::string_view tool;
    std::string_view argument;
    std::string_view text;
    Reach reach;
  } kCases[] = {
      {"fs/read", "path", "/data/a/b", Reach::kCovered},
      {"fs/read", "path", "/data/ab", Reach::kArgumentOutOfScope},
      {"fs/read", "path", "/data/a/../../etc/passwd", Reach::kArgumentOutOfScope},
      {"fs/read", "path", "/data/a/%2e%2e/b", Reach::kArgumentOutOfScope},
      {"fs/read", "path", "/data/a/%252e%252e/b", Reach::kArgumentOutOfScope},
      {"fs/read", "path", "/data/a\\..\\b", Reach::kArgumentOutOfScope},
      {"fs/read", "path", "//data/a", Reach::kArgumentOutOfScope},
      {"http/get", "url", "https://api.acme.test/v1", Reach::kCovered},
      {"http/get", "url", "https://api.acme.test.evil.test/", Reach::kArgumentOutOfScope},
      {"http/get", "url", "https://api.acme.test@evil.test/", Reach::kArgumentOutOfScope},
  };
  for (const auto& [tool, argument, text, reach] : kCases) {
    EXPECT_EQ(Check(scope, tool, {}, Arguments({{argument, Text(text)}})), reach) << text;
  }
}

TEST(Scope, SaysToolThenResourceThenArgument) {
  Scope scope = PaymentScope();
  scope.resources = Patterns({"bank/*"});
  const Names inside = {"bank/a"};
  const Names outside = {"shop/a"};
  const Value none = Value::EmptyRecord();
  EXPECT_EQ(Check(scope, "pay/all", outside, none), Reach::kToolNotInScope);
  EXPECT_EQ(Check(scope, "pay/send", outside, none), Reach::kResourceOutOfScope);
  EXPECT_EQ(Check(scope, "pay/send", inside, none), Reach::kArgumentOutOfScope);
  EXPECT_EQ(Check(scope, "pay/send", inside,
                  Arguments({{"amount", Value::Long(1)}, {"to", Text("acme")}})),
            Reach::kCovered);
}

// A scope that nobody checked: a name twice must not hide an argument that is not named.
TEST(Scope, OutOfOrderCoversLessNotMore) {
  const ArgumentConstraint any = ArgumentConstraint::Any();
  const Scope twice = OfRules({Rule("**", {{"a", any}, {"a", any}})});
  EXPECT_EQ(CheckArguments(twice, Arguments({{"a", Text("x")}, {"force", Text("x")}})),
            Reach::kArgumentOutOfScope);
  EXPECT_EQ(CheckArguments(twice, Arguments({{"a", Text("x")}})), Reach::kArgumentOutOfScope);
  const Scope swapped =
      OfRules({{.tools = Segments("**"), .arguments = Constraints{{"b", any}, {"a", any}}}});
  EXPECT_EQ(CheckArguments(swapped, Arguments({{"a", Text("x")}, {"b", Text("x")}})),
            Reach::kArgumentOutOfScope);
}

struct Attenuation {
  std::string_view what;
  Scope narrower;
  Scope wider;
  bool attenuates;
};

TEST(Attenuates, HoldsWhenNothingIsAdded) {
  const ArgumentConstraint any = ArgumentConstraint::Any();
  const Attenuation kCases[] = {
      {"itself", PaymentScope(), PaymentScope(), true},
      {"nothing", Scope{}, Scope{}, true},
      {"nothing of something", Scope{}, PaymentScope(), true},
      {"something of nothing", PaymentScope(), Scope{}, false},
      // Attack: everything, under a parent that has less.
      {"`**` of `crm/*`", OfTools({"**"}), OfTools({"crm/*"}), false},
      {"`*/*` of `crm/*`", OfTools({"*/*"}), OfTools({"crm/*"}), false},
      {"`crm/**` of `crm/*`", OfTools({"crm/**"}), OfTools({"crm/*"}), false},
      {"`crm/*` of a prefix", OfTools({"crm/*"}), OfTools({"crm/re*"}), false},
      {"`crm/*` of many tools", OfTools({"crm/*"}), OfTools({"crm/a", "crm/b"}), false},
      {"`crm/*` of `**`", OfTools({"crm/*"}), OfTools({"**"}), true},
      {"one tool of `crm/*`", OfTools({"crm/search"}), OfTools({"a/b", "crm/*"}), true},
      {"a tool more", OfTools({"crm/search", "pay/send"}), OfTools({"crm/*"}), false},
      // Arguments.
      {"not looking", OfTools({"pay/send"}), PaymentScope(), false},
      {"looking", PaymentScope(), OfTools({"pay/*"}), true},
      {"a smaller range", OfRules({Rule("a/b", {{"x", AtMost(5)}})}),
       OfRules({Rule("a/*", {{"x", AtMost(6)}})}), true},
      {"a larger range", OfRules({Rule("a/b", {{"x", AtMost(7)}})}),
       OfRules({Rule("a/*", {{"x", AtMost(6)}})}), false},
      {"any for a range", OfRules({Rule("a/b", {{"x", any}})}),
       OfRules({Rule("a/b", {{"x", AtMost(6)}})}), false},
      {"a sibling path", OfRules({Rule("a/b", {{"x", Below("/data/ab")}})}),
       OfRules({Rule("a/b", {{"x", Below("/data/a")}})}), false},
      {"a name less", OfRules({Rule("a/b", {})}), OfRules({Rule("a/b", {{"x", any}})}), false},
      {"a name less and open", OfRules({Rule("a/b", {}, true)}),
       OfRules({Rule("a/b", {{"x", any}}, true)}), false},
      {"a name more", OfRules({Rule("a/b", {{"x", any}, {"y", any}})}),
       OfRules({Rule("a/b", {{"x", any}})}), false},
      {"a name more of open", OfRules({Rule("a/b", {{"x", any}, {"y", any}})}),
       OfRules({Rule("a/b", {{"x", any}}, true)}), true},
      {"another name", OfRules({Rule("a/b", {{"y", any}})}), OfRules({Rule("a/b", {{"x", any}})}),
       false},
      {"open of closed", OfRules({Rule("a/b", {{"x", any}}, true)}),
       OfRules({Rule("a/b", {{"x", any}})}), false},
      {"closed of open", OfRules({Rule("a/b", {{"x", any}})}),
       OfRules({Rule("a/b", {{"x", any}}, true)}), true},
      {"open of open", OfRules({Rule("a/b", {{"x", AtMost(1)}, {"y", any}}, true)}),
       OfRules({Rule("a/b", {{"x", any}}, true)}), true},
      {"tool of one rule, arguments of another", OfRules({Rule("a/b", {{"x", AtMost(5)}})}),
       OfRules({Rule("a/b", {{"x", AtMost(1)}}), Rule("c/d", {{"x", AtMost(9)}})}), false},
      // Resources.
      {"resources fewer", OfResources({"docs/a"}), OfResources({"docs/*"}), true},
      {"resources more", OfResources({"docs/**"}), OfResources({"docs/*"}), false},
      {"no resources of some", OfResources({}), OfResources({"docs/*"}), true},
      {"resources not looked at", OfTools({"a/b"}), OfResources({"docs/*"}), false},
      {"resources not looked at, of none", OfTools({"a/b"}), OfResources({}), false},
      {"resources of not looked at", OfResources({"docs/*"}), OfTools({"**"}), true},
  };
  for (const auto& [what, narrower, wider, attenuates] : kCases) {
    EXPECT_EQ(Attenuates(narrower, wider), attenuates) << what;
  }
}

std::string Message(const Scope& scope) { return std::string(CheckScope(scope).message()); }

TEST(CheckScope, TakesWhatIsWithinItsBounds) {
  EXPECT_TRUE(CheckScope(Scope{}).ok());
  EXPECT_TRUE(CheckScope(PaymentScope()).ok());
  Scope largest;
  Constraints arguments;
  for (size_t i = 0; i < kMostArguments; ++i) {
    arguments.emplace_back(std::to_string(100 + i), ArgumentConstraint::Any());
  }
  largest.tools.assign(kMostToolRules, Rule("a/b", arguments));
  largest.resources.emplace(kMostResources, Segments("a"));
  EXPECT_TRUE(CheckScope(largest).ok());
}

TEST(CheckScope, RefusesWithAReasonWhatIsNot) {
  EXPECT_EQ(Message(OfTools(Names(kMostToolRules + 1, "a/b"))),
            "the scope has more than 64 rules for tools");
  EXPECT_EQ(Message(OfResources(Names(kMostResources + 1, "a"))),
            "the scope has more than 64 patterns of resources");
  const ArgumentConstraint any = ArgumentConstraint::Any();
  Constraints arguments;
  for (size_t i = 0; i <= kMostArguments; ++i) arguments.emplace_back(std::to_string(100 + i), any);
  EXPECT_EQ(Message(OfRules({Rule("a/b", arguments)})),
            "a rule of the scope names more than 64 arguments");
  constexpr std::string_view kBadOrder =
      "a rule of the scope names the argument \"a\" twice or out of order";
  EXPECT_EQ(Message(OfRules({Rule("a/b", {{"a", any}, {"a", any}})})), kBadOrder);
  EXPECT_EQ(Message(OfRules(
                {{.tools = Segments("a/b"), .arguments = Constraints{{"b", any}, {"a", any}}}})),
            kBadOrder);
  for (const std::string& name :
       {std::string(), std::string(kLongestArgumentName + 1, 'a'), std::string("a\xFF"),
        std::string("a\0", 2), std::string("a\xE2\x80\x8B")}) {
    EXPECT_EQ(Message(OfRules({Rule("a/b", {{name, any}})})),
              "a rule of the scope names an argument that is empty, has more than 256 bytes or "
              "does not show");
  }
}

TEST(CheckScope, RefusesTooManyAlternativesInAll) {
  std::vector<Value> values;
  for (size_t i = 0; i < kMostAlternatives; ++i) {
    values.push_back(Value::Long(static_cast<int64_t>(i)));
  }
  Constraints lists;
  for (size_t i = 0; i < kMostScopeAlternatives / kMostAlternatives; ++i) {
    lists.emplace_back(std::to_string(i), ArgumentConstraint::OneOf(values).value());
  }
  EXPECT_TRUE(CheckScope(OfRules({Rule("a/b", lists)})).ok());
  EXPECT_EQ(Message(OfRules({Rule("a/b", lists), Rule("a/b", {{"x", Exact(Text("a"))}})})),
            "the scope has more than 10000 values, hosts and ranges");
}

TEST(CheckScope, RefusesWhatMayTakeTooMuchMemory) {
  Constraints regexes;
  for (int i = 0; i < 8; ++i) {
    regexes.emplace_back(std::to_string(i), ArgumentConstraint::Regex("a").value());
  }
  Scope scope = OfRules({Rule("a/b", regexes)});
  EXPECT_GT(scope.bytes(), 8 * kMostRegexMemory);
  EXPECT_TRUE(CheckScope(scope).ok());
  scope.tools.assign(kMostToolRules, Rule("a/b", regexes));
  EXPECT_EQ(Message(scope), "the scope may take more than 4194304 bytes");
}

TEST(Scope, SaysWhatItHolds) {
  EXPECT_GE(Scope{}.bytes(), sizeof(Scope));
  EXPECT_GT(OfTools({"a/b", "c/d"}).bytes(), OfTools({"a/b"}).bytes());
  EXPECT_GT(OfResources({"a"}).bytes(), OfTools({"**"}).bytes());
  const std::string long_text(5'000, 'a');
  EXPECT_GT(OfRules({Rule("a/b", {{"x", Exact(Text(long_text))}})}).bytes(), 5'000u);
}

TEST(Scope, IsEqualToOneOfTheSameParts) {
  EXPECT_EQ(PaymentScope(), PaymentScope());
  EXPECT_FALSE(PaymentScope() == PaymentScope(true));
  EXPECT_FALSE(OfTools({"a/b"}) == OfTools({"a/c"}));
  EXPECT_FALSE(OfTools({"**"}) == OfResources({}));
}

// The largest scope, asked about the longest texts: each argument is read once by each rule. Were
// rules and names multiplied by anything, or the text by itself, this would take years.
TEST(Scope, TakesTimeInProportionToScopeAndCall) {
  Constraints paths;
  std::vector<Field> fields;
  std::vector<std::string> names;
  for (size_t i = 0; i < kMostArguments; ++i) names.push_back(std::to_string(100 + i));
  std::string text = "/a";
  while (text.size() < kLongestText / 8) text += "/a";
  for (const std::string& name : names) {
    paths.emplace_back(name, Below("/a"));
    fields.push_back({name, Text(text)});
  }
  // The last argument is refused by all rules but the last, and so all are read by each.
  Constraints refused = paths;
  refused.back().second = Below("/b");
  Scope scope;
  scope.tools.assign(kMostToolRules - 1, Rule("a*/*/**", refused));
  scope.tools.push_back(Rule("a*/*/**", paths));
  scope.resources.emplace(kMostResources - 1, Segments("a*/a*/a*/a*/b"));
  scope.resources->push_back(Segments("a/**"));
  const std::string resource = text.substr(1);
  const Names resources(100, resource);
  EXPECT_EQ(Check(scope, "ab/c/d", resources, Value::Record(fields)), Reach::kCovered);
  EXPECT_TRUE(Attenuates(scope, scope));
}

}  // namespace
}  // namespace thuja::grants
