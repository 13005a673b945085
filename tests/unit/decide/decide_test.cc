// SPDX-License-Identifier: Apache-2.0
// The decision rule, and what a Scratch promises.
#include "engine/decide/decide.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/decide_fixture.h"

namespace thuja::decide {
namespace {

using testing::DecideToText;
using testing::kPlainRequest;
using testing::MakeRequest;
using testing::MakeSnapshot;

constexpr const char* kPermit = "permit (principal, action, resource);";
constexpr const char* kForbid = "forbid (principal, action, resource);";
constexpr const char* kOther = "permit (principal == User::\"bob\", action, resource);";
constexpr const char* kFailingPermit =
    "permit (principal, action, resource) when { context.nothing };";
constexpr const char* kFailingForbid =
    "forbid (principal, action, resource) when { 1 + true == 2 };";

TEST(Decide, DeniesByDefault) {
  EXPECT_EQ(DecideToText(""), "deny []");
  EXPECT_EQ(DecideToText(kOther), "deny []");
  EXPECT_EQ(DecideToText(kFailingPermit), "deny [] errors [policy0:record_attr_does_not_exist]");
}

TEST(Decide, AllSatisfiedPermitsAreTheReasons) {
  EXPECT_EQ(DecideToText(std::string(kPermit) + kOther + kPermit), "allow [policy0, policy2]");
}

TEST(Decide, ForbidsOverridePermitsAndAreAllNamed) {
  EXPECT_EQ(DecideToText(std::string(kForbid) + kPermit + kForbid), "deny [policy0, policy2]");
  EXPECT_EQ(DecideToText(kForbid), "deny [policy0]");
}

TEST(Decide, APolicyThatFailsIsSkippedAndReportedWhateverTheOutcome) {
  const std::string errors = " errors [policy1:record_attr_does_not_exist, policy2:type_error]";
  const std::string failing = std::string(kFailingPermit) + kFailingForbid;
  EXPECT_EQ(DecideToText(kPermit + failing), "allow [policy0]" + errors);
  EXPECT_EQ(DecideToText(kForbid + failing), "deny [policy0]" + errors);
  EXPECT_EQ(DecideToText(kOther + failing), "deny []" + errors);
}

Decision DecideWith(const Snapshot& snapshot, Scratch& scratch, ForbidError forbid_error) {
  return Decide(snapshot, MakeRequest(kPlainRequest), scratch, {.forbid_error = forbid_error});
}

TEST(Decide, AFailingForbidDeniesIfTheOptionsSaySo) {
  const auto snapshot = MakeSnapshot(std::string(kPermit) + kFailingForbid);
  Scratch scratch;
  EXPECT_EQ(DecideWith(*snapshot, scratch, ForbidError::kSkip).code, ReasonCode::kPermit);
  const Decision decision = DecideWith(*snapshot, scratch, ForbidError::kDeny);
  EXPECT_FALSE(decision.allowed());
  EXPECT_EQ(decision.code, ReasonCode::kForbidError);
  ASSERT_EQ(decision.reasons.size(), 1u);
  EXPECT_EQ(decision.reasons[0].index, 1u);
}

TEST(Decide, ASatisfiedForbidComesBeforeAFailingOne) {
  const auto snapshot = MakeSnapshot(std::string(kFailingForbid) + kForbid);
  Scratch scratch;
  EXPECT_EQ(DecideWith(*snapshot, scratch, ForbidError::kDeny).code, ReasonCode::kForbid);
}

TEST(Decide, AFailingPermitNeverDeniesWhatAnotherAllows) {
  const auto snapshot = MakeSnapshot(std::string(kFailingPermit) + kPermit);
  Scratch scratch;
  EXPECT_TRUE(DecideWith(*snapshot, scratch, ForbidError::kDeny).allowed());
}

TEST(Decide, ARequestThatReplacesWhatIsStoredIsDeniedBeforeAnyPolicy) {
  const auto snapshot = MakeSnapshot(
      kPermit, R"([{"uid":{"type":"User","id":"alice"},"attrs":{"n":1},"parents":[]}])");
  const auto code = [&](const std::string& entities) {
    Scratch scratch;
    const Request request =
        MakeRequest(R"({"principal": "User::\"alice\"", "action": "Action::\"read\"",
                        "resource": "Doc::\"d\"", "entities": )" +
                    entities + "}");
    const Decision decision = Decide(*snapshot, request, scratch);
    EXPECT_EQ(decision.allowed(), decision.code == ReasonCode::kPermit);
    return std::string(ReasonCodeName(decision.code));
  };
  const std::string uid = R"([{"uid":{"type":"User","id":"alice"},"parents":[],"attrs":)";
  EXPECT_EQ(code("[]"), "permit");
  EXPECT_EQ(code(uid + R"({"n":1,"m":2}}])"), "permit");
  EXPECT_EQ(code(uid + R"({"n":2}}])"), "stored_attribute");
  EXPECT_EQ(code(R"([{"uid":{"type":"X","id":"a"},"parents":[{"type":"X","id":"a"}],"attrs":{}}])"),
            "malformed_request");
}

TEST(Decide, EverySnapshotHasARevisionOfItsOwn) {
  SnapshotBuilder builder;
  builder.SetPolicies(testing::MakePolicies(kPermit));
  const auto first = builder.Build();
  const auto second = builder.SetEntities(testing::MakeEntities("[]")).Build();
  EXPECT_LT(first->revision(), second->revision());
  EXPECT_EQ(&first->policies(), &second->policies());  // what did not change is shared
  Scratch scratch;
  EXPECT_EQ(Decide(*second, MakeRequest(kPlainRequest), scratch).revision, second->revision());
}

// The empty name takes no room where names are stored, so that it lies where another begins.
TEST(Decide, TheEmptyNameIsANameLikeOthers) {
  const auto policies = R"(
permit (principal, action, resource) when { resource[""] == 1 };
permit (principal, action, resource) when { resource.next == 2 };
permit (principal, action, resource) when { context[""] == 3 };
permit (principal, action, resource) when { resource has "" && resource has next };)";
  for (const std::string attributes : {R"({"":1,"next":2})", R"({"next":2,"":1})"}) {
    const std::string entities =
        R"([{"uid":{"type":"Doc","id":"d"},"attrs":)" + attributes + R"(,"parents":[]}])";
    EXPECT_EQ(DecideToText(policies, entities,
                           R"({"principal": "User::\"a\"", "action": "Action::\"read\"",
                               "resource": "Doc::\"d\"", "context": {"": 3, "c": 4}})"),
              "allow [policy0, policy1, policy2, policy3]");
  }
}

