// SPDX-License-Identifier: Apache-2.0
// Reloads while clients ask: every answer belongs to the revision that it names.
//
// Odd revisions are of set A, even ones of set B; each allows what the other denies, names its own
// policy, and comes with entities that fit it alone. THUJA_RELOADS says how many reloads (1,000;
// 150 where a sanitizer slows everything down).
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/raw_connection.h"
#include "tests/support/run_program.h"
#include "tests/support/server_process.h"

namespace thuja::testing {
namespace {

// `allowed` is the action that this set allows; the entity's level must agree with the policy's.
std::string Policies(const std::string& name, const std::string& allowed) {
  return "@id(\"" + name + "\") permit (principal, action == Action::\"" + allowed +
         "\", resource) when { resource.set == \"" + name + "\" };\n";
}

std::string Entities(const std::string& name) {
  return R"([{"uid": {"type": "Doc", "id": "d"}, "attrs": {"set": ")" + name +
         R"("}, "parents": []}])";
}

constexpr char kConfig[] = R"(version: 1
policies: [policies.cedar]
entities: entities.json
ids: annotation
threads: 2
reload: {watch: false, settle: 1ms}
decisions: {file: none}
log: {access: none}
)";

constexpr char kBatch[] =
    R"({"subject": {"type": "User", "id": "u"}, "resource": {"type": "Doc", "id": "d"},
        "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "write"}}],
        "options": {"details": true}})";

// Both files of a set are replaced by renaming; the reload reads them as one.
void WriteSet(const ServerProcess& server, const std::string& name, const std::string& allowed) {
  WriteFile(server.Path("entities.new"), Entities(name));
  WriteFile(server.Path("policies.new"), Policies(name, allowed));
  std::filesystem::rename(server.Path("entities.new"), server.Path("entities.json"));
  std::filesystem::rename(server.Path("policies.new"), server.Path("policies.cedar"));
}

int ReloadCount() {
  if (const char* set = getenv("THUJA_RELOADS"); set != nullptr) return std::atoi(set);
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  return 150;
#else
  return 1000;
#endif
}

// One answered batch.
struct Seen {
  int64_t revision = 0;
  bool read = false;
  bool write = false;
  std::string policy;  // of the one that is allowed
  bool whole = false;  // both items name this revision
};

bool ReadAnswer(const std::string& body, Seen* seen) {
  Diagnostics diagnostics;
  const auto document = ReadJson(std::make_shared<const SourceText>("answer", body), diagnostics);
  const Json* items = document ? document->root().Find("evaluations") : nullptr;
  if (items == nullptr || items->elements.size() != 2) return false;
  const Json& read = items->elements[0];
  const Json& write = items->elements[1];
  seen->read = read.Find("decision")->boolean;
  seen->write = write.Find("decision")->boolean;
  const Json* context = (seen->read ? read : write).Find("context");
  const auto& policies = context->Find("policies")->elements;
  seen->policy = policies.size() == 1 ? std::string(policies[0].text) : "";
  seen->revision = read.Find("context")->Find("revision")->integer;
  seen->whole = seen->revision == write.Find("context")->Find("revision")->integer;
  return true;
}

// Asks on one connection until it is told to stop.
class Hammer {
 public:
  explicit Hammer(int port) : thread_([this, port] { Run(port); }) {}
  ~Hammer() { Stop(); }
  Hammer(const Hammer&) = delete;
  Hammer& operator=(const Hammer&) = delete;

  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int64_t revision() const { return revision_; }
  const std::vector<Seen>& seen() const { return seen_; }  // once stopped
  const std::string& failure() const { return failure_; }

