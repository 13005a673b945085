// SPDX-License-Identifier: Apache-2.0
// Errors that the author of a text can fix, with the place and what was expected there.
//
// Stages that read text take a Diagnostics sink and go on after an error, so that one run reports
// many. The kinds, with their wording, are the rows of diagnostics.def; a message is lower case,
// has no full stop, puts the author's own text in backticks, and a hint follows a semicolon.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/source.h"

namespace thuja::base {

enum class DiagnosticKind : uint8_t {
#define THUJA_DIAGNOSTIC(name, code, wording) name,
#include "engine/base/diagnostics.def"
#undef THUJA_DIAGNOSTIC
};

// How many kinds there are; DiagnosticKind runs from 0 to this.
extern const size_t kDiagnosticKindCount;

// The stable machine-readable name of a kind, such as `unexpected-token`.
std::string_view DiagnosticCode(DiagnosticKind kind);

struct Diagnostic {
  DiagnosticKind kind;
  std::shared_ptr<const SourceText> source;
  Span span;
  std::string message;
};

// Collects diagnostics of one run. Not thread-safe.
class Diagnostics {
 public:
  // Beyond this many the rest is only counted: a hostile text must not fill the memory.
  static constexpr size_t kMaxKept = 100;

  // Adds an error; `arguments` fill `{0}`, `{1}`, ... of the kind's wording.
  void Add(DiagnosticKind kind, std::shared_ptr<const SourceText> source, Span span,
           std::initializer_list<std::string_view> arguments);

  bool empty() const { return count_ == 0; }
  size_t count() const { return count_; }

  // At most kMaxKept, in the order of their places.
  const std::vector<Diagnostic>& kept() const { return kept_; }

 private:
  std::vector<Diagnostic> kept_;
  size_t count_ = 0;
};

// One diagnostic as `name:line:column: error: message`, the line it points at, and carets below
// the span. Long lines are cut to a window around the span; control characters are made visible.
std::string Render(const Diagnostic& diagnostic);

// All of them, one after another, and a last line that counts those that were not kept.
std::string Render(const Diagnostics& diagnostics);

// Quotes `text` for a message: in backticks, control characters escaped, cut at 60 bytes.
std::string Quote(std::string_view text);

}  // namespace thuja::base
