// SPDX-License-Identifier: Apache-2.0
// Decision records: one for each decision, whatever it was, and none lost without a word.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "server/decision/digest.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {
namespace {

constexpr char kPolicies[] =
    "@id(\"p\") permit (principal, action, resource);\n"
    "@id(\"f\") forbid (principal, action == Action::\"write\", resource) when { context.x > 1 "
    "};\n";

std::string ConfigOf(const std::string& decisions) {
  return "version: 1\npolicies: [p.cedar]\nids: annotation\nlog: {access: none}\n"
         "trust: {peers: ['127.0.0.1']}\n"
         "forward_auth: [{path: /n, profile: nginx, principal: {type: A, header: X-A}}]\n"
         "decisions: " +
         decisions + "\n";
}

std::string Question(const std::string& action, const std::string& more = "") {
  return R"({"subject": {"type": "U", "id": "u"}, "action": {"name": ")" + action +
         R"("}, "resource": {"type": "R", "id": "r"})" + more + "}";
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Records of a server that has ended.
class Records {
 public:
  explicit Records(const std::string& path) {
    for (const std::string& line : LinesOf(path)) {
      Diagnostics diagnostics;
      auto document = ReadJson(std::make_shared<const SourceText>("record", line), diagnostics);
      EXPECT_TRUE(document.has_value()) << line;
      if (document) documents_.push_back(*std::move(document));
    }
  }

  size_t size() const { return documents_.size(); }
  // Those with this text under this key.
  std::vector<const Json*> With(std::string_view key, std::string_view text) const {
    std::vector<const Json*> found;
    for (const JsonDocument& document : documents_) {
      const Json* member = document.root().Find(key);
      if (member != nullptr && member->text == text) found.push_back(&document.root());
    }
    return found;
  }
  std::string Text(size_t i, std::string_view key) const {
    const Json* member = documents_[i].root().Find(key);
    return member == nullptr ? "" : std::string(member->text);
  }

 private:
  std::vector<JsonDocument> documents_;
};

