// SPDX-License-Identifier: Apache-2.0
// How far a grant reaches, and the ways in which calls try to reach further.
#include <gtest/gtest.h>

#include <string>

#include "tests/attacks/attacks.h"

namespace thuja::testing {
namespace {

TEST_F(Attacks, S03_WhatACredentialCouldDoCanBeListed) {
  const std::string id = Issue({.holder = "summarizer-1",
                                .agent_class = "summarizer",
                                .tools = R"(["files/*", "crm/search"])"});
  const ApiAnswer answer = Admin("GET", "/v1/grants/" + id + "/whatcan");
  ASSERT_EQ(answer.status, 200) << answer.body;
  for (const char* tool : {"\"files/read\"", "\"crm/search\""}) {
    EXPECT_NE(answer.body.find(tool), std::string::npos) << answer.body;
  }
  for (const char* tool :
       {"\"files/write\"", "\"files/delete\"", "\"crm/update\"", "\"http/get\""}) {
    EXPECT_EQ(answer.body.find(tool), std::string::npos) << answer.body;
  }
}

TEST_F(Attacks, S06_A15_WhereACallGoesIsBounded) {
  Issue({.tools = R"([{"tool": "http/get", "arguments": {"url": {"host": ["api.acme.test"]}}}])"});
  const auto get = [&](const std::string& url) {
    return Reason({.tool = "http/get", .input = "{\"url\": " + QuoteJson(url) + "}"});
  };
  EXPECT_EQ(get("https://api.acme.test/v1"), "permit");
  for (const char* url :
       {"https://evil.test", "https://api.acme.test.evil.test", "https://api.acme.test@evil.test",
        "https://evil.test/api.acme.test", "https://evil.test#api.acme.test",
        "https://xapi.acme.test", "https://api.acme.test\\@evil.test",
        "https://api.acme.test%2eevil.test", "//api.acme.test", "https://api.acme.test.",
        "file://api.acme.test/etc/passwd", "javascript:api.acme.test"}) {
    EXPECT_EQ(get(url), "argument_out_of_scope") << url;
  }
}

TEST_F(Attacks, S23_ToolsStoresAndOperationsAreBounded) {
  Issue(
      {.tools =
           R"([{"tool": "crm/*", "arguments": {"db": {"exact": "sales"}, "op": {"one_of": ["read", "count"]}}}])",
       .more = R"("resources": ["sales/**"])"});
  const auto ask = [&](const std::string& db, const std::string& op, const std::string& resource) {
    return Reason({.input = "{\"db\": " + QuoteJson(db) + ", \"op\": " + QuoteJson(op) + "}",
                   .more = "\"resources\": [" + QuoteJson(resource) + "]"});
  };
  EXPECT_EQ(ask("sales", "read", "sales/orders/1"), "permit");
  EXPECT_EQ(ask("sales", "write", "sales/orders/1"), "argument_out_of_scope");
  EXPECT_EQ(ask("hr", "read", "sales/orders/1"), "argument_out_of_scope");
  EXPECT_EQ(ask("sales", "read", "hr/people"), "resource_out_of_scope");
  EXPECT_EQ(ask("sales", "read", "sales"), "resource_out_of_scope");
}

TEST_F(Attacks, A12_NamesThatOnlyLookLikeATool) {
  Issue({.tools = R"(["files/*"])"});
  for (const char* tool : {"files/r\xD0\xB5"
                           "ad",
                           "files/\xEF\xBD\x92"
                           "ead",
                           "files/re\xCC\x81"
                           "ad",
                           "files/r\xC3\xA9"
                           "ad",
                           "files/read\xE2\x80\x8B",
                           "files/\xE2\x80\xAE"
                           "daer",
                           "files/read ", " files/read", "files/read/", "files//read", "files"}) {
    EXPECT_EQ(Reason({.tool = tool}), "invalid_tool_name") << tool;
  }
  const ApiAnswer nul = Evaluate(
      R"({"subject": {"type": "Thuja::Agent", "id": "coder-1"}, "action": {"name": "call_tool"},
          "resource": {"type": "Thuja::Tool", "id": "files/read\u0000"},
          "context": {"task": "T1"}, "options": {"details": true}})");
  EXPECT_EQ(nul.At("context.reason"), "invalid_tool_name");
}

TEST_F(Attacks, A13_CaseCounts) {
  Issue({.tools = R"(["files/read"])"});
  for (const char* tool : {"files/Read", "Files/read", "FILES/READ"}) {
    EXPECT_EQ(Reason({.tool = tool}), "tool_not_in_scope") << tool;
  }
}

TEST_F(Attacks, A14_A15_PathsThatLeadElsewhere) {
  Issue({.tools = R"([{"tool": "files/read", "arguments": {"path": {"path": "/data/a"}}}])"});
  const auto read = [&](const std::string& path) {
    return Reason({.tool = "files/read", .input = "{\"path\": " + QuoteJson(path) + "}"});
  };
  for (const char* path : {"/data/a", "/data/a/", "/data/a/b", "/data/a/b/c.txt"}) {
    EXPECT_EQ(read(path), "permit") << path;
  }
  for (const char* path :
       {"/data/ab", "/data", "/data/a/../b", "/data/a/../../etc/passwd", "/data/a/%2e%2e/b",
        "/data/a/%252e%252e/b", "/data/a/..%2fb", "/data/a\\..\\b", "/data//a", "//data/a",
        "/data/a/./b", "data/a", "/data/a/\xC0\xAE", "", "/data/a/..;/b", "/data/a/ .. /b"}) {
    const std::string why = read(path);
    EXPECT_TRUE(why == "argument_out_of_scope" || why == "400") << path << " " << why;
  }
}

TEST_F(Attacks, A16_AForbidWinsOverAWideGrant) {
  Issue({.tools = R"(["files/*"])"});
  EXPECT_EQ(Reason({.tool = "files/write"}), "permit");
  EXPECT_EQ(Reason({.tool = "files/purge"}), "forbid");
}

TEST_F(Attacks, A32_AConstraintOnWhatIsNotThereIsNotMet) {
  Issue(
      {.tools =
           R"([{"tool": "po/create", "arguments": {"amount": {"range": {"min": 1, "max": 5}}}}])"});
  const auto ask = [&](const std::string& input) {
    return Reason({.tool = "po/create", .input = input});
  };
  EXPECT_EQ(ask(R"({"amount": 5})"), "permit");
  for (const char* input :
       {"{}", R"({"amount": 6})", R"({"amount": 0})", R"({"amount": "5"})", R"({"amount": [5]})",
        R"({"amount": true})", R"({"amount": {"x": 5}})", R"({"Amount": 5})", ""}) {
    EXPECT_EQ(ask(input), "argument_out_of_scope") << input;
  }
  for (const char* input : {R"({"amount": null})", R"({"amount": 5.0})", R"({"amount": 5e0})",
                            R"({"amount": 9223372036854775808})"}) {
    EXPECT_EQ(ask(input), "400") << input;
  }
}

TEST_F(Attacks, A33_ArgumentsThatNobodyAskedFor) {
  const std::string rule = R"({"tool": "git/push", "arguments": {"branch": "any"})";
  Issue({.tools = "[" + rule + "}]"});
  Issue({.task = "open", .tools = "[" + rule + R"(, "open": true}])"});
  const std::string input = R"({"branch": "x", "force": true, "cwd": "/"})";
  EXPECT_EQ(Reason({.tool = "git/push", .input = R"({"branch": "x"})"}), "permit");
  EXPECT_EQ(Reason({.tool = "git/push", .input = input}), "argument_out_of_scope");
  EXPECT_EQ(Reason({.tool = "git/push", .task = "open", .input = input}), "permit");
}

TEST_F(Attacks, A34_AForbidThatFailsDenies) {
  Issue({.tools = R"(["po/*"])"});
  EXPECT_EQ(Reason({.tool = "po/create", .input = R"({"amount": 10})"}), "permit");
  EXPECT_EQ(Reason({.tool = "po/create", .input = R"({"amount": 1001})"}), "forbid");
  EXPECT_EQ(Reason({.tool = "po/create", .input = "{}"}), "forbid_error");
  EXPECT_EQ(Reason({.tool = "po/create", .input = R"({"amount": "10"})"}), "forbid_error");
}

TEST_F(Attacks, A35_EmptyListsReachNothing) {
  Issue({.tools = "[]"});
  EXPECT_EQ(Reason({}), "tool_not_in_scope");
  Issue({.task = "T2", .more = "\"resources\": []"});
  EXPECT_EQ(Reason({.task = "T2", .more = R"("resources": ["a"])"}), "resource_out_of_scope");
  EXPECT_EQ(Reason({.task = "T2"}), "resource_out_of_scope");
}

TEST_F(Attacks, A36_NamesAreComparedToTheirEnd) {
  Issue({.tools = R"(["a/b/c/d"])"});
  for (const char* tool : {"a/b/c/e", "a/b/c", "a/b/c/d/e"}) {
    EXPECT_EQ(Reason({.tool = tool}), "tool_not_in_scope") << tool;
  }
}

TEST_F(Attacks, A44_TwoServersWithOneNameForATool) {
  Issue({.tools = R"(["crm/search"])"});
  EXPECT_EQ(Reason({.tool = "crm/search", .tool_as_action = true}), "permit");
  EXPECT_EQ(Reason({.tool = "files/search", .tool_as_action = true}), "tool_not_in_scope");
  const auto ask = [&](const std::string& of, const std::string& tool) {
    return Evaluate(
               R"({"subject": {"type": "Thuja::Agent", "id": "coder-1"}, "action": {"name": )" +
               QuoteJson(tool) + R"(}, "resource": {"type": "Thuja::Server", "id": )" +
               QuoteJson(of) + R"(}, "context": {"task": "T1"}, "options": {"details": true}})")
        .At("context.reason");
  };
  EXPECT_EQ(ask("crm", "search"), "permit");
  EXPECT_EQ(ask("crm/search", ""), "invalid_tool_name");
  EXPECT_EQ(ask("", "crm/search"), "invalid_tool_name");
  EXPECT_EQ(ask("crm", "search/x"), "invalid_tool_name");
  EXPECT_EQ(ask("a", "b___c"), ask("a___b", "c")) << "both are out of scope";
}

}  // namespace
}  // namespace thuja::testing
