// SPDX-License-Identifier: Apache-2.0
// Wording and rendering of diagnostics.
//
// Tested by tests/unit/base/diagnostic_test.cc and, with every kind's exact output, by
// tests/cases/cases_test.cc.
#include "engine/base/diagnostic.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "engine/base/text.h"

namespace thuja::base {
namespace {

struct KindInfo {
  std::string_view code;
  std::string_view wording;
};

constexpr KindInfo kKinds[] = {
#define THUJA_DIAGNOSTIC(name, code, wording) {code, wording},
#include "engine/base/diagnostics.def"
#undef THUJA_DIAGNOSTIC
};

// How many columns of a long line are shown, and how many of them before the span.
constexpr size_t kWindow = 120;
constexpr size_t kWindowBefore = 40;

// A name may be as long as its text; a message about it need not be.
std::string Shorten(std::string_view argument) {
  constexpr size_t kLongest = 300;
  if (argument.size() <= kLongest) return std::string(argument);
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(argument[end]) & 0xC0) == 0x80) --end;
  return std::string(argument.substr(0, end)) + "...";
}

std::string Fill(std::string_view wording, std::initializer_list<std::string_view> arguments) {
  std::string out;
  for (size_t i = 0; i < wording.size(); ++i) {
    const bool placeholder = wording[i] == '{' && i + 2 < wording.size() && wording[i + 2] == '}';
    if (!placeholder) {
      out.push_back(wording[i]);
      continue;
    }
    const auto index = static_cast<size_t>(wording[i + 1] - '0');
    if (index < arguments.size()) out.append(Shorten(arguments.begin()[index]));
    i += 2;
  }
  return out;
}

// The part of a line that is shown. Each byte position maps to a column of the shown text, so that
// the carets stand below what they mean.
struct ShownLine {
  std::string text;
  size_t caret_begin = 0;
  size_t caret_end = 0;
};

void AppendVisible(char32_t scalar, std::string* out) {
  AppendScalar(scalar == '\t' ? U' ' : IsInvisible(scalar) ? 0xFFFD : scalar, out);
}

ShownLine Show(std::string_view line, size_t begin, size_t end) {
  size_t from = begin > kWindowBefore && line.size() > kWindow ? begin - kWindowBefore : 0;
  while (from > 0 && (static_cast<unsigned char>(line[from]) & 0xC0) == 0x80) --from;
  ShownLine shown;
  size_t columns = 0;
  if (from > 0) {
    shown.text = "...";
    columns = 3;
  }
  size_t i = from;
  shown.caret_begin = columns;
  for (; i < line.size() && i < from + kWindow; ++columns) {
    if (i <= begin) shown.caret_begin = columns;
    if (i < end) shown.caret_end = columns + 1;
    const std::optional<char32_t> scalar = DecodeScalar(line, &i);
    if (!scalar) ++i;
    AppendVisible(scalar.value_or(0xFFFD), &shown.text);
  }
  if (begin >= line.size()) shown.caret_begin = columns;
  if (i < line.size()) shown.text += "...";
  shown.caret_end = std::max(shown.caret_end, shown.caret_begin + 1);
  return shown;
}

}  // namespace

const size_t kDiagnosticKindCount = std::size(kKinds);

std::string_view DiagnosticCode(DiagnosticKind kind) {
  return kKinds[static_cast<size_t>(kind)].code;
}

void Diagnostics::Add(DiagnosticKind kind, std::shared_ptr<const SourceText> source, Span span,
                      std::initializer_list<std::string_view> arguments) {
  ++count_;
  if (kept_.size() >= kMaxKept) return;
  std::string message = Fill(kKinds[static_cast<size_t>(kind)].wording, arguments);
  // Stages report in their own order; a reader wants the order of the text. Sources stay in the
  // order in which they were first heard of.
  auto place = kept_.end();
  while (place != kept_.begin() && (place - 1)->source == source &&
         (place - 1)->span.begin > span.begin) {
    --place;
  }
  kept_.insert(place, {kind, std::move(source), span, std::move(message)});
}

std::string Render(const Diagnostic& diagnostic) {
  const SourceText& source = *diagnostic.source;
  const LineColumn place = source.Locate(diagnostic.span.begin);
  const Span line = source.LineOf(diagnostic.span.begin);
  const ShownLine shown =
      Show(source.Slice(line), std::max(diagnostic.span.begin, line.begin) - line.begin,
           std::min(diagnostic.span.end, line.end) - line.begin);
  std::string out = source.name() + ":" + std::to_string(place.line) + ":" +
                    std::to_string(place.column) + ": error: " + diagnostic.message + "\n";
  out += "  " + shown.text + "\n";
  out += "  " + std::string(shown.caret_begin, ' ') +
         std::string(shown.caret_end - shown.caret_begin, '^') + "\n";
  return out;
}

std::string Render(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.kept()) out += Render(diagnostic);
  const size_t more = diagnostics.count() - diagnostics.kept().size();
  if (more > 0) out += "and " + std::to_string(more) + " more errors\n";
  return out;
}

std::string Quote(std::string_view text) {
  constexpr size_t kMaxShown = 60;
  std::string out = "`";
  for (size_t i = 0; i < text.size();) {
    if (out.size() > kMaxShown) {
      out += "...";
      break;
    }
    const std::optional<char32_t> scalar = DecodeScalar(text, &i);
    if (!scalar) ++i;
    if (scalar && !IsInvisible(*scalar)) {
      AppendScalar(*scalar, &out);
    } else {
      std::array<char, 16> escape;
      std::snprintf(escape.data(), escape.size(), "\\u{%x}",
                    static_cast<unsigned>(scalar.value_or(0xFFFD)));
      out += escape.data();
    }
  }
  return out + "`";
}

}  // namespace thuja::base
