// SPDX-License-Identifier: Apache-2.0
// AuthZEN 1.0 as its working group tests it: the interop table of the todo scenario, the rules and
// the negative matrix of the certification, and the metadata document.
#include <fstream>
#include <iterator>

#include "tests/authzen/decision_point.h"
#include "tests/support/shared_material.h"

namespace thuja::testing {
namespace {

using Certification = CertificationSuite;
using Malformed = CertificationSuite;

constexpr const char* kTodoPolicies = R"(
permit (principal is user, action in [Action::"can_read_user", Action::"can_read_todos"], resource)
when { principal.roles.containsAny(["viewer", "editor", "admin", "evil_genius"]) };
permit (principal is user, action == Action::"can_create_todo", resource is todo)
when { principal.roles.containsAny(["editor", "admin", "evil_genius"]) };
permit (principal is user, action == Action::"can_update_todo", resource is todo)
when { principal.roles.contains("evil_genius") };
permit (principal is user, action == Action::"can_delete_todo", resource is todo)
when { principal.roles.contains("admin") };
permit (principal is user, action in [Action::"can_update_todo", Action::"can_delete_todo"],
        resource is todo)
when { principal.roles.contains("editor") && resource.ownerID == principal.email };
)";

std::string TodoUser(const std::string& digit, const std::string& email, const std::string& roles) {
  const std::string id = "CiRmZD" + digit + "2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs";
  return R"({"uid": {"type": "user", "id": ")" + id + R"("}, "parents": [], "attrs": {"id": ")" +
         id + R"(", "email": ")" + email + R"(", "roles": )" + roles + "}}";
}

std::string TodoEntities() {
  return "[" + TodoUser("A", "rick@the-citadel.com", R"(["admin", "evil_genius"])") + "," +
         TodoUser("E", "morty@the-citadel.com", R"(["editor"])") + "," +
         TodoUser("I", "summer@the-smiths.com", R"(["editor"])") + "," +
         TodoUser("M", "beth@the-smiths.com", R"(["viewer"])") + "," +
         TodoUser("Q", "jerry@the-smiths.com", R"(["viewer"])") + "]";
}