// Where an attribute was found last is tried first, and must not be believed.
TEST(Decide, AttributesAreFoundWhereverTheyStand) {
  const auto snapshot =
      MakeSnapshot(R"(permit (principal, action, resource) when { resource.n == context.n };)",
                   R"([{"uid":{"type":"Doc","id":"a"},"attrs":{"n":1},"parents":[]},
          {"uid":{"type":"Doc","id":"b"},"attrs":{"a":0,"b":0,"n":1},"parents":[]},
          {"uid":{"type":"Doc","id":"c"},"attrs":{"a":1,"b":1,"c":1},"parents":[]}])");
  Scratch scratch;
  const auto decide = [&](const std::string& id, const std::string& context) {
    const Request request =
        MakeRequest(R"({"principal": "User::\"a\"", "action": "Action::\"read\"",
                        "resource": "Doc::\")" +
                    id + R"(\"", "context": )" + context + "}");
    return testing::Print(*snapshot, Decide(*snapshot, request, scratch));
  };
  const std::string missing = "deny [] errors [policy0:";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(decide("a", R"({"n":1})"), "allow [policy0]");
    EXPECT_EQ(decide("b", R"({"a":0,"b":0,"n":1})"), "allow [policy0]");
    EXPECT_EQ(decide("c", R"({"n":1})"), missing + "entity_attr_does_not_exist]");
    EXPECT_EQ(decide("a", R"({"m":1})"), missing + "record_attr_does_not_exist]");
    EXPECT_EQ(decide("d", R"({"n":1})"), missing + "entity_does_not_exist]");
  }
}

