// SPDX-License-Identifier: Apache-2.0
// Where a piece of text came from: a named source, and spans of bytes in it.
//
// Every error that a policy author can fix points into a SourceText. Offsets are bytes of UTF-8;
// lines and columns are computed only when something is shown to a person.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::base {

// A half-open range of bytes, [begin, end), in one source.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  friend bool operator==(Span, Span) = default;
};

// The smallest span that holds both.
Span Join(Span a, Span b);

// A place for people: both count from 1; `column` counts Unicode scalars.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

// The most bytes that one source may hold; spans are 32 bits wide.
inline constexpr size_t kMaxSourceBytes = size_t{1} << 31;

// A text with a name, usually a file's path. Immutable, so it can be shared between threads. Of a
// text beyond kMaxSourceBytes only one byte is kept, which is no UTF-8 and which every reader
// refuses: half of it must never be taken for the whole.
class SourceText {
 public:
  SourceText(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  // The bytes of `span`, cut to the text.
  std::string_view Slice(Span span) const;

  LineColumn Locate(uint32_t offset) const;

  // The line (without its newline) that holds `offset`, as a span.
  Span LineOf(uint32_t offset) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;  // offset of each line's first byte
};

// A text that is read where it lies. Most texts that a server reads have nothing wrong with them:
// only the one that has is copied into a SourceText, which its diagnostics then share. Pass it on
// by reference: a copy makes a SourceText of its own. Not thread-safe.
class LentText {
 public:
  LentText() = default;
  // Whoever lends them keeps `name` and `text` until reading is over. Of a text beyond
  // kMaxSourceBytes as much is read as a SourceText would keep of it.
  LentText(std::string_view name, std::string_view text);
  // A text that has a source already.
  LentText(std::shared_ptr<const SourceText> source);  // NOLINT: one is as good as the other

  std::string_view text() const { return text_; }

  // What diagnostics point into.
  const std::shared_ptr<const SourceText>& source() const;

 private:
  std::string_view name_;
  std::string_view text_;
  mutable std::shared_ptr<const SourceText> source_;  // null until it is asked for
};

}  // namespace thuja::base
