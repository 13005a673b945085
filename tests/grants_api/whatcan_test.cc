// SPDX-License-Identifier: Apache-2.0
// What a grant could do, over HTTP. tests/unit/decide/outlook_test.cc holds it against decisions.
#include <gtest/gtest.h>

#include <string>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

// `crm/search always, ...`
std::string ToolsOf(const ApiAnswer& answer) {
  std::string text;
  for (const std::string& element : answer.Elements("tools")) {
    const ApiAnswer tool = {200, element};
    EXPECT_NE(tool.At("because"), "");
    text += (text.empty() ? "" : ", ") + tool.At("tool") + " " + tool.At("permitted");
  }
  return text;
}

TEST(WhatCan, ToolsAreListedWithWhatThePoliciesSay) {
  const GrantApiWorld world;
  const std::string id = world.Issue({.tools = R"(["crm/*", "files/*", "po/*"])"});
  const ApiAnswer answer = world.Get("/v1/grants/" + id + "/whatcan", GrantApiWorld::kReader);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(ToolsOf(answer),
            "crm/search always, crm/update always, files/purge never, files/read always, "
            "po/create depends");
  EXPECT_EQ(answer.At("grant.id"), id);
  EXPECT_EQ(answer.At("grant.in_force"), "true");
  EXPECT_EQ(answer.At("revision"), "1");
  EXPECT_EQ(answer.At("truncated"), "");
}

TEST(WhatCan, ASmallerGrantReachesLess) {
  const GrantApiWorld world;
  EXPECT_EQ(ToolsOf(world.Get("/v1/grants/" + world.Issue({.tools = "[]"}) + "/whatcan")), "");
  EXPECT_EQ(
      ToolsOf(world.Get("/v1/grants/" + world.Issue({.more = R"("resources": [])"}) + "/whatcan")),
      "");
  EXPECT_EQ(ToolsOf(world.Get("/v1/grants/" +
                              world.Issue({.holder = "summarizer-1",
                                           .agent_class = "summarizer",
                                           .tools = R"(["crm/*"])"}) +
                              "/whatcan")),
            "crm/search always");
}

TEST(WhatCan, OfAGrantThatIsNotInForceTheToolsAreListedAllTheSame) {
  const GrantApiWorld world;
  const std::string id = world.Issue({.tools = R"(["crm/search"])"});
  EXPECT_EQ(world.Do("suspend", id), "200");
  const ApiAnswer answer = world.Get("/v1/grants/" + id + "/whatcan");
  EXPECT_EQ(ToolsOf(answer), "crm/search always");
  EXPECT_EQ(answer.At("grant.in_force"), "false");
  EXPECT_EQ(answer.At("grant.why_not"), "grant_suspended");
}

TEST(WhatCan, MoreThanManyAreCut) {
  const GrantApiWorld world({.limits = {.tools = 2}});
  const ApiAnswer answer =
      world.Get("/v1/grants/" + world.Issue({.tools = R"(["crm/*", "files/*"])"}) + "/whatcan");
  EXPECT_EQ(ToolsOf(answer), "crm/search always, crm/update always");
  EXPECT_EQ(answer.At("truncated"), "true");
}

}  // namespace
}  // namespace thuja::testing
