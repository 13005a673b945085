// SPDX-License-Identifier: Apache-2.0
// What the suites of gateways share: a decision point with every profile mounted, with and without
// routes, agents for it, and paths that no profile may take for a path.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {

// Agent "reader" may read below /public, "admin" may do all, but neither if the context's host is
// forbidden.example, its query `forbidden` or its header x-task `forbidden`.
//
// Profile P is mounted at /P with routes: reading below /public is Action::"read" of a Page, all
// else Action::"other" of Other; and at /P-plain without. Both tell reasons, and take X-Task.
// /silent is the nginx profile that tells no reasons.
std::unique_ptr<ServerProcess> StartDecisionPoint(const std::string& peers = "[127.0.0.1/32]");

// The decision record of an answer, waited for; fails the test if there is none.
std::string RecordOf(const ServerProcess& server, const RawAnswer& answer);

// Every decision record there is once the server has ended.
std::string EndAndReadRecords(ServerProcess& server);

// One exchange on a connection of its own. `headers` are whole lines; Host is added if they have
// none. No answer fails the test, and has status 0.
RawAnswer Exchange(int port, const std::string& method, const std::string& target,
                   const std::string& headers = "", const std::string& body = "");

struct NamedPath {
  std::string name;
  std::string path;
};

// Some server behind a gateway reads another path there than its bytes say.
std::vector<NamedPath> UnsoundPaths();

// One decision point for a suite of requests as a gateway sends them.
class GatewayContract : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = StartDecisionPoint(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { ASSERT_NE(server_->port(), 0); }

  static int port() { return server_->port(); }
  static std::string Record(const RawAnswer& answer) { return RecordOf(*server_, answer); }

  // `STATUS reason`, and the answer is one that a gateway cannot misread: an allow is exactly 200
  // with an empty body, and the headers say the same as the status.
  static std::string Outcome(const RawAnswer& answer);

 private:
  static std::unique_ptr<ServerProcess> server_;
};

inline constexpr const char* kPermit = "200 permit";
inline constexpr const char* kNoPermit = "403 no_permit";
inline constexpr const char* kForbid = "403 forbid";
inline constexpr const char* kMalformed = "403 malformed_request";
inline constexpr const char* kNobody = "401 token_missing";

// The headers of an answer but those that differ from answer to answer.
std::map<std::string, std::string> LastingHeaders(const RawAnswer& answer);

}  // namespace thuja::testing
