// SPDX-License-Identifier: Apache-2.0
// From bytes to requests: HTTP/1.1 and 1.0 (RFC 9112), strict, bounded, without a socket.
//
// The grammar of the header is Boost.Beast's parser; before it the lines are looked at, behind it
// comes the strict header check (header_check.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/chunked_body.h"
#include "server/http/header_check.h"
#include "server/http/limits.h"
#include "server/http/message.h"

namespace thuja::server {

// Reads the requests of one connection, one after another. The same bytes give the same requests,
// however they are cut. Not thread-safe; stays where it is.
class RequestReader {
 public:
  enum class State : uint8_t { kNeedMore, kComplete, kRefused };

  RequestReader(const Limits& limits, const Peer& peer);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes bytes from the front of `*bytes`; what is left belongs to the next request.
  // REQUIRES: the state before was kNeedMore.
  State Feed(std::string_view* bytes);

  // REQUIRES: kComplete. Valid until Next.
  HttpRequest& request() { return request_; }

  // REQUIRES: kRefused. The connection cannot go on: nobody knows where the next request begins.
  const Refusal& refusal() const { return refusal_; }

  // True from the first byte of a request on.
  bool started() const { return !head_.empty(); }

  // True once, if the sender waits for `100 Continue` before it sends the body.
  bool TakeExpectation();

  // True if the sender wants the connection to stay. REQUIRES: kComplete.
  bool keep_alive() const { return keep_alive_; }

  // Goes on to the next request.
  void Next();

 private:
  State FeedHead(std::string_view* bytes);
  State FeedBody(std::string_view* bytes);
  State ParseHead();
  // What follows the header, as the checked header says.
  State BeginBody();
  State Refuse(const Refusal& refusal);

  const Limits& limits_;
  HttpRequest request_;
  Refusal refusal_;
  std::string head_;  // request line and header with the empty line behind them
  std::string body_;  // decoded
  std::optional<ChunkedBody> chunked_;
  uint64_t missing_ = 0;   // bytes of a body of known length
  size_t line_begin_ = 0;  // offset in head_ of the line that is being read
  bool head_done_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
};

}  // namespace thuja::server
