// SPDX-License-Identifier: Apache-2.0
// The admin listener with grants, in this process: storage, store and API are real, and a test can
// reach each of them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/grants/grant_api.h"
#include "server/http/http_server.h"
#include "server/operations/metrics.h"
#include "server/store/sqlite_log.h"
#include "tests/support/guarded_world.h"
#include "tests/support/raw_connection.h"
#include "tests/support/shared_material.h"
#include "tests/unit/store/store_samples.h"

namespace thuja::testing {

struct GrantApiOptions {
  bool sqlite = false;  // rather than in memory
  server::SqliteLogLimits log = {};
  size_t threads = 1;
  server::GrantApiLimits limits = {};
  server::GrantStoreOptions store = {};
  bool credentials = true;
};

class GrantApiWorld {
 public:
  explicit GrantApiWorld(const GrantApiOptions& options = {});
  ~GrantApiWorld();

  static constexpr std::string_view kAll = "all-0123456789abcdef";
  static constexpr std::string_view kIssuer = "issuer-0123456789abcdef";
  static constexpr std::string_view kRevoker = "revoker-0123456789abcdef";
  static constexpr std::string_view kReader = "reader-0123456789abcdef";
  static constexpr std::string_view kOtherReader = "other-reader-0123456789";

  int port() const { return port_; }

  // One exchange on a connection of its own.
  ApiAnswer Ask(const std::string& method, const std::string& path, const std::string& body = "",
                std::string_view token = kAll, const std::string& headers = "") const;
  ApiAnswer Get(const std::string& path, std::string_view token = kAll) const {
    return Ask("GET", path, "", token);
  }
  ApiAnswer Post(const std::string& path, const std::string& body = "",
                 std::string_view token = kAll, const std::string& headers = "") const {
    return Ask("POST", path, body, token, headers);
  }
  // The same with all of its header.
  RawAnswer AskRaw(const std::string& method, const std::string& path, const std::string& body,
                   const std::string& headers) const;
  static std::string Bearer(std::string_view token = kAll) {
    return "Authorization: Bearer " + std::string(token) + "\r\n";
  }

  // `200`, or the code of the refusal behind its status: `409 grant_completed`.
  static std::string Said(const ApiAnswer& answer);

  // Grants made over HTTP; their id.
  std::string Issue(const Want& want = {}) const;
  std::string Delegate(const std::string& parent, const Want& want = {}) const;
  // What becomes of a grant, as Said.
  std::string Do(const std::string& event, const std::string& id,
                 const std::string& body = "") const;

  // Storage does this before each of the writer's calls; null: nothing.
  void SetBefore(server::BeforeCall before);

  // A grant's row as it was not written. REQUIRES: sqlite.
  void Damage(const std::string& id) const;

  server::GrantStore& store() { return *store_; }
  server::GrantApi& api() { return *api_; }
  server::TrustedClock& clock() { return clock_; }
  // Without answers that are under way.
  void StopServer() { http_->Stop(); }

 private:
  TemporaryFolder folder_;
  server::OperationalLog log_{server::LogLevel::kError, server::LogFormat::kText};
  server::TrustedClock clock_;
  server::SnapshotSource snapshots_;
  const server::Credentials credentials_;
  server::Metrics metrics_;
  std::mutex mutex_;
  server::BeforeCall before_;
  std::unique_ptr<server::GrantStore> store_;
  std::unique_ptr<server::GrantApi> api_;
  std::unique_ptr<server::HttpServer> http_;
  int port_ = 0;
};

// One event of a stream of changes.
struct ChangeEvent {
  uint64_t id = 0;
  std::string event;
  ApiAnswer data;
};

// Reads a stream as a client would.
class ChangeReader {
 public:
  // `headers` are whole lines.
  ChangeReader(const GrantApiWorld& world, const std::string& path,
               const std::string& headers = GrantApiWorld::Bearer());

  int status() const { return head_.status; }
  const RawAnswer& head() const { return head_; }

  // The next event, comments passed over; nothing if the stream ends or none comes in time.
  std::optional<ChangeEvent> Next(std::chrono::milliseconds limit = std::chrono::seconds(10));
  // The next part of it as it is, such as a comment.
  std::optional<std::string> NextPart(std::chrono::milliseconds limit = std::chrono::seconds(10));
  // True if the server ends the stream.
  bool Ends() { return connection_.ClosedWithin(); }

  RawConnection& connection() { return connection_; }

 private:
  RawConnection connection_;
  RawAnswer head_;
};

}  // namespace thuja::testing
