// SPDX-License-Identifier: Apache-2.0
// Reading and deciding take no memory from the system. A program of its own, because it counts
// every allocation that is made in it.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cli/counting_new.h"
#include "cli/workload.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "engine/json.h"
#include "server/http/connection.h"
#include "tests/support/decide_fixture.h"
#include "tests/support/decision_front.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::MakeRequest;
using testing::MakeSnapshot;

// One that applies, one that fails, and a forbid that fails.
constexpr const char* kPolicies =
    "permit (principal, action, resource);"
    "permit (principal, action, resource) when { context.nothing };"
    "forbid (principal, action, resource) when { 1 + true == 2 };";

TEST(Allocations, AreCounted) {
  const size_t before = cli::CountedAllocations();
  const auto memory = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(cli::CountedAllocations() - before, 2u);
  EXPECT_EQ(memory->size(), 100u);
}

TEST(Allocations, ThereAreNoneOnceAScratchHasGrown) {
  const auto snapshot = MakeSnapshot(
      std::string(kPolicies) +
          "permit (principal in Group::\"g\", action, resource) when {"
          "  [principal, 1, {a: context, b: ip(\"10.0.0.1\")}].contains(1) &&"
          "  context.text like \"*a*\" && decimal(\"1.5\") == decimal(\"1.50\") };"
          "permit (principal, action, resource) when { principal.extra == 1 };",
      R"([{"uid":{"type":"User","id":"alice"},"attrs":{},"parents":[{"type":"Group","id":"g"}]}])");
  const Request request = MakeRequest(
      R"({"principal": "User::\"alice\"", "action": "Action::\"read\"", "resource": "Doc::\"d\"",
          "context": {"text": "banana"},
          "entities": [{"uid": {"type": "User", "id": "alice"}, "attrs": {"extra": 1}, "parents": []},
                       {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": []}]})");
  Scratch scratch;
  const Decision first = Decide(*snapshot, request, scratch);
  ASSERT_EQ(first.reasons.size(), 3u);
  ASSERT_EQ(first.errors.size(), 2u);
  const size_t before = cli::CountedAllocations();
  for (int i = 0; i < 100; ++i) Decide(*snapshot, request, scratch);
  EXPECT_EQ(cli::CountedAllocations() - before, 0u);
}

// Not the first time, when the scratch grows to what the workload needs.
TEST(Allocations, ThereAreNoneOnAnyWorkload) {
  THUJA_REQUIRE_SHARED(shared);
  size_t workloads = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*shared / "workloads")) {
    if (!std::filesystem::exists(entry.path() / "expected.json")) continue;
    const auto workload = cli::LoadWorkload(entry.path().string());
    ASSERT_NE(workload, nullptr) << entry.path();
    Scratch scratch;
    const auto decide_all = [&] {
      for (const Request& request : workload->requests) {
        Decide(*workload->snapshot, request, scratch);
      }
    };
    decide_all();
    const size_t before = cli::CountedAllocations();
    decide_all();
    EXPECT_EQ(cli::CountedAllocations() - before, 0u) << workload->name;
    ++workloads;
  }
  EXPECT_GE(workloads, 20u);
}

// Reading included: from the bytes of a request to its decision.
TEST(Allocations, ThereAreNoneFromBytesToDecisionOnAnyWorkload) {
  THUJA_REQUIRE_SHARED(shared);
  for (const char* name : {"gdrive-20", "github-20", "tinytodo-20", "agents-10", "agents-1000"}) {
    const auto workload = cli::LoadWorkload((*shared / "workloads" / name).string());
    ASSERT_NE(workload, nullptr) << name;
    Scratch scratch;
    JsonDocument document;
    Request request;
    Diagnostics diagnostics;
    const auto decide_all = [&] {
      for (const auto& text : workload->texts) {
        ASSERT_TRUE(ReadRequest(LentText("request", text->text()), document, request, diagnostics));
        Decide(*workload->snapshot, request, scratch);
      }
    };
    decide_all();
    const size_t before = cli::CountedAllocations();
    decide_all();
    EXPECT_EQ(cli::CountedAllocations() - before, 0u) << name;
  }
}

TEST(Allocations, ThereAreNoneWhenAnyFormOfARequestIsReadAgain) {
  const std::string text =
      R"({"principal": "User::\"a name that no string holds inside of itself\"",
          "action": {"__entity": {"type": "Action", "id": "read"}},
          "resource": {"type": "Doc", "id": "with \u00e9scapes, and so long that it is allocated"},
          "context": {"list": [1, [2, 3], "a", {"b": true}], "ip": {"__extn": {"fn": "ip",
            "arg": "10.0.0.1"}}, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8,
            "i": 9, "j": 10, "k": 11, "l": 12, "m": 13, "n": 14, "o": 15, "p": 16, "q": 17},
          "entities": [{"uid": {"type": "User", "id": "u"}, "attrs": {"x": "y"}, "parents": []}]})";
  JsonDocument document;
  Request request;
  Diagnostics diagnostics;
  const auto read = [&] {
    return ReadRequest(LentText("request", text), document, request, diagnostics);
  };
  ASSERT_TRUE(read()) << Render(diagnostics);
  const size_t before = cli::CountedAllocations();
  for (int i = 0; i < 100; ++i) read();
  EXPECT_EQ(cli::CountedAllocations() - before, 0u);
}

TEST(Allocations, ThereAreNoneWhenTheListenerAnswersAnEvaluation) {
  testing::DecisionFront front("permit (principal, action, resource) when { context.n == 1 };",
                               R"([{"uid":{"type":"User","id":"a"},"attrs":{},"parents":[]}])");
  const std::string body =
      R"({"subject":{"type":"User","id":"a","properties":{"extra":true}},"action":{"name":"read",
          "properties":{"p":"q"}},"resource":{"type":"Doc","id":"d"},"context":{"n":1}})";
  server::HttpRequest request;
  request.method = "POST";
  request.path = "/access/v1/evaluation";
  request.fields = {{"Host", "localhost"}, {"Content-Type", "application/json"}};
  request.body = body;
  request.received = server::SteadyNow();
  server::HttpResponse response;
  const auto answer = [&] {
    response.Clear();
    front.Answer(request, response);
  };
  answer();
  ASSERT_EQ(response.body, R"({"decision":true})");
  const size_t before = cli::CountedAllocations();
  for (int i = 0; i < 100; ++i) answer();
  EXPECT_EQ(cli::CountedAllocations() - before, 0u);
}

}  // namespace
}  // namespace thuja
