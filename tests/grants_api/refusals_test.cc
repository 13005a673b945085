// SPDX-License-Identifier: Apache-2.0
// Each reason not to do what was asked, by its status and code.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class Refusals : public ::testing::Test {
 protected:
  std::string SaidOfIssue(const Want& want) {
    return GrantApiWorld::Said(world.Post("/v1/grants", want.ToJson()));
  }
  std::string SaidOfDelegate(const std::string& parent, const Want& want) {
    return GrantApiWorld::Said(world.Post("/v1/grants/" + parent + "/delegate", want.ToJson()));
  }

  GrantApiWorld world;
};

TEST_F(Refusals, OfWhatIsNotThere) {
  for (const std::string& id :
       {std::string(32, 'f'), std::string(32, '0'), std::string(31, 'f'), std::string(33, 'f'),
        std::string(32, 'F'), std::string("nonsense"), std::string("%00"), std::string("..")}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/grants/" + id)), "404 no_active_grant") << id;
    EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/grants/" + id + "/whatcan")),
              "404 no_active_grant");
    for (const char* event :
         {"activate", "heartbeat", "suspend", "resume", "complete", "fail", "revoke"}) {
      EXPECT_EQ(world.Do(event, id), "404 no_active_grant") << event << " " << id;
    }
    EXPECT_EQ(SaidOfDelegate(id, {}), "404 no_active_grant") << id;
  }
  EXPECT_EQ(world.store().revision(), 0u);
}

