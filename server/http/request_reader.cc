// SPDX-License-Identifier: Apache-2.0
// The states of reading a request.
//
// Tested by tests/unit/http/request_reader_test.cc, tests/hostile/malformed_requests_test.cc and
// tests/fuzz/http_front_fuzz.cc.
#include "server/http/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>
#include <charconv>
#include <utility>

namespace thuja::server {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Extensions of chunks mean nothing to anybody; a long one is an attack.
constexpr size_t kLongestChunkLine = 4096;
// Bodies up to this size take one allocation, and keep their memory for the next.
constexpr size_t kReservedBody = size_t{64} << 10;

// Collects what Beast finds in a header. Its texts point into what is parsed.
class HeadParser : public http::basic_parser<true> {
 public:
  explicit HeadParser(HttpRequest& request) : request_(request) {
    eager(false);
    skip(true);  // the body is read here, not by Beast
  }

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    request_.method = {method.data(), method.size()};
    request_.target = {target.data(), target.size()};
    request_.version = version;
  }

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    request_.fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }

  // Never called: no response, no body.
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(uint64_t, beast::string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, beast::string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  HttpRequest& request_;
};

}  // namespace

RequestReader::RequestReader(const Limits& limits, const Peer& peer) : limits_(limits) {
  request_.peer = &peer;
}

RequestReader::State RequestReader::Feed(std::string_view* bytes) {
  if (!head_done_) {
    const State state = FeedHead(bytes);
    if (state != State::kNeedMore || !head_done_) return state;
  }
  return FeedBody(bytes);
}

// Takes whole lines up to the empty one. A line is refused as soon as it is too long, and a line
// that ends without a carriage return at once, since its end may never come.
RequestReader::State RequestReader::FeedHead(std::string_view* bytes) {
  while (!bytes->empty()) {
    const size_t newline = bytes->find('\n');
    const std::string_view part =
        bytes->substr(0, newline == std::string_view::npos ? newline : newline + 1);
    // The narrower limit is told, however the bytes are cut.
    const size_t line_room = limits_.line + 2 - (head_.size() - line_begin_);
    const size_t header_room = limits_.header - head_.size();
    if (part.size() > std::min(line_room, header_room)) {
      if (header_room < line_room) return Refuse({431, "the header is too long"});
      return line_begin_ == 0 ? Refuse({414, "the request line is too long"})
                              : Refuse({431, "a header line is too long"});
    }
    head_.append(part);
    bytes->remove_prefix(part.size());
    if (newline == std::string_view::npos) return State::kNeedMore;
    if (!head_.ends_with("\r\n")) return Refuse({400, "a line that does not end with CRLF"});
    const bool is_empty = head_.size() - line_begin_ == 2;
    if (is_empty && line_begin_ == 0) return Refuse({400, "an empty line before the request"});
    line_begin_ = head_.size();
    if (is_empty) return ParseHead();
  }
  return State::kNeedMore;
}

RequestReader::State RequestReader::ParseHead() {
  if (const Refusal refusal = CheckLines(head_, limits_); refusal) return Refuse(refusal);
  HeadParser parser(request_);
  parser.header_limit(static_cast<uint32_t>(std::min<size_t>(limits_.header, UINT32_MAX)));
  error_code error;
  const size_t used = parser.put(boost::asio::const_buffer(head_.data(), head_.size()), error);
  // A version that nobody speaks is refused like the rest: gateways may be told to let a request
  // pass when the answer is a 5xx.
  if (error || !parser.is_done() || used != head_.size()) {
    return Refuse({400, error == http::error::bad_version ? "a version other than HTTP/1.1"
                                                          : "not well-formed HTTP"});
  }
  if (const Refusal refusal = CheckHeader(request_); refusal) return Refuse(refusal);
  keep_alive_ = parser.keep_alive();
  head_done_ = true;
  return BeginBody();
}

RequestReader::State RequestReader::BeginBody() {
  if (request_.Find("Transfer-Encoding").count > 0) {
    chunked_.emplace(limits_.body, std::min(kLongestChunkLine, limits_.header));
  } else if (const HttpRequest::Occurrence length = request_.Find("Content-Length");
             length.count > 0) {
    const char* end = length.value.data() + length.value.size();
    const auto [stop, error] = std::from_chars(length.value.data(), end, missing_);
    if (error != std::errc() || missing_ > limits_.body) {
      return Refuse({413, "the body is too large"});
    }
    // No more than was sent is paid for: a length is only a promise.
    body_.reserve(std::min<uint64_t>(missing_, kReservedBody));
  }
  expects_continue_ = request_.version == 11 && request_.Find("Expect").count > 0 &&
                      (chunked_.has_value() || missing_ > 0);
  return State::kNeedMore;
}

RequestReader::State RequestReader::FeedBody(std::string_view* bytes) {
  if (chunked_) {
    switch (chunked_->Feed(bytes, &body_)) {
      case ChunkedBody::State::kMore: return State::kNeedMore;
      case ChunkedBody::State::kMalformed: return Refuse({400, "a malformed chunk"});
      case ChunkedBody::State::kTooLarge: return Refuse({413, "the body is too large"});
      case ChunkedBody::State::kDone: break;
    }
  } else {
    const std::string_view data = bytes->substr(0, missing_);
    body_.append(data);
    bytes->remove_prefix(data.size());
    missing_ -= data.size();
    if (missing_ > 0) return State::kNeedMore;
  }
  request_.body = body_;
  return State::kComplete;
}

bool RequestReader::TakeExpectation() { return std::exchange(expects_continue_, false); }

void RequestReader::Next() {
  head_.clear();
  head_done_ = false;
  line_begin_ = 0;
  expects_continue_ = false;
  chunked_.reset();
  missing_ = 0;
  // A body of unusual size is not paid for until the connection ends.
  if (body_.capacity() > kReservedBody) {
    body_ = {};
  } else {
    body_.clear();
  }
  const Peer* peer = request_.peer;
  std::vector<HeaderField> fields = std::move(request_.fields);
  fields.clear();
  request_ = {};
  request_.fields = std::move(fields);
  request_.peer = peer;
}

RequestReader::State RequestReader::Refuse(const Refusal& refusal) {
  refusal_ = refusal;
  return State::kRefused;
}

}  // namespace thuja::server
