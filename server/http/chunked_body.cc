// SPDX-License-Identifier: Apache-2.0
// The steps of a chunked body, byte by byte but for the data.
//
// Tested by tests/unit/http/request_reader_test.cc and tests/fuzz/http_front_fuzz.cc.
#include "server/http/chunked_body.h"

#include <algorithm>

namespace thuja::server {
namespace {

// Leading zeros count: a size of more digits is written to confuse somebody.
constexpr int kMostDigits = 16;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// Of a field's name. A request line that stands where a trailer could be is none.
bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

ChunkedBody::State ChunkedBody::Feed(std::string_view* bytes, std::string* body) {
  while (!bytes->empty()) {
    if (step_ == Step::kData) {
      const std::string_view data = bytes->substr(0, size_);
      body->append(data);
      bytes->remove_prefix(data.size());
      size_ -= data.size();
      if (size_ == 0) step_ = Step::kDataReturn;
      continue;
    }
    // Trailer fields are counted with all that is around them: many short ones are long as well.
    if (step_ >= Step::kTrailerBegin && ++skipped_ > most_line_) return State::kMalformed;
    const State state = Take(bytes->front());
    bytes->remove_prefix(1);
    if (state != State::kMore) return state;
  }
  return State::kMore;
}

ChunkedBody::State ChunkedBody::Take(char c) {
  const auto expect = [&](char wanted, Step next) {
    step_ = next;
    return c == wanted ? State::kMore : State::kMalformed;
  };
  switch (step_) {
    case Step::kSize: return TakeSize(c);
    case Step::kExtension:
      if (c == '\r') {
        step_ = Step::kSizeEnd;
        return State::kMore;
      }
      return IsControl(c) || ++skipped_ > most_line_ ? State::kMalformed : State::kMore;
    case Step::kSizeEnd:
      skipped_ = 0;
      digits_ = 0;
      return expect('\n', size_ == 0 ? Step::kTrailerBegin : Step::kData);
    case Step::kData: break;
    case Step::kDataReturn: return expect('\r', Step::kDataEnd);
    case Step::kDataEnd: return expect('\n', Step::kSize);
    case Step::kTrailerBegin:
      if (c == '\r') {
        step_ = Step::kLastEnd;
        return State::kMore;
      }
      step_ = Step::kTrailerName;
      return IsNameCharacter(c) ? State::kMore : State::kMalformed;
    case Step::kTrailerName:
      if (c == ':') {
        step_ = Step::kTrailerValue;
        return State::kMore;
      }
      return IsNameCharacter(c) ? State::kMore : State::kMalformed;
    case Step::kTrailerValue:
      if (c == '\r') {
        step_ = Step::kTrailerEnd;
        return State::kMore;
      }
      return IsControl(c) ? State::kMalformed : State::kMore;
    case Step::kTrailerEnd: return expect('\n', Step::kTrailerBegin);
    case Step::kLastEnd: return c == '\n' ? State::kDone : State::kMalformed;
  }
  return State::kMalformed;
}

ChunkedBody::State ChunkedBody::TakeSize(char c) {
  if (const int digit = HexDigit(c); digit >= 0) {
    if (++digits_ > kMostDigits) return State::kMalformed;
    size_ = size_ * 16 + static_cast<uint64_t>(digit);
    return size_ > most_body_ ? State::kTooLarge : State::kMore;
  }
  if (digits_ == 0 || (c != ';' && c != '\r')) return State::kMalformed;
  read_ += size_;
  if (read_ > most_body_) return State::kTooLarge;
  step_ = c == ';' ? Step::kExtension : Step::kSizeEnd;
  return State::kMore;
}

}  // namespace thuja::server
