// SPDX-License-Identifier: Apache-2.0
// Requests as mutations: what each says, and when two are the same.
#include "server/grants/mutation_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thuja::server {
namespace {

using grants::GrantEvent;

struct Sent {
  std::string body;
  std::vector<HeaderField> headers = {{"Content-Type", "application/json"}};
  std::string method = "POST";
  std::string path = "/v1/x";
};

HttpRequest RequestOf(const Sent& sent) {
  HttpRequest request;
  request.method = sent.method;
  request.path = sent.path;
  request.body = sent.body;
  request.fields = sent.headers;
  return request;
}

absl::StatusOr<Mutation> Revoke(const std::string& body) {
  const Sent sent = {body};
  return ReadRevokeAll(RequestOf(sent));
}

std::string RevokeError(const std::string& body) {
  const auto mutation = Revoke(body);
  return mutation.ok() ? "" : std::string(mutation.status().message());
}

TEST(MutationRequest, RevocationsNameWhatTheyMean) {
  const GrantSelector holder = Revoke(R"({"holder": {"type": "A::B", "id": "x"}})")->selector;
  EXPECT_EQ(holder.kind, GrantSelector::Kind::kHolder);
  EXPECT_EQ(holder.holder.type, "A::B");
  EXPECT_EQ(holder.holder.id, "x");
  const GrantSelector of_class = Revoke(R"({"class": "coder"})")->selector;
  EXPECT_EQ(of_class.kind, GrantSelector::Kind::kClass);
  EXPECT_EQ(of_class.agent_class, "coder");
  const GrantSelector task = Revoke(R"({"task": "T", "tenant": "acme"})")->selector;
  EXPECT_EQ(task.kind, GrantSelector::Kind::kTask);
  EXPECT_EQ(task.task, "T");
  EXPECT_EQ(task.tenant, "acme");
  EXPECT_EQ(Revoke(R"({"task": "T"})")->selector.tenant, "");
  const auto everything = Revoke(R"({"everything": true, "reason": "drill"})");
  EXPECT_EQ(everything->selector.kind, GrantSelector::Kind::kEverything);
  EXPECT_EQ(everything->reason, "drill");
  EXPECT_EQ(everything->kind, Mutation::Kind::kRevokeAll);
}

// Nothing that is not said in one clear way may come to mean everything, or anything else.
TEST(MutationRequest, ARevocationThatIsNotClearIsRefused) {
  for (const char* body : {"",
                           "{}",
                           "[]",
                           "null",
                           R"({"reason": "x"})",
                           R"({"everything": false})",
                           R"({"everything": 1})",
                           R"({"everything": "true"})",
                           R"({"everything": null})",
                           R"({"everything": true, "class": "coder"})",
                           R"({"holder": {}, "everything": true})",
                           R"({"class": "a", "task": "b"})",
                           R"({"tenant": "acme"})",
                           R"({"class": "a", "tenant": "acme"})",
                           R"({"everything": true, "tenant": "acme"})",
                           R"({"class": ""})",
                           R"({"class": 5})",
                           R"({"class": ["a"]})",
                           R"({"class": null})",
                           R"({"task": ""})",
                           R"({"task": "a", "tenant": ""})",
                           R"({"holder": "A::\"x\""})",
                           R"({"holder": {"type": "A"}})",
                           R"({"holder": {"id": "x"}})",
                           R"({"holder": {"type": "A", "id": "x", "more": 1}})",
                           R"({"holder": {"type": "no type", "id": "x"}})",
                           R"({"holder": {"__entity": {"type": "A", "id": "x"}}})",
                           R"({"class": "a", "class": "b"})",
                           R"({"Class": "a"})",
                           R"({"klass": "a"})",
                           R"({"everything": true, "dry_run": true})",
                           R"({"everything": true, "reason": 5})",
                           R"({"everything": true} x)",
                           "\xEF\xBB\xBF{\"everything\": true}"}) {
    EXPECT_NE(RevokeError(body), "") << body;
  }
  EXPECT_EQ(RevokeError("{}"),
            "body: expected exactly one of `holder`, `class`, `task` and `everything`");
}

