// SPDX-License-Identifier: Apache-2.0
// `thuja serve` as an operator starts, stops and restarts it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/raw_connection.h"
#include "tests/support/run_program.h"
#include "tests/support/server_process.h"

namespace thuja::testing {
namespace {

constexpr char kPermit[] = "permit (principal, action, resource);\n";
constexpr char kConfig[] = "version: 1\npolicies: [p.cedar]\n";
constexpr char kQuestion[] =
    R"({"subject": {"type": "U", "id": "u"}, "action": {"name": "a"}, "resource": {"type": "R", "id": "r"}})";

// `thuja serve` with flags, its log in a file.
class Flags {
 public:
  explicit Flags(const std::vector<std::string>& more) {
    std::vector<std::string> words = {THUJA_PROGRAM, "serve", "--policies",
                                      WriteFile(Path("p.cedar"), kPermit)};
    words.insert(words.end(), more.begin(), more.end());
    process_ = std::make_unique<ChildProcess>(words, Path("log"), Path("out"));
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  ChildProcess& process() { return *process_; }

  bool WaitForLog(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (process_->Log().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end || !process_->running()) break;
      usleep(5000);
    }
    return process_->Log().find(text) != std::string::npos;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

bool AnswersOn(const std::string& unix_path) {
  RawConnection connection(unix_path);
  const std::string body = kQuestion;
  return connection.connected() &&
         connection.Send(
             "POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Type: application/json\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body) &&
         connection.Read().value_or(RawAnswer()).body == "{\"decision\":true}";
}

TEST(Serve, FlagsAreEnoughForTheCommonCase) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "s").string();
  Flags server({"--listen", "unix:" + path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"});
  ASSERT_TRUE(server.WaitForLog(" ready")) << server.process().Log();
  EXPECT_TRUE(AnswersOn(path));
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_NE(stat(path.c_str(), &info), 0) << "the socket's file stays behind";
}

TEST(Serve, ASocketThatAKilledServerLeftIsTakenOver) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "s").string();
  const std::vector<std::string> flags = {"--listen", "unix:" + path, "--admin", "127.0.0.1:0"};
  Flags first(flags);
  ASSERT_TRUE(first.WaitForLog(" ready"));
  // While somebody answers there, nobody else may.
  Flags second(flags);
  EXPECT_EQ(second.process().Wait(), 1);
  EXPECT_NE(second.process().Log().find("Address already in use"), std::string::npos);
  first.process().Signal(SIGKILL);
  first.process().Wait();
  Flags third(flags);
  ASSERT_TRUE(third.WaitForLog(" ready")) << third.process().Log();
  EXPECT_TRUE(AnswersOn(path));
}

TEST(Serve, AFileThatIsNoSocketIsLeftAlone) {
  const TemporaryFolder folder;
  const std::string path = WriteFile((folder.path() / "s").string(), "mine");
  Flags server({"--listen", "unix:" + path, "--admin", "127.0.0.1:0"});
  EXPECT_EQ(server.process().Wait(), 1);
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "mine");
}

TEST(Serve, APortThatIsTakenIsNotShared) {
  const ServerProcess first(kConfig, {{"p.cedar", kPermit}});
  Flags second({"--listen", "127.0.0.1:" + std::to_string(first.port()), "--admin", "127.0.0.1:0"});
  EXPECT_EQ(second.process().Wait(), 1);
  EXPECT_NE(second.process().Log().find("Address already in use"), std::string::npos)
      << second.process().Log();
}

TEST(Serve, WhatIsWrongIsSaidAndEndsWithOne) {
  const TemporaryFolder folder;
  const std::string bad = WriteFile((folder.path() / "bad.cedar").string(), "permit (;\n");
  const std::string good = WriteFile((folder.path() / "good.cedar").string(), kPermit);
  const struct {
    std::vector<std::string> flags;
    std::string message;
  } kRows[] = {
      {{"--policies", bad}, "bad.cedar:1:9: "},
      {{"--policies", "/nowhere"}, "/nowhere: No such file or directory"},
      {{"--policies", good, "--entities", "/nowhere"}, "/nowhere: No such file or directory"},
      {{"--policies", good, "--entities", good}, "good.cedar:1:1: this is not JSON"},
      {{"--policies", good, "--listen", "example.com:80"}, "--listen example.com:80: expected"},
      {{"--policies", good, "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"},
       "the admin listener must be on a loopback address"},
      {{"--config", "/nowhere"}, "/nowhere: the file cannot be read"},
      {{}, "--policies or --config is required"},
      {{"--config", "x", "--policies", good}, "excludes"},
  };
  for (const auto& row : kRows) {
    std::vector<std::string> words = {"serve"};
    words.insert(words.end(), row.flags.begin(), row.flags.end());
    const ProgramResult result = RunThuja(words);
    EXPECT_EQ(result.status, 1) << row.message;
    EXPECT_NE(result.err.find(row.message), std::string::npos) << row.message << "\n" << result.err;
  }
}

TEST(Serve, TermAndInterruptEndItWell) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server(kConfig, {{"p.cedar", kPermit}});
    server.process().Signal(signal);
    EXPECT_EQ(server.process().Wait(), 0);
    EXPECT_NE(server.Log().find(" stopped "), std::string::npos) << server.Log();
  }
}

// The table of docs/http.md is what is served, and on the listener that it names.
TEST(Serve, EveryEndpointOfTheReferenceAnswers) {
  const ServerProcess server(
      std::string(kConfig) + "store: memory\nadmin: {listen: 127.0.0.1:0, token_file: token}\n",
      {{"p.cedar", kPermit}, {"token", "0123456789abcdef\n"}});
  std::ifstream file(THUJA_SOURCE_DIR "/docs/http.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::regex row(R"(\| (decision|admin) \| (GET|POST) \| `([^`]+)` \|)");
  int rows = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), row); at != std::sregex_iterator(); ++at) {
    const bool admin = (*at)[1] == "admin";
    const std::string path = (*at)[3];
    const auto ask = [&](int port) {
      return (*at)[2] == "GET" ? Get(port, path) : Post(port, path, kQuestion);
    };
    const auto own = ask(admin ? server.admin_port() : server.port());
    const auto other = ask(admin ? server.port() : server.admin_port());
    ASSERT_TRUE(own && other) << path;
    EXPECT_NE(own->status, 404) << path;
    EXPECT_EQ(other->status, 404) << path << " answers on the other listener too";
    ++rows;
  }
  EXPECT_GE(rows, 8);
}

TEST(Serve, FewOpenFilesMeanFewConnections) {
  const TemporaryFolder folder;
  const std::string policies = WriteFile((folder.path() / "p.cedar").string(), kPermit);
  const std::string log = (folder.path() / "log").string();
  ChildProcess server({"bash", "-c",
                       "ulimit -n 200; exec " + std::string(THUJA_PROGRAM) + " serve --policies " +
                           policies + " --listen 127.0.0.1:0 --admin 127.0.0.1:0"},
                      log, (folder.path() / "out").string());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.Log().find(" ready") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << server.Log();
    usleep(5000);
  }
  EXPECT_NE(server.Log().find("fewer_connections connections=136"), std::string::npos)
      << server.Log();
}

}  // namespace
}  // namespace thuja::testing