TEST(Todo, DecidesEveryRowOfTheInteropTable) {
  THUJA_REQUIRE_SHARED(shared);
  std::ifstream file(*shared / "authzen" / "todo-decisions.json", std::ios::binary);
  const Parsed table({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  const ServerProcess server("version: 1\npolicies: [todo.cedar]\nentities: users.json\n",
                             {{"todo.cedar", kTodoPolicies}, {"users.json", TodoEntities()}});
  const Json* singles = table.At({"evaluation"});
  ASSERT_NE(singles, nullptr);
  EXPECT_EQ(singles->elements.size(), 40u);
  for (const Json& row : singles->elements) {
    const std::string request = WriteJson(*row.Find("request"));
    EXPECT_EQ(Ask(server.port(), request), row.Find("expected")->boolean ? kTrue : kFalse)
        << request;
  }
  const Json* batches = table.At({"evaluations"});
  ASSERT_NE(batches, nullptr);
  EXPECT_EQ(batches->elements.size(), 3u);
  for (const Json& row : batches->elements) {
    const std::string request = WriteJson(*row.Find("request"));
    std::string expected;
    for (const Json& item : row.Find("expected")->elements) {
      expected += expected.empty() ? "{\"evaluations\":[" : ",";
      expected += item.Find("decision")->boolean ? kTrue : kFalse;
    }
    EXPECT_EQ(Ask(server.port(), request, kEvaluations), expected + "]}") << request;
  }
}

TEST_F(Certification, Rules) {
  const std::string archived = Record("r2", R"({"status":"archived"})");
  EXPECT_EQ(Ask(port(), Question(User("alice"), Action("read"), Record("r1"))), kTrue);
  EXPECT_EQ(Ask(port(), Question(User("alice"), Action("write"), Record("r1"))), kTrue);
  EXPECT_EQ(Ask(port(), Question(User("bob"), Action("read"), Record("r1"))), kTrue);
  EXPECT_EQ(Ask(port(), Question(User("bob"), Action("write"), Record("r1"))), kFalse);
  EXPECT_EQ(Ask(port(), Question(User("alice"), Action("write"), archived)), kFalse);
  EXPECT_EQ(Ask(port(), Question(User("bob", R"({"role":"admin"})"), Action("write"), archived)),
            kTrue);
  for (const char* context : {"", R"({"soft":true})", R"({"soft":false})"}) {
    const auto remove = [&](const char* soft) {
      return Ask(port(), Question(User("alice"), Action("delete", soft), Record("r1"), context));
    };
    EXPECT_EQ(remove(R"({"soft":true})"), kTrue) << context;
    EXPECT_EQ(remove(R"({"soft":false})"), kFalse) << context;
    EXPECT_EQ(remove(""), kFalse) << context;
  }
}

TEST_F(Certification, AnswersAreTheSameTwice) {
  const std::string question = Question(User("alice"), Action("read"), Record("r1"));
  const auto first = Post(port(), kEvaluation, question);
  const auto second = Post(port(), kEvaluation, question);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->body, kTrue);
  EXPECT_EQ(second->body, kTrue);
  EXPECT_EQ(first->headers.at("content-type"), second->headers.at("content-type"));
  EXPECT_TRUE(first->headers.at("content-type").starts_with("application/json"));
  EXPECT_EQ(first->headers.at("cache-control"), "no-store");
}

TEST_F(Certification, TheRequestIdIsRepeated) {
  const std::string header = "X-Request-ID: bfe9eb29-ab87-4ca3-be83-a1d5d8305716\r\n";
  const std::string question = Question(User("bob"), Action("write"), Record("r1"));
  for (const char* path : {kEvaluation, kEvaluations}) {
    for (const std::string& body : {question, std::string("nonsense")}) {
      auto answer = Post(port(), path, body, header);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->headers["x-request-id"], "bfe9eb29-ab87-4ca3-be83-a1d5d8305716") << body;
    }
  }
  const auto without = Post(port(), kEvaluation, question);
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->headers.contains("x-request-id"));
}

TEST_F(Certification, UnknownMembersAreIgnored) {
  const std::string more = R"("unknown":{"a":[1,"b"]})";
  EXPECT_EQ(Ask(port(), Question(Entity("user", "alice", more), Action("read"),
                                 Entity("record", "r1", more), R"({"a":1})",
                                 more + R"(,"page":{"limit":10},"options":{"unknown":true})")),
            kTrue);
  EXPECT_EQ(Ask(port(), Question(User("alice"), R"({"name":"read","unknown":7})", Record("r1"))),
            kTrue);
}

TEST_F(Malformed, ContentTypes) {
  const std::string question = Question(User("alice"), Action("read"), Record("r1"));
  const auto status = [&](const std::string& type) {
    return StatusOf(port(), question, kEvaluation, "Content-Type: " + type + "\r\n");
  };
  for (const char* type : {"application/json", "application/json; charset=utf-8",
                           "application/json;charset=UTF-8", "Application/JSON"}) {
    EXPECT_EQ(status(type), 200) << type;
  }
  for (const char* type : {"text/plain", "text/json", "application/x-www-form-urlencoded",
                           "application/jsonx", "application/json-patch+json", "json", ""}) {
    EXPECT_EQ(status(type), 400) << type << ": 400, not 415";
  }
  RawConnection without(port());
  without.Send("POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
               std::to_string(question.size()) + "\r\n\r\n" + question);
  const auto answer = without.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
}

TEST_F(Malformed, Bodies) {
  const std::string good = Question(User("alice"), Action("read"), Record("r1"));
  for (const std::string& body :
       {std::string(), std::string(" "), std::string("{"), std::string("null"), std::string("1"),
        std::string("\"a\""), std::string("[]"), "[" + good + "]", std::string("{}"), good + good,
        good + "}", good.substr(0, good.size() - 1), good + ",", std::string("{'a':1}"),
        std::string("subject=alice")}) {
    for (const char* path : {kEvaluation, kEvaluations}) {
      const auto answer = Post(port(), path, body);
      ASSERT_TRUE(answer) << body;
      EXPECT_EQ(answer->status, 400) << path << " " << body;
      EXPECT_TRUE(answer->headers.at("content-type").starts_with("text/plain")) << body;
      EXPECT_FALSE(answer->body.empty()) << "a sentence says what is wrong with " << body;
    }
  }
}

