// SPDX-License-Identifier: Apache-2.0
// Decoding of paths, once and strictly, and templates over them.
//
// Tested by tests/unit/dialects/request_path_test.cc and tests/fuzz/forward_auth_fuzz.cc.
#include "server/dialects/request_path.h"

#include <algorithm>

#include "engine/diagnostics.h"

namespace thuja::server {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Nothing if an escape is not one, or stands for what no segment may hold.
std::optional<std::string> DecodeSegment(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    const bool escaped = c == '%';
    if (escaped) {
      const int high = i + 2 < raw.size() ? HexDigit(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? HexDigit(raw[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    // A target holds no plain space; a server that cuts there would read another path.
    if (!escaped && c == ' ') return std::nullopt;
    // Some servers cut a segment off at its first `;`, others do not.
    if (c == ';' || IsControl(c) || c == '/' || c == '\\' || (escaped && c == '%'))
      return std::nullopt;
    out.push_back(c);
  }
  return out;
}

bool IsDotSegment(std::string_view segment) { return segment == "." || segment == ".."; }

}  // namespace

std::optional<RequestPath> RequestPath::Parse(std::string_view raw) {
  if (!raw.starts_with('/')) return std::nullopt;
  RequestPath path;
  for (size_t begin = 1; begin <= raw.size();) {
    const size_t end = std::min(raw.find('/', begin), raw.size());
    std::optional<std::string> segment = DecodeSegment(raw.substr(begin, end - begin));
    if (!segment || IsDotSegment(*segment) || !IsValidUtf8(*segment)) return std::nullopt;
    const bool last = end == raw.size();
    if (segment->empty() && !last) return std::nullopt;
    path.text += "/" + *segment;
    path.segments.push_back(std::move(*segment));
    begin = end + 1;
  }
  return path;
}

std::optional<PathTemplate> PathTemplate::Parse(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  PathTemplate out;
  for (size_t begin = 1; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    std::string_view segment = text.substr(begin, end - begin);
    Part part;
    if (segment.starts_with('{') && segment.ends_with('}')) {
      segment = segment.substr(1, segment.size() - 2);
      part.is_place = true;
      part.takes_rest = segment.ends_with('*');
      if (part.takes_rest) segment.remove_suffix(1);
      if (segment.empty() || out.Has(segment)) return std::nullopt;
      if (part.takes_rest && end != text.size()) return std::nullopt;
    }
    if (segment.find_first_of("{}*%") != std::string_view::npos) return std::nullopt;
    if (segment.empty() && end != text.size()) return std::nullopt;
    part.text = segment;
    out.parts_.push_back(std::move(part));
    begin = end + 1;
  }
  return out;
}

bool PathTemplate::Has(std::string_view name) const {
  return std::ranges::any_of(parts_,
                             [&](const Part& part) { return part.is_place && part.text == name; });
}

std::optional<PathTemplate::Captures> PathTemplate::Match(const RequestPath& path) const {
  Captures captures;
  const std::vector<std::string>& segments = path.segments;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (i >= segments.size()) return std::nullopt;
    const Part& part = parts_[i];
    if (!part.is_place) {
      if (segments[i] != part.text) return std::nullopt;
    } else if (segments[i].empty()) {
      return std::nullopt;
    } else if (part.takes_rest) {
      std::string rest = segments[i];
      for (size_t k = i + 1; k < segments.size(); ++k) rest += "/" + segments[k];
      captures.emplace_back(part.text, std::move(rest));
      return captures;
    } else {
      captures.emplace_back(part.text, segments[i]);
    }
  }
  if (segments.size() != parts_.size()) return std::nullopt;
  return captures;
}

std::string Fill(std::string_view pattern, const PathTemplate::Captures& captures) {
  std::string out;
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    for (const auto& [place, text] : captures) {
      if (place == name) out += text;
    }
    pattern.remove_prefix(close + 1);
  }
  return out;
}

bool CheckPattern(std::string_view pattern, const PathTemplate& path) {
  for (size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{', open + 1)) {
    const size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return false;
    if (!path.Has(pattern.substr(open + 1, close - open - 1))) return false;
  }
  return true;
}

}  // namespace thuja::server
