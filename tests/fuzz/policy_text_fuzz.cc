// SPDX-License-Identifier: Apache-2.0
// Policy text of any kind: parsed, resolved and printed.
//
// Asserts that a text which is accepted comes back from the printer as the same tree, that the
// printer's text is its own canonical form, and that a text which is refused can be shown to its
// author: every diagnostic points into the text and renders.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/source.h"
#include "engine/func/resolve.h"
#include "engine/lang/parser.h"
#include "engine/lang/printer.h"

namespace thuja {
namespace {

void Require(bool holds, std::string_view what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%.*s:\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

std::vector<lang::Policy> Parse(std::string text, base::Diagnostics& diagnostics) {
  const auto source = std::make_shared<const base::SourceText>("fuzz.cedar", std::move(text));
  std::vector<lang::Policy> policies = lang::ParsePolicies(source, diagnostics);
  for (lang::Policy& policy : policies) func::ResolveCalls(policy, diagnostics);
  return policies;
}

void CheckDiagnostics(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics.kept()) {
    const base::Span span = diagnostic.span;
    Require(span.begin <= span.end && span.begin <= diagnostic.source->text().size(),
            "a span outside the text", diagnostic.message);
    const std::string shown = base::Render(diagnostic);
    Require(shown.starts_with("fuzz.cedar:"), "a diagnostic without its place", shown);
  }
  Require(!base::Render(diagnostics).empty(), "errors without a report", "");
}

void CheckPrinting(const lang::Policy& policy) {
  const std::string printed = lang::Print(policy);
  base::Diagnostics diagnostics;
  const std::vector<lang::Policy> again = Parse(printed, diagnostics);
  Require(diagnostics.empty(), "the printer's text is refused: " + base::Render(diagnostics),
          printed);
  Require(again.size() == 1, "one policy was printed as another number of them", printed);
  Require(lang::Dump(again[0]) == lang::Dump(policy), "the tree changed in printing", printed);
  Require(lang::Print(again[0]) == printed, "printing twice gives another text", printed);
}

}  // namespace
}  // namespace thuja

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  thuja::base::Diagnostics diagnostics;
  const auto policies =
      thuja::Parse(std::string(reinterpret_cast<const char*>(data), size), diagnostics);
  if (!diagnostics.empty()) {
    thuja::CheckDiagnostics(diagnostics);
    return 0;
  }
  for (const thuja::lang::Policy& policy : policies) thuja::CheckPrinting(policy);
  return 0;
}