// A store that grows may have the name of an attribute that no entity had before.
TEST(Decide, AnAttributeThatComesWithAnUpdateIsFound) {
  SnapshotBuilder builder;
  builder.SetPolicies(
      testing::MakePolicies("permit (principal, action, resource) when { resource.late == 1 };"));
  builder.SetEntities(testing::MakeEntities("[]"));
  Scratch scratch;
  const Request request = MakeRequest(kPlainRequest);
  EXPECT_FALSE(Decide(*builder.Build(), request, scratch).allowed());
  value::EntityStoreBuilder grown(builder.entities());
  std::vector<value::Field> fields = {{"late", value::Value::Long(1)}};
  value::Entity doc;
  doc.uid = {"Doc", "d"};
  doc.attributes = value::Value::Record(fields);
  grown.Add(doc);
  value::EntityStore store;
  ASSERT_FALSE(grown.Build(&store));
  const auto snapshot = builder.SetEntities(std::move(store)).Build();
  EXPECT_TRUE(Decide(*snapshot, request, scratch).allowed());
}

// An entity that comes with the request may be in a group by two ways; what stands behind the group
// is decided once.
TEST(Decide, AGroupThatTwoWaysLeadToIsOneGroup) {
  std::string policies =
      R"(forbid (principal, action, resource) when { context.who in G::"g0" && context.missing };)";
  for (int i = 0; i < 6; ++i) {
    policies += "permit (principal, action, resource) when { context.who in G::\"g" +
                std::to_string(i) + "\" };";
  }
  const std::string entities =
      R"([{"uid":{"type":"G","id":"a"},"attrs":{},"parents":[{"type":"G","id":"g0"}]},
          {"uid":{"type":"G","id":"b"},"attrs":{},"parents":[{"type":"G","id":"g0"}]}])";
  EXPECT_EQ(DecideToText(policies, entities,
                         R"({"principal": "User::\"a\"", "action": "Action::\"read\"",
                             "resource": "Doc::\"d\"",
                             "context": {"who": {"__entity": {"type": "U", "id": "new"}}},
                             "entities": [{"uid": {"type": "U", "id": "new"}, "attrs": {},
                                           "parents": [{"type": "G", "id": "a"},
                                                       {"type": "G", "id": "b"}]}]})"),
            "allow [policy1] errors [policy0:record_attr_does_not_exist]");
}

TEST(Decide, AScratchThatWasMovedFromServesAgain) {
  const auto snapshot = MakeSnapshot(
      "permit (principal, action in [Action::\"read\", Action::\"write\"], resource) "
      "when { resource has x || !(resource has x) };");
  const Request request = MakeRequest(kPlainRequest);
  Scratch first;
  EXPECT_TRUE(Decide(*snapshot, request, first).allowed());
  Scratch second = std::move(first);
  EXPECT_TRUE(Decide(*snapshot, request, second).allowed());
  EXPECT_TRUE(Decide(*snapshot, request, first).allowed());  // NOLINT: that is what is tested
}

TEST(Decide, AScratchThatServedOthersGivesTheSameAnswer) {
  const std::vector<std::string> kSets = {
      kPermit, std::string(kFailingPermit) + kFailingForbid + kPermit, "", kForbid,
      "permit (principal, action, resource) when { [principal, 1, \"x\"].contains(context) };"};
  Scratch reused;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& policies : kSets) {
      const auto snapshot = MakeSnapshot(policies);
      const Decision decision = Decide(*snapshot, MakeRequest(kPlainRequest), reused);
      EXPECT_EQ(testing::Print(*snapshot, decision), DecideToText(policies));
    }
  }
}

}  // namespace
}  // namespace thuja::decide