TEST_F(Refusals, OfWhatWouldBe) {
  EXPECT_EQ(SaidOfIssue({.more = R"("ttl": 3601)"}), "422 ttl_above_class_max");
  EXPECT_EQ(SaidOfIssue({.agent_class = "unknown"}), "400 malformed_request");
  EXPECT_EQ(SaidOfIssue({.holder = "summarizer-1"}), "422 holder_mismatch");
  EXPECT_EQ(SaidOfIssue({.task = ""}), "400 malformed_request");
  EXPECT_EQ(SaidOfIssue({.tools = ""}), "400 malformed_request");
  const std::string parent = world.Issue({.more = R"("calls": 5, "ttl": 60)"});
  EXPECT_EQ(SaidOfDelegate(parent, {.tools = R"(["crm/**"])"}), "422 attenuation");
  EXPECT_EQ(SaidOfDelegate(parent, {.more = R"("calls": 5, "ttl": 61)"}), "422 attenuation");
  EXPECT_EQ(SaidOfDelegate(parent, {}), "422 attenuation") << "without a limit of calls";
  EXPECT_EQ(SaidOfDelegate(parent, {.more = R"("calls": 6)"}), "422 budget_exhausted");
  EXPECT_EQ(SaidOfDelegate(parent, {.more = R"("calls": 5)"}), "201");
  EXPECT_EQ(SaidOfDelegate(parent, {.more = R"("calls": 1)"}), "422 budget_exhausted");
}

TEST_F(Refusals, OfDelegationsThatGoOnForEver) {
  std::string id = world.Issue();
  for (int depth = 1; depth <= 8; ++depth) id = world.Delegate(id, {.task = ""});
  EXPECT_EQ(SaidOfDelegate(id, {.task = ""}), "422 depth_exceeded");
}

// Attack 56: what is over stays so.
TEST_F(Refusals, OfWhatTheStateDoesNotAllow) {
  for (const auto& [end, code] :
       {std::pair("complete", "409 grant_completed"), std::pair("fail", "409 grant_failed"),
        std::pair("revoke", "409 grant_revoked")}) {
    const std::string id = world.Issue();
    ASSERT_EQ(world.Do(end, id), "200");
    for (const char* event :
         {"activate", "heartbeat", "suspend", "resume", "complete", "fail", "revoke"}) {
      EXPECT_EQ(world.Do(event, id), code) << event;
    }
    EXPECT_EQ(SaidOfDelegate(id, {.task = ""}), "409 parent_not_active");
  }
  const std::string pending = world.Issue({.more = R"("pending": true)"});
  EXPECT_EQ(world.Do("heartbeat", pending), "409 grant_pending");
  EXPECT_EQ(SaidOfDelegate(pending, {.task = ""}), "409 parent_not_active");
  const std::string suspended = world.Issue();
  EXPECT_EQ(world.Do("suspend", suspended), "200");
  EXPECT_EQ(SaidOfDelegate(suspended, {.task = ""}), "409 parent_not_active");
}

TEST_F(Refusals, OfChildrenWhoseAncestorIsOver) {
  const std::string root = world.Issue();
  const std::string child = world.Delegate(root, {.task = ""});
  EXPECT_EQ(world.Do("revoke", root), "200");
  EXPECT_EQ(SaidOfDelegate(child, {.task = ""}), "409 parent_not_active");
}

TEST_F(Refusals, OfAGrantWhoseTimeIsOver) {
  const std::string id = world.Issue({.more = R"("ttl": 1)"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  const ApiAnswer shown = world.Get("/v1/grants/" + id);
  EXPECT_EQ(shown.At("grant.in_force"), "false");
  EXPECT_EQ(shown.At("grant.why_not"), "grant_expired");
  EXPECT_EQ(world.Do("heartbeat", id), "409 grant_expired");
  EXPECT_EQ(world.Do("complete", id), "200") << "what came of it goes on record";
}

// What gives authority is refused; what takes it away is not.
TEST_F(Refusals, OfAClockThatWentBack) {
  const std::string id = world.Issue();
  const std::string other = world.Issue();
  world.clock().Mark(world.clock().Read().now + int64_t{3600} * 1'000'000'000);
  EXPECT_EQ(SaidOfIssue({}), "503 clock_rollback");
  EXPECT_EQ(SaidOfDelegate(id, {.task = ""}), "503 clock_rollback");
  EXPECT_EQ(world.Do("heartbeat", id), "503 clock_rollback");
  const ApiAnswer shown = world.Get("/v1/grants/" + id);
  EXPECT_EQ(shown.At("grant.in_force"), "false");
  EXPECT_EQ(shown.At("grant.why_not"), "clock_rollback");
  EXPECT_EQ(world.Do("revoke", id), "200");
  EXPECT_EQ(world.Post("/v1/revoke", R"({"everything": true})").At("revoked"), "1");
}

TEST_F(Refusals, OfADiskThatFails) {
  const std::string id = world.Issue();
  world.SetBefore([](const char* call) {
    return call == std::string_view("Commit")
               ? absl::ResourceExhaustedError("the file /secret/path is full")
               : absl::OkStatus();
  });
  const ApiAnswer answer = world.Post("/v1/grants/" + id + "/revoke");
  EXPECT_EQ(GrantApiWorld::Said(answer), "503 internal_error");
  EXPECT_EQ(answer.body.find("/secret"), std::string::npos);
  EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "active");
  world.SetBefore(nullptr);
  EXPECT_EQ(world.Do("revoke", id), "200");
}

// While the store is busy, only so many may wait.
TEST(Overload, IsAnsweredAtOnce) {
  GrantApiWorld world({.store = {.queue = 4}});
  std::mutex mutex;
  std::condition_variable opened;
  bool is_open = false;
  world.SetBefore([&](const char* call) {
    if (call != std::string_view("Commit")) return absl::OkStatus();
    std::unique_lock lock(mutex);
    opened.wait(lock, [&] { return is_open; });
    return absl::OkStatus();
  });
  std::vector<RawConnection> waiting;
  const std::string body = Want().ToJson();
  const std::string request =
      "POST /v1/grants HTTP/1.1\r\nHost: localhost\r\n" + GrantApiWorld::Bearer() +
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  // Four wait; what is being done is one of them, or the store's own sweep.
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    RawConnection& connection = waiting.emplace_back(world.port());
    connection.Send(request);
    const auto answer = connection.Read(false, std::chrono::milliseconds(300));
    if (!answer) continue;
    EXPECT_EQ(GrantApiWorld::Said({answer->status, answer->body}), "503 overloaded");
    ++refused;
  }
  EXPECT_GE(refused, 12 - 5);
  EXPECT_LE(refused, 12 - 4);
  EXPECT_EQ(world.Get("/health/live").status, 200) << "others are answered meanwhile";
  {
    const std::lock_guard lock(mutex);
    is_open = true;
  }
  opened.notify_all();
  int done = 0;
  for (RawConnection& connection : waiting) {
    const auto answer = connection.Read(false, std::chrono::milliseconds(500));
    if (answer && answer->status == 201) ++done;
  }
  EXPECT_EQ(done, 12 - refused);
}

TEST_F(Refusals, HaveAFormOfTheirOwn) {
  const RawAnswer answer = world.AskRaw("POST", "/v1/grants", "{", GrantApiWorld::Bearer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  const ApiAnswer read = {answer.status, answer.body};
  EXPECT_EQ(read.At("error"), "malformed_request");
  EXPECT_NE(read.At("message"), "");
}

}  // namespace
}  // namespace thuja::testing
