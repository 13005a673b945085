// SPDX-License-Identifier: Apache-2.0
// `thuja grant` and `thuja whatcan`, run as a user would against a server whose answers are written
// here.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/played_server.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::testing {
namespace {

constexpr const char* kId = "0123456789abcdef0123456789abcdef";
constexpr const char* kCredential = "tjt_secret-of-the-task";

std::string Grant(const std::string& id, const std::string& state = "active") {
  return R"({"id":")" + id + R"(","state":")" + state +
         R"(","holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder","task":"bug-1042",)"
         R"("tools":["git/*"],"expires":"2026-03-02T09:10:00Z","in_force":true})";
}

std::string Changed(const std::string& state) {
  return R"({"revision":7,"grant":)" + Grant(kId, state) + "}";
}

std::string Issued() {
  return R"({"revision":7,"grant":)" + Grant(kId) + R"(,"credential":")" + kCredential + "\"}";
}

class GrantCommand : public ::testing::Test {
 protected:
  GrantCommand() {
    unsetenv("THUJA_SERVER");
    unsetenv("THUJA_TOKEN_FILE");
    token_file_ = Write("orchestrator.token", "secret-of-orchestrator\n");
  }
  ~GrantCommand() override {
    unsetenv("THUJA_SERVER");
    unsetenv("THUJA_TOKEN_FILE");
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string Write(const std::string& name, const std::string& text) {
    return WriteFile(Path(name), text);
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  void Play(std::vector<testing::Play> plays) {
    server_ = std::make_unique<PlayedServer>(std::move(plays));
  }

  // `thuja` with the arguments and where the server is.
  ProgramResult Run(std::vector<std::string> arguments, const std::string& input = "") {
    const std::string address = server_ == nullptr ? "http://127.0.0.1:1" : server_->address();
    arguments.insert(arguments.end(), {"--server", address, "--token-file", token_file_});
    return RunThuja(arguments, input);
  }

  ProgramResult Issue(const std::vector<std::string>& more, const std::string& input = "") {
    std::vector<std::string> arguments = {
        "grant",    "issue",  "--holder", "Thuja::Agent::\"fix-bot\"", "--class", "coder", "--task",
        "bug-1042", "--tool", "git/*"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments, input);
  }

  // The one request that the server has seen.
  PlayedRequest Seen() const {
    const std::vector<PlayedRequest> seen = server_->Seen();
    EXPECT_EQ(seen.size(), 1u);
    return seen.empty() ? PlayedRequest() : seen.front();
  }

  TemporaryFolder folder_;
  std::string token_file_;
  std::unique_ptr<PlayedServer> server_;
};

TEST_F(GrantCommand, IssueSendsTheRequestAndShowsTheGrant) {
  Play({Answer(201, Changed("active"))});
  const ProgramResult result = Issue({"--ttl", "10m"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("grant      " + std::string(kId) + "\n")) << result.out;
  EXPECT_EQ(result.err, "");
  const PlayedRequest seen = Seen();
  EXPECT_EQ(seen.method + " " + seen.target, "POST /v1/grants");
  EXPECT_EQ(seen.body, R"({"holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder",)"
                       R"("task":"bug-1042","ttl":600,"tools":["git/*"]})");
  EXPECT_EQ(seen.headers.at("authorization"), "Bearer secret-of-orchestrator");
  EXPECT_EQ(seen.headers.at("idempotency-key").size(), 32u);
}

TEST_F(GrantCommand, TheRequestComesFromAFileOrStandardInput) {
  Play({Answer(201, Changed("active"))});
  const std::string request = R"({"task": "old", "tenant": "acme"})";
  ASSERT_EQ(Issue({"--from", Write("request.json", request)}).status, 0);
  ASSERT_EQ(Issue({"--from", "-"}, request).status, 0);
  for (const PlayedRequest& seen : server_->Seen()) {
    EXPECT_TRUE(seen.body.starts_with(R"({"task":"bug-1042","tenant":"acme")")) << seen.body;
  }
  EXPECT_EQ(Issue({"--from", Path("missing.json")}).status, 1);
  EXPECT_EQ(Issue({"--from", "-"}, "[").status, 1);
  EXPECT_EQ(server_->Seen().size(), 2u);
}

TEST_F(GrantCommand, DelegateNamesTheParent) {
  Play({Answer(201, Changed("active"))});
  const ProgramResult result =
      Run({"grant", "delegate", "--tool", "git/read", kId, "--holder", "A::\"b\"", "--class", "c"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(Seen().target, "/v1/grants/" + std::string(kId) + "/delegate");
  EXPECT_EQ(Seen().body, R"({"holder":{"type":"A","id":"b"},"class":"c","tools":["git/read"]})");
}

TEST_F(GrantCommand, TheCredentialIsTheLastLineAndNowhereElse) {
  Play({Answer(201, Issued())});
  const ProgramResult result = Issue({"--credential"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.ends_with("\n" + std::string(kCredential) + "\n")) << result.out;
  EXPECT_EQ(result.out.find(kCredential), result.out.rfind(kCredential));
  EXPECT_EQ(result.err.find(kCredential), std::string::npos);
  EXPECT_NE(Seen().body.find(R"("credential":true)"), std::string::npos);
  EXPECT_EQ(Issue({"--credential", "--format", "json"}).out, Issued() + "\n");
}

TEST_F(GrantCommand, TheCredentialGoesIntoAPrivateFileInstead) {
  Play({Answer(201, Issued())});
  const std::string path = Path("task.token");
  for (const std::string format : {"text", "json"}) {
    const ProgramResult result = Issue({"--credential-file", path, "--format", format});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ((result.out + result.err).find(kCredential), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(kId), std::string::npos);
    EXPECT_EQ(Read(path), std::string(kCredential) + "\n");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  EXPECT_NE(server_->Seen().at(0).body.find(R"("credential":true)"), std::string::npos);
}

TEST_F(GrantCommand, NothingIsIssuedWhoseCredentialCannotBeKept) {
  Play({Answer(201, Changed("active"))});
  EXPECT_EQ(Issue({"--credential-file", Path("missing/task.token")}).status, 1);
  EXPECT_TRUE(server_->Seen().empty());
  // A server that makes none is found out, and its grant named.
  const ProgramResult result = Issue({"--credential-file", Path("task.token")});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find(kId), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("no credential"), std::string::npos) << result.err;
  EXPECT_EQ(Read(Path("task.token")), "");
}

TEST_F(GrantCommand, EachChangeIsItsOwnEndpoint) {
  struct Row {
    const char* verb;
    const char* state;
    bool has_reason;
  };
  const Row kRows[] = {{"activate", "active", false}, {"heartbeat", "active", false},
                       {"resume", "active", false},   {"complete", "completed", true},
                       {"fail", "failed", true},      {"suspend", "suspended", true},
                       {"revoke", "revoked", true}};
  for (const Row& row : kRows) {
    Play({Answer(200, Changed(row.state))});
    const ProgramResult result = Run({"grant", row.verb, kId});
    EXPECT_EQ(result.status, 0) << row.verb << result.err;
    EXPECT_TRUE(result.out.starts_with(std::string(kId) + " " + row.state)) << result.out;
    EXPECT_EQ(Seen().method, "POST");
    EXPECT_EQ(Seen().target, "/v1/grants/" + std::string(kId) + "/" + row.verb);
    EXPECT_EQ(Seen().body, "{}");
    EXPECT_EQ(Seen().headers.at("idempotency-key").size(), 32u);
    const ProgramResult reasoned = Run({"grant", row.verb, kId, "--reason", "say \"why\""});
    EXPECT_EQ(reasoned.status, row.has_reason ? 0 : 1) << row.verb;
    if (row.has_reason) {
      EXPECT_EQ(server_->Seen().at(1).body, R"({"reason":"say \"why\""})");
    }
    EXPECT_EQ(Run({"grant", row.verb, kId, "--format", "json"}).out, Changed(row.state) + "\n");
  }
}

TEST_F(GrantCommand, TheRequestIdCanBeTheCallersOwn) {
  Play({Drop(), Answer(200, Changed("active"))});
  EXPECT_EQ(Run({"grant", "heartbeat", kId, "--request-id", "beat-17"}).status, 0);
  ASSERT_EQ(server_->Seen().size(), 2u);
  for (const PlayedRequest& seen : server_->Seen()) {
    EXPECT_EQ(seen.headers.at("idempotency-key"), "beat-17");
  }
  EXPECT_EQ(Run({"grant", "heartbeat", kId, "--request-id", "beat 17"}).status, 1);
  EXPECT_EQ(Run({"grant", "heartbeat", kId, "--request-id", "a\r\nb: c"}).status, 1);
  EXPECT_EQ(Run({"grant", "heartbeat", kId, "--request-id", std::string(129, 'x')}).status, 1);
  EXPECT_EQ(server_->Seen().size(), 2u);
}

TEST_F(GrantCommand, GetShowsAGrant) {
  Play({Answer(200, Changed("active"))});
  const ProgramResult result = Run({"grant", "get", kId});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("holder     Thuja::Agent::\"fix-bot\"\n"), std::string::npos)
      << result.out;
  EXPECT_EQ(Seen().method + " " + Seen().target, "GET /v1/grants/" + std::string(kId));
  EXPECT_EQ(Run({"grant", "get", kId, "--format", "json"}).out, Changed("active") + "\n");
}

TEST_F(GrantCommand, ListFollowsThePages) {
  const std::vector<testing::Play> pages = {
      Answer(200,
             R"({"revision":7,"grants":[)" + Grant("1") + "," + Grant("2") + R"(],"next":"p/2"})"),
      Answer(200, R"({"revision":7,"grants":[)" + Grant("3") + "]}")};
  Play(pages);
  const ProgramResult text =
      Run({"grant", "list", "--holder", "A::B::\"x&y\"", "--class", "c", "--tenant", "t", "--task",
           "a b", "--parent", kId, "--state", "active"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("GRANT  STATE   IN FORCE  HOLDER ")) << text.out;
  EXPECT_NE(text.out.find("\n3      active  yes "), std::string::npos) << text.out;
  const std::string filter =
      "/v1/grants?holder_type=A%3A%3AB&holder_id=x%26y&class=c&tenant=t"
      "&task=a%20b&parent=" +
      std::string(kId) + "&state=active&limit=200";
  EXPECT_EQ(server_->Seen().at(0).target, filter);
  EXPECT_EQ(server_->Seen().at(1).target, filter + "&page=p%2F2");
  Play(pages);
  EXPECT_EQ(
      Run({"grant", "list", "--format", "json"}).out,
      R"({"revision":7,"grants":[)" + Grant("1") + "," + Grant("2") + "," + Grant("3") + "]}\n");
}

TEST_F(GrantCommand, ListEndsAtItsLimitAndSaysSo) {
  const std::string one = R"({"revision":7,"grants":[)" + Grant("1") + R"(],"next":"p"})";
  Play({Answer(200, one)});
  const ProgramResult result = Run({"grant", "list", "--limit", "1"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(Seen().target, "/v1/grants?limit=1");
  EXPECT_NE(result.err.find("there are more than 1"), std::string::npos) << result.err;
  EXPECT_EQ(Run({"grant", "list", "--limit", "0"}).status, 1);
  // A list that goes round.
  const ProgramResult endless = Run({"grant", "list"});
  EXPECT_EQ(endless.status, 1);
  EXPECT_EQ(endless.out, "");
}

TEST_F(GrantCommand, NoHalfListIsShown) {
  const std::string first = R"({"revision":7,"grants":[)" + Grant("1") + R"(],"next":"p"})";
  Play({Answer(200, first), Answer(410, R"({"error":"gone","message":"the page is gone"})")});
  const ProgramResult result = Run({"grant", "list", "--format", "json"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "thuja: refused: gone: the page is gone\n");
  Play({Answer(200, R"({"revision":7,"grants":[]})")});
  const ProgramResult none = Run({"grant", "list"});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(Run({"grant", "list", "--format", "json"}).out, "{\"revision\":7,\"grants\":[]}\n");
  Play({Answer(200, "{}")});
  EXPECT_EQ(Run({"grant", "list"}).status, 1);
}

TEST_F(GrantCommand, RevokeTakesBackWhatHasSomethingInCommon) {
  const std::pair<std::vector<std::string>, const char*> kRows[] = {
      {{"--task", "t"}, R"({"task":"t"})"},
      {{"--task", "t", "--tenant", "acme", "--reason", "over"},
       R"({"task":"t","tenant":"acme","reason":"over"})"},
      {{"--holder", "A::\"b\""}, R"({"holder":{"type":"A","id":"b"}})"},
      {{"--class", "coder"}, R"({"class":"coder"})"},
      {{"--everything", "--yes"}, R"({"everything":true})"},
  };
  for (const auto& [more, body] : kRows) {
    Play({Answer(200, R"({"revision":9,"revoked":3})")});
    std::vector<std::string> arguments = {"grant", "revoke"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "revoked 3 grants\n");
    EXPECT_EQ(Seen().target, "/v1/revoke");
    EXPECT_EQ(Seen().body, body);
  }
  Play({Answer(200, R"({"revision":9,"revoked":1})")});
  EXPECT_EQ(Run({"grant", "revoke", "--task", "t"}).out, "revoked 1 grant\n");
}

TEST_F(GrantCommand, RevokeSaysWhatCouldNotBeWritten) {
  const std::string answer = R"({"revision":9,"revoked":3,"unwritten":1})";
  Play({Answer(200, answer)});
  const ProgramResult result = Run({"grant", "revoke", "--everything", "--yes"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out,
            "revoked 3 grants\n"
            "1 of them could not be written, for the store is damaged; they are over until the "
            "server stops, and it does not open a damaged store\n");
  const ProgramResult json = Run({"grant", "revoke", "--everything", "--yes", "--format", "json"});
  EXPECT_EQ(json.status, 0) << json.err;
  EXPECT_EQ(json.out, answer + "\n");
}

TEST_F(GrantCommand, RevokeAsksForExactlyOneThing) {
  Play({Answer(200, R"({"revision":9,"revoked":3})")});
  const std::vector<std::string> kRows[] = {
      {},
      {"--task", "t", "--class", "c"},
      {kId, "--task", "t"},
      {kId, "--tenant", "acme"},
      {"--tenant", "acme"},
      {"--everything"},
      {"--yes"},
      {"--everything", "--yes", "--task", "t"},
      // What a script says whose variable is not set.
      {"--task", ""},
      {"--class", ""},
      {"--holder", ""},
      {"--task", "t", "--tenant", ""},
      {""},
      {"--holder", "fix-bot"},
  };
  for (const std::vector<std::string>& row : kRows) {
    std::vector<std::string> arguments = {"grant", "revoke"};
    arguments.insert(arguments.end(), row.begin(), row.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 1) << ::testing::PrintToString(row);
    EXPECT_NE(result.out + result.err, "") << ::testing::PrintToString(row);
  }
  EXPECT_TRUE(server_->Seen().empty());
}

TEST_F(GrantCommand, WhatCanShowsWhatAGrantAuthorizes) {
  const std::string answer = R"({"revision":7,"grant":)" + Grant(kId) +
                             R"(,"tools":[{"tool":"git/push","permitted":"depends"}]})";
  Play({Answer(200, answer)});
  const ProgramResult result = Run({"whatcan", "--grant", kId});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("WITHIN REACH  PERMITTED  BECAUSE\ngit/push      depends    -\n"),
            std::string::npos)
      << result.out;
  EXPECT_EQ(Seen().method + " " + Seen().target, "GET /v1/grants/" + std::string(kId) + "/whatcan");
  EXPECT_EQ(Run({"whatcan", "--grant", kId, "--format", "json"}).out, answer + "\n");
  EXPECT_EQ(Run({"whatcan", "--grant", "x"}).status, 1);
}

TEST_F(GrantCommand, ARefusalHasItsStatusCodeAndMessage) {
  const std::pair<std::vector<std::string>, int> kRows[] = {
      {{"grant", "get", kId}, 404},
      {{"grant", "heartbeat", kId}, 409},
      {{"grant", "complete", kId}, 401},
      {{"grant", "list"}, 403},
      {{"grant", "revoke", "--task", "t"}, 503},
      {{"grant", "delegate", kId, "--holder", "A::\"b\"", "--class", "c"}, 422},
      {{"whatcan", "--grant", kId}, 404},
  };
  for (const auto& [arguments, status] : kRows) {
    Play({Answer(status, R"({"error":"some_code","message":"so\u001b it is"})")});
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.status, 2) << arguments[1];
    EXPECT_EQ(result.out, "") << arguments[1];
    EXPECT_EQ(result.err, "thuja: refused: some_code: so\\u{1b} it is\n") << arguments[1];
  }
}

TEST_F(GrantCommand, WhatIsWrongWithTheServerIsNoRefusal) {
  const std::pair<testing::Play, const char*> kRows[] = {
      {Answer(503, "busy"), "answered 503: busy"},
      {Answer(200, "garbage"), "no JSON object"},
      {Answer(200, R"({"revision":7})"), "has no grant"},
      {Drop(), "without a whole answer"},
      {Hang(), "did not answer in time"},
  };
  for (const auto& [play, message] : kRows) {
    Play({play});
    const ProgramResult result = Run({"grant", "heartbeat", kId, "--timeout", "1s"});
    EXPECT_EQ(result.status, 1) << message;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "");
  }
  server_.reset();
  EXPECT_NE(Run({"grant", "get", kId}).err.find("cannot connect to http://127.0.0.1:1"),
            std::string::npos);
}

TEST_F(GrantCommand, TheEnvironmentSaysWhereTheServerIsAndWhoAsks) {
  const std::string socket = Path("admin.sock");
  PlayedServer server({Answer(200, Changed("active"))}, socket);
  setenv("THUJA_SERVER", ("unix:" + socket).c_str(), 1);
  setenv("THUJA_TOKEN_FILE", token_file_.c_str(), 1);
  const ProgramResult result = RunThuja({"grant", "get", kId});
  EXPECT_EQ(result.status, 0) << result.err;
  ASSERT_EQ(server.Seen().size(), 1u);
  EXPECT_EQ(server.Seen().front().headers.at("authorization"), "Bearer secret-of-orchestrator");
}

TEST_F(GrantCommand, NothingIsSentWithoutAUsableCredential) {
  Play({Answer(200, Changed("active"))});
  const std::vector<std::string> call = {"grant", "get", kId, "--server", server_->address()};
  EXPECT_NE(RunThuja(call).err.find("--token-file"), std::string::npos);
  for (const std::string& path :
       {Path("missing"), Write("empty", "\n"), Write("two", "a\nb\n"), Write("binary", "a\x01")}) {
    std::vector<std::string> arguments = call;
    arguments.insert(arguments.end(), {"--token-file", path});
    const ProgramResult result = RunThuja(arguments);
    EXPECT_EQ(result.status, 1) << path;
    EXPECT_NE(result.err.find(path), std::string::npos) << result.err;
  }
  EXPECT_TRUE(server_->Seen().empty());
}

TEST_F(GrantCommand, AWrongCallIsFoundOutBeforeItIsSent) {
  Play({Answer(200, Changed("active"))});
  const std::vector<std::string> kRows[] = {
      {"grant"},
      {"grant", "steal"},
      {"grant", "get"},
      {"grant", "get", "../status"},
      {"grant", "get", "0123456789ABCDEF0123456789ABCDEF"},
      {"grant", "get", kId, "more"},
      {"grant", "issue"},
      {"grant", "list", "--task", ""},
      {"grant", "list", "--parent", "x"},
      {"grant", "list", "--holder", "x"},
      {"grant", "get", kId, "--timeout", "30"},
      {"grant", "get", kId, "--timeout", "0s"},
      {"grant", "get", kId, "--format", "yaml"},
      {"grant", "get", kId, "--token", "secret"},
      {"whatcan"},
  };
  for (const std::vector<std::string>& row : kRows) {
    const ProgramResult result = Run(row);
    EXPECT_EQ(result.status, 1) << ::testing::PrintToString(row);
    EXPECT_NE(result.out + result.err, "") << ::testing::PrintToString(row);
  }
  EXPECT_TRUE(server_->Seen().empty());
}

TEST_F(GrantCommand, HelpIsThere) {
  const ProgramResult help = RunThuja({"grant", "--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* command : {"issue", "delegate", "get", "list", "activate", "heartbeat",
                              "complete", "fail", "suspend", "resume", "revoke"}) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
    EXPECT_EQ(RunThuja({"grant", command, "--help"}).status, 0) << command;
  }
}

TEST_F(GrantCommand, TheReferenceNamesFlagsThatAreThere) {
  const std::string reference = Read(std::string(THUJA_SOURCE_DIR) + "/docs/grants.md");
  const size_t begin = reference.find("## From a shell");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = reference.substr(begin, reference.find("\n## ", begin) - begin);
  std::string help = RunThuja({"whatcan", "--help"}).out;
  for (const char* command : {"issue", "delegate", "get", "list", "activate", "revoke", "fail"}) {
    help += RunThuja({"grant", command, "--help"}).out;
  }
  size_t flags = 0;
  for (size_t at = section.find("--"); at != std::string::npos; at = section.find("--", at + 2)) {
    const size_t end = section.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    const std::string flag = section.substr(at, end - at);
    if (flag.find_first_not_of('-') == std::string::npos) continue;  // a line of a table
    ++flags;
    EXPECT_NE(help.find("  " + flag + " "), std::string::npos) << flag;
  }
  EXPECT_GT(flags, 20u);
}

}  // namespace
}  // namespace thuja::testing