 private:
  void Run(int port) {
    RawConnection connection(port);
    const std::string body = kBatch;
    const std::string request =
        "POST /access/v1/evaluations HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    while (!stop_ && failure_.empty()) {
      Seen seen;
      if (!connection.Send(request)) failure_ = "the connection is gone";
      const auto answer = connection.Read();
      if (!answer || answer->status != 200 || !ReadAnswer(answer->body, &seen)) {
        failure_ = answer ? answer->body : "no answer";
        return;
      }
      seen_.push_back(seen);
      revision_ = seen.revision;
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> revision_ = 0;
  std::vector<Seen> seen_;
  std::string failure_;
  std::thread thread_;
};

TEST(ReloadUnderLoad, EveryAnswerBelongsToTheRevisionThatItNames) {
  ServerProcess server(
      kConfig, {{"policies.cedar", Policies("A", "read")}, {"entities.json", Entities("A")}});
  const int reloads = ReloadCount();
  Hammer first(server.port());
  Hammer second(server.port());
  for (int revision = 2; revision <= reloads + 1; ++revision) {
    const bool is_a = revision % 2 == 1;
    WriteSet(server, is_a ? "A" : "B", is_a ? "read" : "write");
    server.process().Signal(SIGHUP);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    // Both clients must have met the new revision, so that none is passed over.
    while (first.revision() < revision || second.revision() < revision) {
      ASSERT_TRUE(first.failure().empty() && second.failure().empty())
          << first.failure() << second.failure();
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "revision " << revision << " never came";
      std::this_thread::yield();
    }
  }
  first.Stop();
  second.Stop();
  size_t answers = 0;
  for (const Hammer* hammer : {&first, &second}) {
    ASSERT_EQ(hammer->failure(), "");
    int64_t before = 0;
    for (const Seen& seen : hammer->seen()) {
      const bool is_a = seen.revision % 2 == 1;
      ASSERT_TRUE(seen.whole) << "a batch of two revisions, " << seen.revision;
      ASSERT_EQ(seen.read, is_a) << "revision " << seen.revision;
      ASSERT_EQ(seen.write, !is_a) << "revision " << seen.revision;
      ASSERT_EQ(seen.policy, is_a ? "A" : "B") << "revision " << seen.revision;
      ASSERT_GE(seen.revision, before) << "back to an older revision";
      before = seen.revision;
    }
    answers += hammer->seen().size();
  }
  std::printf("[ measured ] %d reloads, %zu answers\n", reloads, answers);
  RecordProperty("answers", static_cast<int>(answers));
}

// What a change does to a running server that watches its files.
class WatchedServer : public ::testing::Test {
 protected:
  static constexpr char kWatching[] = R"(version: 1
policies: [policies]
ids: annotation
reload: {interval: 20ms, settle: 60ms}
decisions: {file: none}
)";
  static constexpr char kPermit[] = "@id(\"all\") permit (principal, action, resource);\n";
  static constexpr char kForbid[] =
      "@id(\"no-writes\") forbid (principal, action == Action::\"write\", resource);\n";

  static std::string Question(const std::string& action) {
    return R"({"subject": {"type": "User", "id": "u"}, "action": {"name": ")" + action +
           R"("}, "resource": {"type": "Doc", "id": "d"}})";
  }

  static bool Allows(const ServerProcess& server, const std::string& action) {
    const auto answer = Post(server.port(), "/access/v1/evaluation", Question(action));
    EXPECT_TRUE(answer.has_value());
    return answer && answer->body == "{\"decision\":true}";
  }

  static bool WaitUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  static std::string Readiness(const ServerProcess& server) {
    const auto answer = Get(server.admin_port(), "/health/ready");
    return answer ? answer->body : "";
  }

  static bool WaitForReload(const ServerProcess& server, const std::string& result) {
    return WaitUntil([&] {
      return Readiness(server).find("\"reload\":\"" + result + "\"") != std::string::npos;
    });
  }

  // Asks for writing all the time; counts what was allowed.
  class Prober {
   public:
    explicit Prober(const ServerProcess& server)
        : thread_([this, &server] {
            while (!stop_) allowed_ += Allows(server, "write") ? 1 : 0;
          }) {}
    ~Prober() { Stop(); }
    int Stop() {
      stop_ = true;
      if (thread_.joinable()) thread_.join();
      return allowed_;
    }

   private:
    std::atomic<bool> stop_ = false;
    std::atomic<int> allowed_ = 0;
    std::thread thread_;
  };
};

TEST_F(WatchedServer, TakesAChange) {
  ServerProcess server(kWatching, {{"policies/a.cedar", kPermit}});
  EXPECT_TRUE(Allows(server, "write"));
  WriteFile(server.Path("policies/b.cedar"), kForbid);
  EXPECT_TRUE(WaitUntil([&] { return !Allows(server, "write"); }));
  EXPECT_TRUE(Allows(server, "read"));
}

TEST_F(WatchedServer, ASlowWriterIsWaitedFor) {
  ServerProcess server(kWatching, {{"policies/a.cedar", std::string(kForbid) + kPermit}});
  Prober prober(server);
  // The new text begins with all that it permits; what it forbids comes last, much later than files
  // take to settle.
  std::FILE* file = std::fopen(server.Path("policies/a.cedar").c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs("@id(\"new\") permit (principal, action, resource);\n", file);
  std::fflush(file);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  std::fputs(kForbid, file);
  std::fclose(file);
  ASSERT_TRUE(WaitUntil([&] {
    const auto answer =
        Post(server.port(), "/access/v1/evaluation", Question("read"), "Thuja-Details: true\r\n");
    return answer && answer->body.find("\"new\"") != std::string::npos;
  })) << server.Log();
  EXPECT_EQ(prober.Stop(), 0);
}

TEST_F(WatchedServer, ATruncatedFileIsHeldBackUntilItIsAskedFor) {
  ServerProcess server(kWatching, {{"policies/a.cedar", std::string(kPermit) + kForbid}});
  Prober prober(server);
  std::filesystem::resize_file(server.Path("policies/a.cedar"), sizeof(kPermit) - 1);
  ASSERT_TRUE(WaitForReload(server, "held")) << server.Log();
  EXPECT_NE(Readiness(server).find("\"ready\":true"), std::string::npos);
  EXPECT_NE(Readiness(server).find("\"stale\":true"), std::string::npos);
  EXPECT_NE(Get(server.admin_port(), "/metrics")->body.find("thuja_snapshot_stale 1"),
            std::string::npos);
  EXPECT_TRUE(server.WaitForLog("reload_held"));
  EXPECT_EQ(prober.Stop(), 0);
  server.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil([&] { return Allows(server, "write"); })) << server.Log();
}