TEST(Records, HoldWhatWasAskedAndAnswered) {
  ServerProcess server(ConfigOf("{file: log}"), {{"p.cedar", kPolicies}});
  const std::string body = Question("write", R"(, "context": {"x": "text"})");
  const auto answer =
      Post(server.port(), "/access/v1/evaluation", body,
           "Thuja-Details: true\r\nX-Request-ID: request-7\r\n"
           "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n");
  ASSERT_TRUE(answer && answer->status == 200);
  Post(server.port(), "/access/v1/evaluation", "{");
  Post(server.port(), "/v1/is_authorized", "[]");
  Post(server.port(), "/access/v1/evaluations",
       Question("read", R"(, "evaluations": [{}, {"subject": 3}, {}])"));
  Get(server.port(), "/n",
      "X-A: bob\r\nX-Original-Method: GET\r\nX-Original-URI: /docs?token=secret\r\n");
  Get(server.port(), "/n");
  server.process().Signal(SIGTERM);
  ASSERT_EQ(server.process().Wait(), 0);

  const Records records(server.Path("log"));
  ASSERT_EQ(records.size(), 8u);
  const auto found = records.With("request_id", "request-7");
  ASSERT_EQ(found.size(), 1u);
  const Json& record = *found[0];
  EXPECT_NE(answer->body.find(record.Find("id")->text), std::string::npos);
  EXPECT_EQ(record.Find("revision")->integer, 1);
  EXPECT_EQ(record.Find("decision")->text, "deny");
  EXPECT_EQ(record.Find("reason")->text, "forbid_error");
  EXPECT_EQ(record.Find("dialect")->text, "authzen");
  EXPECT_EQ(record.Find("principal")->text, "U::\"u\"");
  EXPECT_EQ(record.Find("action")->text, "Action::\"write\"");
  EXPECT_EQ(record.Find("resource")->text, "R::\"r\"");
  EXPECT_EQ(WriteJson(*record.Find("policies")), "[\"f\"]");
  EXPECT_EQ(WriteJson(*record.Find("errors")), R"([{"policy":"f","kind":"type_error"}])");
  EXPECT_EQ(record.Find("request_sha256")->text, server::Sha256Hex(body));
  EXPECT_EQ(record.Find("traceparent")->text,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(record.Find("context"), nullptr);
  EXPECT_EQ(records.With("reason", "malformed_request").size(), 3u);
  EXPECT_EQ(records.With("reason", "permit").size(), 3u);
  EXPECT_EQ(records.With("reason", "token_missing").size(), 1u);
  // A query may hold secrets; the resource is the path.
  ASSERT_EQ(records.With("principal", "A::\"bob\"").size(), 1u);
  EXPECT_EQ(records.With("principal", "A::\"bob\"")[0]->Find("resource")->text, "Path::\"/docs\"");
}

TEST(Records, HaveAnIdEach) {
  ServerProcess server(ConfigOf("{file: log}") + "threads: 2\n", {{"p.cedar", kPolicies}});
  constexpr size_t kRequests = 1000;
  std::vector<RawConnection> connections;
  for (int i = 0; i < 8; ++i) connections.emplace_back(server.port());
  const std::string body = Question("read");
  for (size_t i = 0; i < kRequests; ++i) {
    RawConnection& connection = connections[i % connections.size()];
    connection.Send(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: a\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    ASSERT_TRUE(connection.Read().has_value());
  }
  server.process().Signal(SIGTERM);
  ASSERT_EQ(server.process().Wait(), 0);
  const Records records(server.Path("log"));
  ASSERT_EQ(records.size(), kRequests) << "records were lost at the end";
  std::set<std::string> ids;
  for (size_t i = 0; i < records.size(); ++i) ids.insert(records.Text(i, "id"));
  EXPECT_EQ(ids.size(), kRequests);
}

TEST(Records, MaskSecretsOfTheContext) {
  ServerProcess server(ConfigOf("{file: log, context: masked, mask: [Colour]}"),
                       {{"p.cedar", kPolicies}});
  Post(server.port(), "/access/v1/evaluation",
       Question("read", R"(, "context": {"x": 1, "api_token": "t0p", "input":
                        {"PASSWORD": {"a": "t0p"}, "colour": "t0p", "path": "a/b"}})"));
  server.process().Signal(SIGTERM);
  ASSERT_EQ(server.process().Wait(), 0);
  const std::vector<std::string> lines = LinesOf(server.Path("log"));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].find("t0p"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("\"path\":\"a/b\""), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("\"api_token\":\"<masked>\""), std::string::npos) << lines[0];
}

TEST(Records, GoOnInANewFileAfterSighup) {
  ServerProcess server(ConfigOf("{file: log}"), {{"p.cedar", kPolicies}});
  Post(server.port(), "/access/v1/evaluation", Question("read"));
  std::filesystem::rename(server.Path("log"), server.Path("log.1"));
  server.process().Signal(SIGHUP);
  ASSERT_TRUE(server.WaitForLog(" unchanged"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!std::filesystem::exists(server.Path("log"))) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
  }
  Post(server.port(), "/access/v1/evaluation", Question("read"));
  server.process().Signal(SIGTERM);
  ASSERT_EQ(server.process().Wait(), 0);
  EXPECT_EQ(LinesOf(server.Path("log.1")).size(), 1u);
  EXPECT_EQ(LinesOf(server.Path("log")).size(), 1u);
}

// Nobody reads the pipe: answers go on, what is dropped is counted.
TEST(Records, AreDroppedAndCountedRatherThanWaitedFor) {
  const TemporaryFolder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ServerProcess server(ConfigOf("{file: " + pipe + ", queue: 4KiB}") + "threads: 1\n",
                       {{"p.cedar", kPolicies}});
  for (int i = 0; i < 400; ++i) {
    const auto answer = Post(server.port(), "/access/v1/evaluation", Question("read"));
    ASSERT_TRUE(answer && answer->body == "{\"decision\":true}");
  }
  const std::string metrics = Get(server.admin_port(), "/metrics")->body;
  EXPECT_EQ(metrics.find("thuja_records_dropped_total 0\n"), std::string::npos) << metrics;
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0) << "the end waited for a reader";
  close(reader);
}

TEST(Records, CanBeSwitchedOff) {
  ServerProcess server(ConfigOf("{file: none}"), {{"p.cedar", kPolicies}});
  EXPECT_EQ(Post(server.port(), "/access/v1/evaluation", Question("read"))->status, 200);
  EXPECT_EQ(Get(server.admin_port(), "/metrics")->body.find("thuja_records"), std::string::npos);
}

TEST(StoredFacts, AreNotReplacedByAGatewayThatIsNotTrusted) {
  ServerProcess server(
      "version: 1\npolicies: [p.cedar]\ndecisions: {file: log}\n"
      "forward_auth: [{path: /n, profile: nginx, principal: {type: A, header: X-A}, "
      "reason_header: true}]\n",
      {{"p.cedar", kPolicies}});
  const auto answer =
      Get(server.port(), "/n", "X-A: bob\r\nX-Original-Method: GET\r\nX-Original-URI: /\r\n");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->headers.at("thuja-reason"), "pep_not_allowed");
}

}  // namespace
}  // namespace thuja::testing
