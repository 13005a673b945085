// SPDX-License-Identifier: Apache-2.0
// The client of the admin listener: docs/grants.md, "Endpoints".
//
// A request that meets a broken connection is sent a second time, and no more: a server that is
// being restarted is back by then. For a mutation that is safe because both carry one
// Idempotency-Key. A server that says nothing is not asked again.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/json.h"

namespace thuja::cli {

struct AdminAddress {
  std::string unix_path;  // empty: TCP
  std::string host;       // a name or an address, IPv6 without its brackets
  int port = 0;

  // What Parse reads.
  std::string ToString() const;

  // `http://HOST:PORT`, the same without `http://`, or `unix:PATH`.
  static absl::StatusOr<AdminAddress> Parse(const std::string& text);
};

struct AdminClientOptions {
  AdminAddress address;
  std::string token;  // sent as bearer credential
  std::chrono::milliseconds connect_limit = std::chrono::seconds(5);
  std::chrono::milliseconds answer_limit = std::chrono::seconds(30);  // until its last byte
  std::chrono::milliseconds pause{200};                               // before the second attempt
  size_t longest_answer = size_t{64} << 20;
};

// What the server says: a JSON object, which is a refusal if it has an `error`.
class AdminAnswer {
 public:
  AdminAnswer(int status, JsonDocument document)
      : status_(status), document_(std::move(document)) {}

  int status() const { return status_; }
  const Json& json() const { return document_.root(); }
  std::string_view text() const { return document_.source()->text(); }  // as it was sent

  bool refused() const { return status_ >= 400; }
  std::string_view code() const { return json().Find("error")->text; }  // REQUIRES: refused()
  std::string message() const;                                          // may be empty

 private:
  int status_;
  JsonDocument document_;
};

// Not thread-safe. The status of a call says why there is no answer that can be believed.
class AdminClient {
 public:
  explicit AdminClient(AdminClientOptions options);

  // `target` is path and query, encoded.
  absl::StatusOr<AdminAnswer> Get(const std::string& target);

  // Sends a JSON text. REQUIRES: `request_id` is 1 to 128 visible ASCII characters.
  absl::StatusOr<AdminAnswer> Post(const std::string& target, const std::string& body,
                                   const std::string& request_id);

 private:
  struct Attempt;

  absl::StatusOr<AdminAnswer> Exchange(const std::string& method, const std::string& target,
                                       const std::string& body, const std::string& request_id);
  Attempt Try(const std::string& method, const std::string& target, const std::string& body,
              const std::string& request_id) const;
  absl::StatusOr<AdminAnswer> Read(int status, std::string body) const;

  AdminClientOptions options_;
};

// 128 random bits in hexadecimal digits: an Idempotency-Key that nobody else has.
std::string NewRequestId();

// `text` as one segment of a path, or one name or value of a query.
std::string PercentEncode(std::string_view text);

}  // namespace thuja::cli
