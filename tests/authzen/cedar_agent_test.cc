// SPDX-License-Identifier: Apache-2.0
// The endpoint in the shape of cedar-agent: its answers, its errors, and where it differs on
// purpose, since a request may add to the store and not replace it.
#include "tests/authzen/decision_point.h"

namespace thuja::testing {
namespace {

constexpr const char* kPolicies = R"(
permit (principal in Group::"readers", action == Action::"read", resource is Doc)
unless { resource.secret };
permit (principal, action == Action::"list", resource) when { context.purpose == "audit" };
permit (principal, action == Action::"level", resource) when { principal.level > 2 };
permit (principal == User::"root", action, resource);
)";

constexpr const char* kEntities = R"([
  {"uid": {"type": "User", "id": "a"}, "attrs": {"level": 1},
   "parents": [{"type": "Group", "id": "readers"}]},
  {"uid": {"type": "User", "id": "b"}, "attrs": {"level": 1}, "parents": []},
  {"uid": {"type": "Group", "id": "readers"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Doc", "id": "open"}, "attrs": {"secret": false}, "parents": []},
  {"uid": {"type": "Doc", "id": "closed"}, "attrs": {"secret": true}, "parents": []}
])";

constexpr const char* kAllow =
    R"({"decision":"Allow","diagnostics":{"reason":["policy0"],"errors":[]}})";
constexpr const char* kDeny = R"({"decision":"Deny","diagnostics":{"reason":[],"errors":[]}})";

class CedarAgent : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerProcess>(
        "version: 1\npolicies: [p.cedar]\nentities: e.json\ndecisions: {file: none}\n",
        ServerProcess::Files{{"p.cedar", kPolicies}, {"e.json", kEntities}});
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { ASSERT_NE(server_->port(), 0); }

  static int port() { return server_->port(); }

  // Uids are written in Cedar's syntax; `more` is put behind, such as `"context":{}`.
  static std::string Request(const std::string& principal, const std::string& action,
                             const std::string& resource, const std::string& more = "") {
    return "{\"principal\":" + QuoteJson(principal) + ",\"action\":" + QuoteJson(action) +
           ",\"resource\":" + QuoteJson(resource) + (more.empty() ? "" : "," + more) + "}";
  }

  static std::string Decide(const std::string& body) { return Ask(port(), body, kIsAuthorized); }

  static std::string Level(const std::string& user, const std::string& more) {
    return Decide(Request("User::\"" + user + "\"", "Action::\"level\"", "Doc::\"open\"", more));
  }

 private:
  static std::unique_ptr<ServerProcess> server_;
};

std::unique_ptr<ServerProcess> CedarAgent::server_;

TEST_F(CedarAgent, AllowsAndDenies) {
  EXPECT_EQ(Decide(Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"")), kAllow);
  EXPECT_EQ(Decide(Request("User::\"a\"", "Action::\"read\"", "Doc::\"closed\"")), kDeny);
  EXPECT_EQ(Decide(Request("User::\"b\"", "Action::\"read\"", "Doc::\"open\"")), kDeny);
  const std::string audit = R"("context":{"purpose":"audit"})";
  EXPECT_EQ(Decide(Request("User::\"b\"", "Action::\"list\"", "Doc::\"open\"", audit)),
            R"({"decision":"Allow","diagnostics":{"reason":["policy1"],"errors":[]}})");
}

TEST_F(CedarAgent, UidsCanBeObjects) {
  const auto uid = [](const char* type, const char* id) { return Entity(type, id); };
  EXPECT_EQ(Decide("{\"principal\":" + uid("User", "a") + ",\"action\":" + uid("Action", "read") +
                   ",\"resource\":" + uid("Doc", "open") + "}"),
            kAllow);
  EXPECT_EQ(Decide("{\"principal\":" + uid("User", "a") +
                   R"(,"action":"Action::\"read\"","resource":"Doc::\"closed\""})"),
            kDeny);
}

TEST_F(CedarAgent, PoliciesThatFailAreNamed) {
  const std::string answer =
      Decide(Request("User::\"b\"", "Action::\"list\"", "Doc::\"open\"", R"("context":{})"));
  const Parsed parsed(answer);
  EXPECT_EQ(parsed.TextAt({"decision"}), "Deny");
  const Json* errors = parsed.At({"diagnostics", "errors"});
  ASSERT_TRUE(errors != nullptr && errors->elements.size() == 1) << answer;
  EXPECT_TRUE(errors->elements[0].IsString());
  EXPECT_NE(errors->elements[0].text.find("policy1"), std::string_view::npos) << answer;
  // An error beside an allow: another permit decides.
  const Parsed root(
      Decide(Request("User::\"root\"", "Action::\"list\"", "Doc::\"open\"", R"("context":{})")));
  EXPECT_EQ(root.TextAt({"decision"}), "Allow");
  ASSERT_NE(root.At({"diagnostics", "errors"}), nullptr);
  EXPECT_EQ(root.At({"diagnostics", "errors"})->elements.size(), 1u);
}