TEST_F(WatchedServer, ADeletedForbidIsHeldBackUntilItIsAskedFor) {
  ServerProcess server(kWatching, {{"policies/a.cedar", kPermit}, {"policies/b.cedar", kForbid}});
  Prober prober(server);
  std::filesystem::remove(server.Path("policies/b.cedar"));
  ASSERT_TRUE(WaitForReload(server, "held")) << server.Log();
  EXPECT_EQ(prober.Stop(), 0);
  // It comes back: all is as before.
  WriteFile(server.Path("policies/b.cedar"), kForbid);
  EXPECT_TRUE(WaitForReload(server, "unchanged")) << server.Log();
  EXPECT_NE(Readiness(server).find("\"stale\":false"), std::string::npos);
  std::filesystem::remove(server.Path("policies/b.cedar"));
  server.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil([&] { return Allows(server, "write"); })) << server.Log();
}

TEST_F(WatchedServer, NoPoliciesAtAllAreHeldBack) {
  ServerProcess server(kWatching, {{"policies/a.cedar", kPermit}});
  WriteFile(server.Path("policies/a.cedar"), " \n");
  ASSERT_TRUE(WaitForReload(server, "held")) << server.Log();
  EXPECT_TRUE(Allows(server, "read"));
}

TEST_F(WatchedServer, WhatCannotBeReadKeepsTheLastGoodSet) {
  ServerProcess server(kWatching, {{"policies/a.cedar", std::string(kForbid) + kPermit}});
  Prober prober(server);
  WriteFile(server.Path("policies/a.cedar"), "permit (principal, action, resource) when { ;\n");
  ASSERT_TRUE(WaitForReload(server, "failed")) << server.Log();
  EXPECT_TRUE(server.WaitForLog("a.cedar:1:45")) << server.Log();
  EXPECT_TRUE(Allows(server, "read"));
  // SIGHUP does not make a wrong text right.
  server.process().Signal(SIGHUP);
  ASSERT_TRUE(server.WaitForLog("reload_failed", 2)) << server.Log();
  EXPECT_TRUE(Allows(server, "read"));
  std::filesystem::remove_all(server.Path("policies"));
  ASSERT_TRUE(server.WaitForLog("policies: No such file")) << server.Log();
  EXPECT_TRUE(Allows(server, "read"));
  EXPECT_EQ(prober.Stop(), 0);
  WriteFile(server.Path("policies/a.cedar"), kPermit);
  EXPECT_TRUE(WaitUntil([&] { return Allows(server, "write"); })) << server.Log();
}

// The folder is a link that is swapped between two versions. In each, one file permits writing to
// its own version's Doc and the other forbids just that: a mixture of the two would allow it.
TEST_F(WatchedServer, AFolderSwappedByALinkIsNeverMixed) {
  const auto permit = [](const std::string& version) {
    return "@id(\"" + version + "\") permit (principal, action, resource == Doc::\"" + version +
           "\");\n";
  };
  const auto forbid = [](const std::string& version) {
    return "forbid (principal, action, resource == Doc::\"" + version + "\");\n";
  };
  ServerProcess server(
      "version: 1\npolicies: [current]\nids: annotation\n"
      "reload: {interval: 2ms, settle: 20ms}\ndecisions: {file: none}\n",
      {{"v1/a.cedar", permit("1")},
       {"v1/b.cedar", forbid("1")},
       {"v2/a.cedar", permit("2")},
       {"v2/b.cedar", forbid("2")},
       {"current/a.cedar", permit("1")},
       {"current/b.cedar", forbid("1")}});
  std::filesystem::remove_all(server.Path("current"));
  std::filesystem::create_directory_symlink("v1", server.Path("current"));
  std::atomic<bool> stop = false;
  std::atomic<int> allowed = 0;
  std::atomic<int> asked = 0;
  std::thread prober([&] {
    while (!stop) {
      for (const std::string version : {"1", "2"}) {
        const auto answer =
            Post(server.port(), "/access/v1/evaluation",
                 R"({"subject": {"type": "User", "id": "u"}, "action": {"name": "write"},
                "resource": {"type": "Doc", "id": ")" +
                     version + "\"}}");
        allowed += answer && answer->body == "{\"decision\":true}" ? 1 : 0;
        ++asked;
      }
    }
  });
  for (int swap = 0; swap < 60; ++swap) {
    std::filesystem::create_directory_symlink(swap % 2 == 0 ? "v2" : "v1", server.Path("next"));
    std::filesystem::rename(server.Path("next"), server.Path("current"));
    // Some swaps come within the time that files take to settle, some long after.
    std::this_thread::sleep_for(std::chrono::milliseconds(swap % 3 == 0 ? 5 : 60));
  }
  EXPECT_TRUE(server.WaitForLog(" loaded ", 3)) << server.Log();
  stop = true;
  prober.join();
  EXPECT_EQ(allowed, 0);
  EXPECT_GT(asked, 0);
}

}  // namespace
}  // namespace thuja::testing
