// SPDX-License-Identifier: Apache-2.0
// The transfer coding `chunked` (RFC 9112 section 7.1), undone.
//
// Ours and not Beast's: that one takes bare line feeds in a chunk's line, and asserts when the last
// chunk comes in pieces. Extensions and trailer fields are read past and dropped, so that nothing
// behind the header can add to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace thuja::server {

class ChunkedBody {
 public:
  enum class State : uint8_t { kMore, kDone, kMalformed, kTooLarge };

  // `most_body` bytes of data; `most_line` bytes of an extension, and of all trailer fields.
  ChunkedBody(size_t most_body, size_t most_line) : most_body_(most_body), most_line_(most_line) {}

  // Takes bytes from the front, appends data to `body`; leaves what follows the last chunk.
  // REQUIRES: the state before was kMore.
  State Feed(std::string_view* bytes, std::string* body);

 private:
  enum class Step : uint8_t {
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataReturn,
    kDataEnd,
    kTrailerBegin,
    kTrailerName,
    kTrailerValue,
    kTrailerEnd,
    kLastEnd,
  };

  // One byte that is not data.
  State Take(char c);
  State TakeSize(char c);

  const size_t most_body_;
  const size_t most_line_;
  Step step_ = Step::kSize;
  uint64_t size_ = 0;   // of the chunk; of its data, what is still to come
  int digits_ = 0;      // of the size
  size_t read_ = 0;     // bytes of data so far
  size_t skipped_ = 0;  // bytes of the extension, or of the trailer
};

}  // namespace thuja::server