TEST_F(Malformed, Members) {
  const std::string user = User("alice");
  const std::string read = Action("read");
  const std::string record = Record("r1");
  const auto without = [](const std::string& a, const std::string& b) {
    return "{" + a + "," + b + "}";
  };
  for (const std::string& body : {
           without("\"action\":" + read, "\"resource\":" + record),
           without("\"subject\":" + user, "\"resource\":" + record),
           without("\"subject\":" + user, "\"action\":" + read),
           Question("\"alice\"", read, record),
           Question("null", read, record),
           Question("[" + user + "]", read, record),
           Question("{}", read, record),
           Question(R"({"type":"user"})", read, record),
           Question(R"({"id":"alice"})", read, record),
           Question(R"({"type":"user","id":7})", read, record),
           Question(R"({"type":"user","id":null})", read, record),
           Question(R"({"type":["user"],"id":"alice"})", read, record),
           Question(R"({"type":"","id":"alice"})", read, record),
           Question(R"({"TYPE":"user","id":"alice"})", read, record),
           Question(user, "\"read\"", record),
           Question(user, "{}", record),
           Question(user, R"({"name":7})", record),
           Question(user, R"({"name":null})", record),
           Question(user, R"({"id":"read"})", record),
           Question(user, read, "\"r1\""),
           Question(user, read, "{}"),
           Question(user, read, R"({"type":"record"})"),
           Question(user, read, R"({"id":"r1"})"),
           Question(user, read, R"({"type":true,"id":"r1"})"),
           Question(User("alice", "[]"), read, record),
           Question(User("alice", "\"a\""), read, record),
           Question(User("alice", "null"), read, record),
           Question(user, Action("read", "7"), record),
           Question(user, Action("read", "null"), record),
           Question(user, read, Record("r1", "[{}]")),
           Question(user, read, record, "[]"),
           Question(user, read, record, "\"a\""),
           Question(user, read, record, "7"),
           Question(user, read, record, "null"),
       }) {
    EXPECT_EQ(StatusOf(port(), body), 400) << body;
  }
}

TEST_F(Certification, MetadataNamesTheEndpoints) {
  const auto answer = Get(port(), "/.well-known/authzen-configuration");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(answer->headers.at("content-type").starts_with("application/json"));
  const Parsed metadata(answer->body);
  const std::string base = metadata.TextAt({"policy_decision_point"});
  EXPECT_TRUE(base == "http://localhost" || base == "https://localhost") << base;
  EXPECT_EQ(metadata.TextAt({"access_evaluation_endpoint"}), base + kEvaluation);
  EXPECT_EQ(metadata.TextAt({"access_evaluations_endpoint"}), base + kEvaluations);
  // Only what is there is named, and nothing is empty.
  for (const JsonMember& member : metadata.root().members) {
    EXPECT_FALSE(member.key.starts_with("search_")) << member.key;
    EXPECT_FALSE(member.value.IsString() && member.value.text.empty()) << member.key;
    EXPECT_FALSE(member.value.IsArray() && member.value.elements.empty()) << member.key;
  }
}

TEST(Metadata, TheBaseCanBeGiven) {
  const auto server = StartCertification("authzen: {base_url: \"https://pdp.example.com\"}\n");
  const auto answer = Get(server->port(), "/.well-known/authzen-configuration");
  ASSERT_TRUE(answer);
  const Parsed metadata(answer->body);
  EXPECT_EQ(metadata.TextAt({"policy_decision_point"}), "https://pdp.example.com");
  EXPECT_EQ(metadata.TextAt({"access_evaluation_endpoint"}),
            "https://pdp.example.com/access/v1/evaluation");
  EXPECT_EQ(metadata.TextAt({"access_evaluations_endpoint"}),
            "https://pdp.example.com/access/v1/evaluations");
}

}  // namespace
}  // namespace thuja::testing