TEST_F(CedarAgent, EntitiesOfBothKindsAdd) {
  for (const char* member : {"entities", "additional_entities"}) {
    const auto add = [&](const std::string& entity) {
      return "\"" + std::string(member) + "\":[" + entity + "]";
    };
    const std::string fresh =
        R"({"uid":{"type":"User","id":"new"},"attrs":{"level":3},"parents":[]})";
    EXPECT_EQ(Level("new", add(fresh)),
              R"({"decision":"Allow","diagnostics":{"reason":["policy2"],"errors":[]}})");
    // What is stored stays beside what comes.
    EXPECT_EQ(Decide(Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", add(fresh))),
              kAllow);
    const std::string same =
        R"({"uid":{"type":"User","id":"b"},"attrs":{"level":1,"other":2},"parents":[]})";
    EXPECT_EQ(Level("b", add(same)), kDeny);
  }
}

TEST_F(CedarAgent, StoredFactsCannotBeReplaced) {
  for (const char* member : {"entities", "additional_entities"}) {
    for (const char* entity :
         {R"({"uid":{"type":"User","id":"b"},"attrs":{"level":9},"parents":[]})",
          R"({"uid":{"type":"User","id":"b"},"attrs":{},)"
          R"("parents":[{"type":"Group","id":"readers"}]})",
          R"({"uid":{"type":"Doc","id":"closed"},"attrs":{"secret":false},"parents":[]})"}) {
      for (const char* action : {"level", "read"}) {
        const std::string answer =
            Decide(Request("User::\"b\"", "Action::\"" + std::string(action) + "\"",
                           "Doc::\"open\"", "\"" + std::string(member) + "\":[" + entity + "]"));
        const Parsed parsed(answer);
        EXPECT_EQ(parsed.TextAt({"decision"}), "Deny") << answer;
        const Json* errors = parsed.At({"diagnostics", "errors"});
        ASSERT_TRUE(errors != nullptr && errors->elements.size() == 1) << answer;
        EXPECT_TRUE(errors->elements[0].text.starts_with("stored_attribute: ")) << answer;
      }
    }
  }
}

TEST_F(CedarAgent, ErrorsHaveItsShape) {
  const std::string rest = R"(,"action":"Action::\"read\"","resource":"Doc::\"open\""})";
  for (const std::string& body :
       {std::string(), std::string("nonsense"), std::string("[]"), std::string("{}"),
        "{" + rest.substr(1), R"({"principal":7)" + rest, R"({"principal":"a")" + rest,
        R"({"principal":"User::\"a")" + rest, R"({"principal":{"type":"User"})" + rest,
        R"({"principal":null)" + rest,
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", "\"context\":[]"),
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", R"("context":{"a":1.5})"),
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", "\"entities\":{}"),
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", "\"additional_entities\":7"),
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"", R"("entities":[{"uid":7}])"),
        Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"",
                R"("context":{},"context":{})")}) {
    const auto answer = Post(port(), kIsAuthorized, body);
    ASSERT_TRUE(answer) << body;
    EXPECT_EQ(answer->status, 400) << body;
    EXPECT_TRUE(answer->headers.at("content-type").starts_with("application/json")) << body;
    const Parsed parsed(answer->body);
    ASSERT_EQ(parsed.root().members.size(), 3u) << answer->body;
    EXPECT_NE(parsed.TextAt({"reason"}), "-") << answer->body;
    EXPECT_GT(parsed.TextAt({"description"}).size(), 5u) << answer->body;
    ASSERT_NE(parsed.At({"code"}), nullptr) << answer->body;
    EXPECT_EQ(parsed.At({"code"})->integer, 400);
  }
}

TEST_F(CedarAgent, DetailsAreAddedWhenAskedFor) {
  const std::string body = Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\"");
  const Parsed parsed(Ask(port(), body, kIsAuthorized, "Thuja-Details: true\r\n"));
  EXPECT_EQ(parsed.TextAt({"decision"}), "Allow");
  EXPECT_EQ(parsed.TextAt({"reason_code"}), "permit");
  EXPECT_NE(parsed.TextAt({"id"}), "-");
  ASSERT_NE(parsed.At({"revision"}), nullptr);
  EXPECT_EQ(parsed.At({"revision"})->kind, Json::Kind::kInteger);
}

TEST_F(CedarAgent, TheRequestIdIsRepeatedAndNothingIsCached) {
  auto answer =
      Post(port(), kIsAuthorized, Request("User::\"a\"", "Action::\"read\"", "Doc::\"open\""),
           "X-Request-ID: r-7\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers["x-request-id"], "r-7");
  EXPECT_EQ(answer->headers["cache-control"], "no-store");
}

}  // namespace
}  // namespace thuja::testing
