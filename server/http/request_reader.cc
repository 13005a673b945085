// SPDX-License-Identifier: Apache-2.0
// The states of reading a request.
//
// Tested by tests/unit/http/request_reader_test.cc, tests/hostile/malformed_requests_test.cc and
// tests/fuzz/http_front_fuzz.cc.
#include "server/http/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

namespace thuja::server {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Extensions of chunks mean nothing to anybody; a long or strange one is an attack.
constexpr size_t kLongestChunkExtension = 256;

}  // namespace

// Collects what the parser finds. Its texts point into the reader's head_.
class RequestReader::Parser : public http::basic_parser<true> {
 public:
  Parser(HttpRequest& request, std::string& body) : request_(request), body_(body) {}

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    request_.method = {method.data(), method.size()};
    request_.target = {target.data(), target.size()};
    request_.version = version;
  }

  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    // Fields behind a chunked body are dropped: nobody may add to a header that was checked.
    if (is_header_done()) return;
    request_.fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}

  size_t on_body_impl(beast::string_view bytes, error_code&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(uint64_t, beast::string_view extension, error_code& error) override {
    const auto is_strange = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (extension.size() > kLongestChunkExtension || std::ranges::any_of(extension, is_strange)) {
      error = http::error::bad_chunk_extension;
    }
  }

  size_t on_chunk_body_impl(uint64_t, beast::string_view bytes, error_code&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(error_code&) override {}

  HttpRequest& request_;
  std::string& body_;
};

RequestReader::RequestReader(const Limits& limits, const Peer& peer) : limits_(limits) {
  request_.peer = &peer;
}

RequestReader::~RequestReader() = default;

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
    const size_t line = head_.size() - line_begin_ + part.size();
    if (line > limits_.line + 2) {
      return line_begin_ == 0 ? Refuse({414, "the request line is too long"})
                              : Refuse({431, "a header line is too long"});
    }
    if (head_.size() + part.size() > limits_.header) return Refuse({431, "the header is too long"});
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
  parser_ = std::make_unique<Parser>(request_, body_);
  parser_->eager(true);
  parser_->body_limit(limits_.body);
  parser_->header_limit(static_cast<uint32_t>(std::min<size_t>(limits_.header, UINT32_MAX)));
  error_code error;
  const size_t used = parser_->put(boost::asio::const_buffer(head_.data(), head_.size()), error);
  if (error && error != http::error::need_more) return RefuseError(error);
  if (!parser_->is_header_done() || used != head_.size()) return Refuse({400, "not a request"});
  if (const Refusal refusal = CheckHeader(request_); refusal) return Refuse(refusal);
  head_done_ = true;
  expects_continue_ =
      !parser_->is_done() && request_.version == 11 && request_.Find("Expect").count > 0;
  return State::kNeedMore;
}

RequestReader::State RequestReader::FeedBody(std::string_view* bytes) {
  // Bytes that the parser could not use yet come first; a chunk's line must be whole for it.
  std::string joined;
  if (!pending_.empty()) {
    joined = pending_ + std::string(*bytes);
  }
  std::string_view rest = pending_.empty() ? *bytes : std::string_view(joined);
  while (!parser_->is_done() && !rest.empty()) {
    error_code error;
    const size_t used = parser_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    if (error == http::error::need_more) break;
    if (error) return RefuseError(error);
  }
  if (parser_->is_done()) {
    // What is left came with this call: pending bytes are always part of this request.
    bytes->remove_prefix(bytes->size() - std::min(rest.size(), bytes->size()));
    pending_.clear();
    request_.body = body_;
    return State::kComplete;
  }
  bytes->remove_prefix(bytes->size());
  std::string left(rest);
  pending_ = std::move(left);
  if (pending_.size() > limits_.header) return Refuse({400, "the transfer coding is too long"});
  return State::kNeedMore;
}

bool RequestReader::TakeExpectation() { return std::exchange(expects_continue_, false); }

bool RequestReader::keep_alive() const { return parser_->keep_alive(); }

void RequestReader::Next() {
  head_.clear();
  head_done_ = false;
  line_begin_ = 0;
  expects_continue_ = false;
  pending_.clear();
  // A body of unusual size is not paid for until the connection ends.
  if (body_.capacity() > size_t{64} << 10) {
    body_ = {};
  } else {
    body_.clear();
  }
  parser_.reset();
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

RequestReader::State RequestReader::RefuseError(const error_code& error) {
  if (error == http::error::body_limit) return Refuse({413, "the body is too large"});
  if (error == http::error::header_limit) return Refuse({431, "the header is too long"});
  if (error == http::error::bad_version) return Refuse({505, "a version other than HTTP/1.1"});
  return Refuse({400, "not well-formed HTTP"});
}

}  // namespace thuja::server
