// SPDX-License-Identifier: Apache-2.0
// What the AuthZEN suites share: the worlds that they ask about, and answers taken apart.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/json.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {

inline constexpr const char* kEvaluation = "/access/v1/evaluation";
inline constexpr const char* kEvaluations = "/access/v1/evaluations";
inline constexpr const char* kIsAuthorized = "/v1/is_authorized";

// Answers without details are these bytes and no others.
inline constexpr const char* kTrue = R"({"decision":true})";
inline constexpr const char* kFalse = R"({"decision":false})";

// The world of the certification's rules, with more beside them that the tests of data ask about:
// alice and bob, records r1 and r2, and stored attributes of alice.
inline constexpr const char* kCertificationPolicies = R"(
@id("alice")
permit (principal == user::"alice", action in [Action::"read", Action::"write"],
        resource is record)
unless { resource has status && resource.status == "archived" };
@id("bob")
permit (principal == user::"bob", action == Action::"read", resource is record);
@id("admins")
permit (principal, action == Action::"write", resource is record)
when { principal has role && principal.role == "admin" };
@id("soft-delete")
permit (principal == user::"alice", action == Action::"delete", resource == record::"r1")
when { context has action && context.action has soft && context.action.soft };
@id("group")
permit (principal in group::"admins", action == Action::"manage", resource);
@id("department")
permit (principal, action == Action::"department", resource)
when { principal.department == "sales" };
@id("entity-in-context")
permit (principal, action == Action::"entity_in_context", resource)
when { context.who == user::"alice" };
@id("entity-in-properties")
permit (principal, action == Action::"entity_in_properties", resource)
when { resource.owner == user::"alice" };
@id("extension-in-context")
permit (principal, action == Action::"extension_in_context", resource)
when { context.address.isLoopback() };
@id("plain-in-context")
permit (principal, action == Action::"plain_in_context", resource)
when { context.who["__entity"].id == "alice" && context.address["__extn"].fn == "ip" };
@id("plain-in-properties")
permit (principal, action == Action::"plain_in_properties", resource)
when { resource.owner["__entity"].id == "alice" };
@id("plain-as-context")
permit (principal, action == Action::"plain_as_context", resource)
when { context["__entity"].id == "alice" };
@id("number")
permit (principal, action == Action::"number", resource)
when { context.number == 9223372036854775807 };
@id("forbid-that-fails")
forbid (principal, action == Action::"broken", resource) when { resource.missing };
@id("permit-of-broken")
permit (principal, action == Action::"broken", resource);
)";

inline constexpr const char* kCertificationEntities = R"([
  {"uid": {"type": "user", "id": "alice"},
   "attrs": {"department": "sales", "level": 3,
             "boss": {"__entity": {"type": "user", "id": "bob"}}},
   "parents": []},
  {"uid": {"type": "group", "id": "admins"}, "attrs": {}, "parents": []}
])";

// Starts a server over the world of the certification, its policies named by their `@id`.
std::unique_ptr<ServerProcess> StartCertification(const std::string& yaml = "");

// One server for the suite.
class CertificationSuite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = StartCertification(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { ASSERT_NE(server_->port(), 0); }

  static int port() { return server_->port(); }

 private:
  static std::unique_ptr<ServerProcess> server_;
};

// The parts of a request, as JSON: `{"type":"user","id":"alice"}`, `{"name":"read"}`. `more` is
// put behind, such as `"properties":{}`.
std::string Entity(const std::string& type, const std::string& id, const std::string& more = "");
std::string User(const std::string& id, const std::string& properties = "");
std::string Record(const std::string& id, const std::string& properties = "");
std::string Action(const std::string& name, const std::string& properties = "");

// `{"subject":...,"action":...,"resource":...}` and, if they are given, `"context":...` and
// whatever `more` says, such as `"options":{}`.
std::string Question(const std::string& subject, const std::string& action,
                     const std::string& resource, const std::string& context = "",
                     const std::string& more = "");

// The body of the answer if it is 200, or else `STATUS body`, or `no answer`.
std::string Ask(int port, const std::string& body, const std::string& path = kEvaluation,
                const std::string& headers = "");

// The status alone; 0 if there is no answer.
int StatusOf(int port, const std::string& body, const std::string& path = kEvaluation,
             const std::string& headers = "");

// An answer as a tree. A text that is no JSON fails the test, and gives an empty object.
class Parsed {
 public:
  explicit Parsed(const std::string& text);

  const Json& root() const { return document_->root(); }

  // The value behind these keys; null if one is missing.
  const Json* At(std::initializer_list<std::string_view> keys) const;
  // The string there, or `-`.
  std::string TextAt(std::initializer_list<std::string_view> keys) const;

 private:
  std::optional<JsonDocument> document_;
};

// `DECISION reason` of an answer to a question that asks for details.
std::string DecisionAndReason(int port, const std::string& body);

}  // namespace thuja::testing