TEST(MutationRequest, EventsHaveAReasonOnlyWhereTheyEndSomething) {
  for (size_t i = 0; i < grants::kGrantEvents; ++i) {
    const auto event = static_cast<GrantEvent>(i);
    const Sent with_reason = {R"({"reason": "because"})"};
    const auto mutation = ReadEvent(RequestOf(with_reason), event);
    EXPECT_EQ(mutation.ok(), TakesReason(event)) << grants::GrantEventName(event);
    if (mutation.ok()) {
      EXPECT_EQ(mutation->reason, "because");
      EXPECT_EQ(mutation->event, event);
    }
    for (const char* body : {"", "{}", " {} "}) {
      const Sent sent = {body};
      EXPECT_TRUE(ReadEvent(RequestOf(sent), event).ok()) << body;
    }
    for (const char* body : {"[]", "null", "{", "{}{}", R"({"other": 1})", R"({"reason": null})",
                             R"({"reason": ["x"]})", R"({"reason": "a", "reason": "b"})"}) {
      const Sent sent = {body};
      EXPECT_FALSE(ReadEvent(RequestOf(sent), event).ok()) << body;
    }
  }
}

TEST(MutationRequest, ABodyHasToSayThatItIsJson) {
  for (const char* type : {"application/json", "Application/JSON",
                           "application/json; charset=utf-8", "application/json ;x"}) {
    const Sent sent = {"{}", {{"Content-Type", type}}};
    EXPECT_TRUE(ReadEvent(RequestOf(sent), GrantEvent::kHeartbeat).ok()) << type;
  }
  for (const std::vector<HeaderField>& headers :
       {std::vector<HeaderField>(), std::vector<HeaderField>{{"Content-Type", "text/plain"}},
        std::vector<HeaderField>{{"Content-Type", "application/json-patch+json"}},
        std::vector<HeaderField>{{"Content-Type", "application/x-www-form-urlencoded"}},
        std::vector<HeaderField>{{"Content-Type", "application/json"},
                                 {"Content-Type", "application/json"}}}) {
    const Sent sent = {"{}", headers};
    EXPECT_FALSE(ReadEvent(RequestOf(sent), GrantEvent::kHeartbeat).ok());
    const Sent nothing = {"", headers};
    EXPECT_TRUE(ReadEvent(RequestOf(nothing), GrantEvent::kHeartbeat).ok());
    EXPECT_FALSE(ReadRevokeAll(RequestOf(nothing)).ok());
  }
}

TEST(MutationRequest, AnIdIsVisibleAsciiAndGivenOnce) {
  const auto with = [](std::vector<std::string_view> ids) {
    Sent sent;
    for (const std::string_view id : ids) sent.headers.push_back({"Idempotency-Key", id});
    const auto mutation = ReadEvent(RequestOf(sent), GrantEvent::kHeartbeat);
    return mutation.ok() ? mutation->request_id : "refused";
  };
  EXPECT_EQ(with({}), "");
  EXPECT_EQ(with({"k"}), "k");
  EXPECT_EQ(with({"!~\"{}"}), "!~\"{}");
  EXPECT_EQ(with({std::string(128, 'k')}), std::string(128, 'k'));
  EXPECT_EQ(with({std::string(129, 'k')}), "refused");
  EXPECT_EQ(with({""}), "refused");
  EXPECT_EQ(with({"a b"}), "refused");
  EXPECT_EQ(with({"a\tb"}), "refused");
  EXPECT_EQ(with({"\xC3\xA9"}), "refused");
  EXPECT_EQ(with({"a", "a"}), "refused");
}

TEST(MutationRequest, MethodPathAndBodyMakeTheDigest) {
  const auto digest = [](const Sent& sent) {
    return ReadEvent(RequestOf(sent), GrantEvent::kRevoke)->digest;
  };
  const Sent sent = {R"({"reason": "a"})"};
  EXPECT_EQ(digest(sent), digest(sent));
  Sent other = sent;
  other.body = R"({"reason": "b"})";
  EXPECT_NE(digest(other), digest(sent));
  other = sent;
  other.body = R"({"reason":"a"})";
  EXPECT_NE(digest(other), digest(sent)) << "bytes, not what they mean";
  other = sent;
  other.path = "/v1/y";
  EXPECT_NE(digest(other), digest(sent));
  other = sent;
  other.method = "PUT";
  EXPECT_NE(digest(other), digest(sent));
  other = sent;
  other.headers.push_back({"Idempotency-Key", "k"});
  EXPECT_EQ(digest(other), digest(sent));
  // What ends the path does not begin the body.
  EXPECT_NE(digest({"{}", sent.headers, "POST", "/v1/x "}),
            digest({" {}", sent.headers, "POST", "/v1/x"}));
}

}  // namespace
}  // namespace thuja::server
