// SPDX-License-Identifier: Apache-2.0
// What a request may bring into a decision, and what it may not: plain data and additions to the
// store, never entities, parents, or other values of what is stored.
#include "tests/authzen/decision_point.h"

namespace thuja::testing {
namespace {

using PlainData = CertificationSuite;
using StrictJson = CertificationSuite;
using StoredFacts = CertificationSuite;
using Details = CertificationSuite;

constexpr const char* kAlice = R"({"__entity":{"type":"user","id":"alice"}})";
constexpr const char* kLoopback = R"({"__extn":{"fn":"ip","arg":"127.0.0.1"}})";

std::string WithContext(const std::string& action, const std::string& context) {
  return Question(User("bob"), Action(action), Record("r1"), context);
}

TEST_F(PlainData, EscapesAreKeysLikeAnyOther) {
  const std::string who = "{\"who\":" + std::string(kAlice) + ",\"address\":" + kLoopback + "}";
  EXPECT_EQ(Ask(port(), WithContext("entity_in_context", who)), kFalse);
  EXPECT_EQ(Ask(port(), WithContext("extension_in_context", who)), kFalse);
  EXPECT_EQ(Ask(port(), WithContext("plain_in_context", who)), kTrue);
  EXPECT_EQ(Ask(port(), WithContext("plain_as_context", kAlice)), kTrue);
  const std::string owned = Record("r1", "{\"owner\":" + std::string(kAlice) + "}");
  EXPECT_EQ(Ask(port(), Question(User("bob"), Action("entity_in_properties"), owned)), kFalse);
  EXPECT_EQ(Ask(port(), Question(User("bob"), Action("plain_in_properties"), owned)), kTrue);
  // Malformed escapes are no more special than well-formed ones.
  for (const char* context :
       {R"({"a":{"__extn":7}})", R"({"a":{"__entity":{}}})",
        R"({"a":{"__extn":{"fn":"decimal","arg":"x"}}})", R"({"a":{"__expr":"1 + 1"}})"}) {
    EXPECT_EQ(StatusOf(port(), WithContext("read", context)), 200) << context;
  }
}

TEST_F(PlainData, AStoredEntityIsNotEqualToItsEscape) {
  const std::string boss = R"({"boss":{"__entity":{"type":"user","id":"bob"}}})";
  EXPECT_EQ(DecisionAndReason(port(), Question(User("alice", boss), Action("read"), Record("r1"))),
            "false stored_attribute");
}

TEST_F(PlainData, ActionPropertiesAreTheirOwn) {
  const std::string soft = R"({"soft":true})";
  const std::string hard = R"({"soft":false})";
  for (const std::string& own : {soft, hard}) {
    for (const std::string& given : {soft, hard, std::string("{}"), std::string("7")}) {
      const std::string answer =
          DecisionAndReason(port(), Question(User("alice"), Action("delete", own), Record("r1"),
                                             "{\"action\":" + given + "}"));
      EXPECT_TRUE(answer == "false reserved_key" || answer.starts_with("400 ")) << answer;
    }
  }
}

TEST_F(StrictJson, NumbersAndNullAreRefusedByName) {
  for (const char* value :
       {"1.5", "1.0", "1e3", "-0.1", "9223372036854775808", "-9223372036854775809", "1e400", "null",
        "[1, null]", R"({"deep":[{"deeper":2.5}]})"}) {
    const std::string member = R"({"weight":)" + std::string(value) + "}";
    for (const std::string& body :
         {WithContext("read", member), Question(User("bob", member), Action("read"), Record("r1")),
          Question(User("bob"), Action("read", member), Record("r1")),
          Question(User("bob"), Action("read"), Record("r1", member))}) {
      const auto answer = Post(port(), kEvaluation, body);
      ASSERT_TRUE(answer) << body;
      EXPECT_EQ(answer->status, 400) << body;
      EXPECT_NE(answer->body.find("weight"), std::string::npos) << answer->body;
    }
  }
  EXPECT_EQ(Ask(port(), WithContext("number", R"({"number":9223372036854775807})")), kTrue);
  EXPECT_EQ(Ask(port(), WithContext("number", R"({"number":-9223372036854775808})")), kFalse);
}

TEST_F(StrictJson, WhatNobodyReadsMayHoldAnyNumber) {
  EXPECT_EQ(Ask(port(), Question(User("alice"), Action("read"), Record("r1"), "",
                                 R"("unknown":{"a":1.5,"b":null})")),
            kTrue);
}

TEST_F(StrictJson, WhatTwoReadersReadDifferentlyIsRefused) {
  const std::string good = Question(User("alice"), Action("read"), Record("r1"));
  const std::string rest = good.substr(1);
  for (const std::string& body : {
           "{\"subject\":" + User("bob") + "," + rest,
           "{\"subj\\u0065ct\":" + User("bob") + "," + rest,
           Question(R"({"type":"user","id":"bob","id":"alice"})", Action("read"), Record("r1")),
           Question(R"({"type":"user","id":"bob","\u0069d":"alice"})", Action("read"),
                    Record("r1")),
           WithContext("read", R"({"a":1,"a":1})"),
           WithContext("read", R"({"b":{"a":1,"\u0061":2}})"),
           Question(User("alice"), Action("read"), Record("r1"), "", R"("unknown":{"a":1,"a":2})"),
           WithContext("read", R"({"a":"\ud800"})"),
           WithContext("read", R"({"a":"\udc00\ud800"})"),
           WithContext("read", R"({"\ud800":1})"),
           Question(R"({"type":"user","id":"\udfff"})", Action("read"), Record("r1")),
           WithContext("read", "{\"a\":\"\xff\"}"),
           WithContext("read", "{\"a\":\"\xc0\xaf\"}"),
           WithContext("read", "{\"a\":\"\xed\xa0\x80\"}"),
           WithContext("read", "{\"a\":\"\n\"}"),
           WithContext("read", R"({"a":"\x"})"),
           WithContext("read", R"({"a":NaN})"),
           WithContext("read", R"({"a":Infinity})"),
           WithContext("read", R"({"a":01})"),
           WithContext("read", R"({"a":+1})"),
           WithContext("read", R"({"a":1,})"),
           WithContext("read", R"({"a":1}/* comment */)"),
           WithContext("read",
                       "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}"),
           Question(User("alice"), Action("read"), Record("r1"), "",
                    "\"unknown\":" + std::string(200, '[') + std::string(200, ']')),
           std::string(100'000, '['),
           std::string(100'000, '{'),
       }) {
    EXPECT_EQ(StatusOf(port(), body), 400) << body.substr(0, 200);
  }
  EXPECT_EQ(Ask(port(), WithContext("read", R"({"a":"\ud83c\udf32","":1})")), kTrue);
  EXPECT_EQ(Ask(port(), WithContext("read", "{\"a\":" + std::string(100, '[') +
                                                std::string(100, ']') + "}")),
            kTrue);
}

TEST_F(StrictJson, TypesAreNamesAndIdsAreAnyText) {
  for (const char* type : {"my type", "user::", "::user", "user-agent", "a\\u0000b", "7"}) {
    EXPECT_EQ(StatusOf(port(), Question("{\"type\":\"" + std::string(type) + R"(","id":"a"})",
                                        Action("read"), Record("r1"))),
              400)
        << type;
  }
  for (const char* id :
       {"", " ", "\\\"", "a\\u0000b", "../..", "user::\\\"alice\\\"", "\xf0\x9f\x8c\xb2"}) {
    const std::string rest = R"(","id":")" + std::string(id) + "\"}";
    const std::string record = R"({"type":"record)" + rest;
    const std::string user = R"({"type":"user)" + rest;
    EXPECT_EQ(Ask(port(), Question(User("alice"), Action("read"), record)), kTrue) << id;
    EXPECT_EQ(Ask(port(), Question(user, Action("read"), Record("r1"))), kFalse) << id;
  }
}

TEST_F(StoredFacts, MayBeRepeatedAndAddedToButNotReplaced) {
  const auto department = [&](const std::string& id, const std::string& properties) {
    return DecisionAndReason(port(),
                             Question(User(id, properties), Action("department"), Record("r1")));
  };
  EXPECT_EQ(department("alice", ""), "true permit");
  EXPECT_EQ(department("alice", R"({"department":"sales"})"), "true permit");
  EXPECT_EQ(department("alice", R"({"department":"sales","level":3,"other":[1,2]})"),
            "true permit");
  EXPECT_EQ(department("alice", R"({"department":"legal"})"), "false stored_attribute");
  EXPECT_EQ(department("alice", R"({"department":["sales"]})"), "false stored_attribute");
  EXPECT_EQ(department("alice", R"({"level":4})"), "false stored_attribute");
  EXPECT_EQ(department("alice", R"({"level":"3"})"), "false stored_attribute");
  EXPECT_EQ(department("alice", R"({"Department":"legal"})"), "true permit");
  // Bob is not stored: all that is known of him is what the caller says.
  EXPECT_EQ(department("bob", R"({"department":"sales"})"), "true permit");
  EXPECT_EQ(department("bob", R"({"department":"legal"})"), "false no_permit");
  EXPECT_EQ(Ask(port(), Question(User("alice", R"({"level":4})"), Action("read"), Record("r1"))),
            kFalse);
}

TEST_F(StoredFacts, ParentsCannotCome) {
  const std::string group = R"({"type":"group","id":"admins"})";
  for (const std::string& subject :
       {User("bob", "{\"parents\":[" + group + "]}"),
        User("bob", R"({"parents":[{"__entity":)" + group + "}]}"),
        Entity("user", "bob", "\"parents\":[" + group + "]"),
        Entity("user", "alice", "\"parents\":[" + group + "]"),
        Entity("user", "bob", "\"groups\":[" + group + R"(],"attrs":{},"uid":)" + group)}) {
    EXPECT_EQ(Ask(port(), Question(subject, Action("manage"), Record("r1"))), kFalse) << subject;
  }
  const std::string entities = R"("entities":[{"uid":{"type":"user","id":"bob"},"attrs":{},)"
                               R"("parents":[{"type":"group","id":"admins"}]}])";
  EXPECT_EQ(Ask(port(), Question(User("bob"), Action("manage"), Record("r1"), "", entities)),
            kFalse)
      << "AuthZEN has no such member";
}

TEST(RequestEntities, CanBeRefused) {
  const auto server = StartCertification("trust: {request_entities: none}\n");
  const auto ask = [&](const std::string& subject) {
    return DecisionAndReason(server->port(), Question(subject, Action("department"), Record("r1")));
  };
  EXPECT_EQ(ask(User("alice")), "true permit");
  EXPECT_EQ(ask(User("alice", R"({"department":"sales"})")), "false stored_attribute");
  EXPECT_EQ(ask(User("bob", R"({"department":"sales"})")), "false stored_attribute");
}

TEST(RequestEntities, CanOverride) {
  const auto server = StartCertification("trust: {request_entities: override}\n");
  const auto ask = [&](const std::string& subject) {
    return DecisionAndReason(server->port(), Question(subject, Action("department"), Record("r1")));
  };
  EXPECT_EQ(ask(User("alice", R"({"department":"legal"})")), "false no_permit");
  EXPECT_EQ(ask(User("alice", R"({"level":9})")), "true permit");
}

TEST_F(Details, AreThereWhenAskedFor) {
  const std::string question = Question(User("alice"), Action("broken"), Record("r1"));
  EXPECT_EQ(Ask(port(), question), kFalse);
  const std::string option =
      Question(User("alice"), Action("broken"), Record("r1"), "", R"("options":{"details":true})");
  for (const auto& [body, headers] :
       {std::pair<std::string, std::string>{option, ""}, {question, "Thuja-Details: true\r\n"}}) {
    const Parsed answer(Ask(port(), body, kEvaluation, headers));
    EXPECT_FALSE(answer.TextAt({"context", "id"}).size() < 8);
    ASSERT_NE(answer.At({"context", "revision"}), nullptr);
    EXPECT_EQ(answer.At({"context", "revision"})->kind, Json::Kind::kInteger);
    EXPECT_EQ(answer.TextAt({"context", "reason"}), "forbid_error");
    const Json* errors = answer.At({"context", "errors"});
    ASSERT_TRUE(errors != nullptr && errors->elements.size() == 1);
    EXPECT_EQ(errors->elements[0].Find("policy")->text, "forbid-that-fails");
    EXPECT_EQ(errors->elements[0].Find("kind")->text, "entity_does_not_exist");
    const Json* policies = answer.At({"context", "policies"});
    ASSERT_TRUE(policies != nullptr && policies->elements.size() == 1);
    EXPECT_EQ(policies->elements[0].text, "forbid-that-fails");
  }
  EXPECT_EQ(DecisionAndReason(port(), Question(User("alice"), Action("read"), Record("r1"))),
            "true permit");
  EXPECT_EQ(DecisionAndReason(port(), Question(User("bob"), Action("write"), Record("r1"))),
            "false no_permit");
}

TEST(Explanations, AreThereWhenAllowedAndAskedFor) {
  const auto server = StartCertification("answers: {explanations: on_request}\n");
  const std::string question = Question(User("bob"), Action("write"), Record("r1"));
  EXPECT_EQ(Ask(server->port(), question), kFalse);
  const std::string option =
      Question(User("bob"), Action("write"), Record("r1"), "", R"("options":{"explain":true})");
  for (const auto& [body, headers] :
       {std::pair<std::string, std::string>{option, ""}, {question, "Thuja-Explain: true\r\n"}}) {
    const Parsed answer(Ask(server->port(), body, kEvaluation, headers));
    EXPECT_EQ(answer.TextAt({"context", "reason"}), "no_permit");
    const Json* nearest = answer.At({"context", "explanation", "nearest"});
    ASSERT_TRUE(nearest != nullptr && !nearest->elements.empty());
    EXPECT_FALSE(nearest->elements[0].Find("why")->text.empty());
  }
}

TEST(Explanations, AreForNobodyUnlessSwitchedOn) {
  const auto server = StartCertification("");
  const std::string asked =
      Question(User("bob"), Action("write"), Record("r1"), "", R"("options":{"explain":true})");
  EXPECT_EQ(Ask(server->port(), asked, kEvaluation, "Thuja-Explain: true\r\n"), kFalse);
}

TEST(DetailsOff, NobodyIsTold) {
  const auto server = StartCertification("answers: {details: never}\n");
  const std::string asked =
      Question(User("alice"), Action("read"), Record("r1"), "", R"("options":{"details":true})");
  EXPECT_EQ(Ask(server->port(), asked, kEvaluation, "Thuja-Details: true\r\n"), kTrue);
}

TEST(ForbidError, CanBeSkippedAsCedarDoes) {
  const auto server = StartCertification("forbid_error: skip\n");
  EXPECT_EQ(Ask(server->port(), Question(User("alice"), Action("broken"), Record("r1"))), kTrue);
}

TEST(ActionType, CanBeAnother) {
  const ServerProcess server(
      "version: 1\npolicies: [p.cedar]\nauthzen: {action_type: \"Api::Action\"}\n",
      {{"p.cedar", "permit (principal, action == Api::Action::\"read\", resource);"}});
  EXPECT_EQ(Ask(server.port(), Question(User("a"), Action("read"), Record("r"))), kTrue);
}

}  // namespace
}  // namespace thuja::testing
