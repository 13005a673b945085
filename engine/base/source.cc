// SPDX-License-Identifier: Apache-2.0
// Line lookup in source texts.
//
// Tested by tests/unit/base/source_test.cc.
#include "engine/base/source.h"

#include <algorithm>
#include <utility>

namespace thuja::base {

namespace {

// One byte that is no UTF-8, in place of a text that is too large.
constexpr std::string_view kTooLarge = "\xFF";

}  // namespace

Span Join(Span a, Span b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

SourceText::SourceText(std::string name, std::string text)
    : name_(std::move(name)),
      text_(text.size() <= kMaxSourceBytes ? std::move(text) : std::string(kTooLarge)) {
  line_starts_.push_back(0);
  for (size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<uint32_t>(at + 1));
  }
}

std::string_view SourceText::Slice(Span span) const {
  const size_t begin = std::min<size_t>(span.begin, text_.size());
  const size_t end = std::clamp<size_t>(span.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

Span SourceText::LineOf(uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const uint32_t begin = *(after - 1);
  uint32_t end = after == line_starts_.end() ? static_cast<uint32_t>(text_.size()) : *after - 1;
  if (end > begin && text_[end - 1] == '\r') --end;
  return {begin, end};
}

LineColumn SourceText::Locate(uint32_t offset) const {
  offset = std::min(offset, static_cast<uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  LineColumn place;
  place.line = static_cast<uint32_t>(after - line_starts_.begin());
  for (uint32_t i = *(after - 1); i < offset; ++i) {
    // Continuation bytes belong to the scalar that was counted at its first byte.
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++place.column;
  }
  return place;
}

LentText::LentText(std::string_view name, std::string_view text)
    : name_(name), text_(text.size() <= kMaxSourceBytes ? text : kTooLarge) {}

LentText::LentText(std::shared_ptr<const SourceText> source)
    : text_(source->text()), source_(std::move(source)) {}

const std::shared_ptr<const SourceText>& LentText::source() const {
  if (source_ == nullptr) {
    source_ = std::make_shared<const SourceText>(std::string(name_), std::string(text_));
  }
  return source_;
}

}  // namespace thuja::base
