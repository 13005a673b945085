// SPDX-License-Identifier: Apache-2.0
// A running decision point under a guard, and short ways to issue grants and to ask it, so that a
// case is a few lines.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {

// An answer, read.
struct ApiAnswer {
  int status = 0;
  std::string body;

  // The text, number or word at a path such as `grant.id`; empty if there is none.
  std::string At(std::string_view path) const;
  // The elements of the array that is this member, each as a text.
  std::vector<std::string> Elements(std::string_view key) const;
};

// A grant to ask for. Parts that are empty are left out.
struct Want {
  std::string holder = "coder-1";
  std::string agent_class = "coder";
  std::string task = "T1";
  std::string tools = R"(["crm/*", "files/*"])";  // JSON
  std::string more = {};                          // JSON members, `"ttl": 60, "calls": 3`

  std::string ToJson() const;
};

// A call to ask about.
struct Call {
  std::string agent = "coder-1";
  std::string tool = "crm/search";
  std::string task = "T1";      // empty: not said
  std::string input = {};       // JSON; empty: not said
  std::string more = {};        // JSON members of the context
  std::string credential = {};  // of the task; empty: none
  std::string headers = {};     // whole lines
  bool tool_as_action = false;  // the other shape
};

class GuardedWorld : public ::testing::Test {
 protected:
  static constexpr std::string_view kGateway = "gateway-0123456789abcdef";
  static constexpr std::string_view kOrchestrator = "orchestrator-0123456789abcdef";
  static constexpr std::string_view kWatcher = "watcher-0123456789abcdef";    // may only read
  static constexpr std::string_view kGuardian = "guardian-0123456789abcdef";  // may only revoke

  GuardedWorld();

  // The admin listener, as one of the credentials.
  ApiAnswer Admin(const std::string& method, const std::string& path, const std::string& body = "",
                  std::string_view token = kOrchestrator, const std::string& headers = "");

  // The new grant's id; a failure of the test if it was refused.
  std::string Issue(const Want& want);
  std::string Delegate(const std::string& parent, const Want& want);
  // Both the whole answer.
  ApiAnswer TryIssue(const Want& want, const std::string& headers = "");
  ApiAnswer TryDelegate(const std::string& parent, const Want& want);
  // `201`, or the code of the refusal.
  static std::string CodeOf(const ApiAnswer& answer);
  // What happens to a grant: `complete`, `revoke`, ...; the answer's status or code.
  std::string Do(const std::string& event, const std::string& id, const std::string& body = "{}");

  // The reason code of the record that the decision left; a failure if no answer came.
  std::string Reason(const Call& call);
  // What the caller is told.
  std::string Shown(const Call& call);
  // The answer to any body that AuthZEN's endpoint is sent.
  ApiAnswer Evaluate(const std::string& body, const std::string& headers = "",
                     const std::string& path = "/access/v1/evaluation");
  static std::string BodyOf(const Call& call);

  // The record of a decision, as text; waits for it.
  std::string RecordOf(const std::string& decision_id) const;

  ServerProcess server;

 private:
  static std::string HeadersOf(const Call& call);
};

}  // namespace thuja::testing
