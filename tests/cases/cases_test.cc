// SPDX-License-Identifier: Apache-2.0
// Case files: a text and the exact report that it must cause, carets included.
//
// A case is `tests/cases/<kind>/<rule>.case`: the input, a line of dashes, the output. The kind
// says how the input is read: parser (policy text), entities, requests and grants (JSON), links
// (policy text, a line of equal signs, links as JSON). THUJA_UPDATE_CASES=1 rewrites the outputs
// instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/entities.h"
#include "engine/policies.h"
#include "server/grants/grant_json.h"

namespace thuja {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOutputLine = "----\n";
constexpr std::string_view kLinksLine = "====\n";

struct Case {
  fs::path path;
  std::string input;
  std::string output;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Bytes that an editor would hide or destroy are written `<U+FEFF>` or `<byte FF>` in case files.
std::string Unveil(std::string text) {
  const std::pair<std::string_view, std::string_view> kHidden[] = {{"<U+FEFF>", "\xEF\xBB\xBF"},
                                                                   {"<U+200B>", "\xE2\x80\x8B"},
                                                                   {"<byte FF>", "\xFF"},
                                                                   {"<CR>", "\r"},
                                                                   {"<TAB>", "\t"}};
  for (const auto& [name, bytes] : kHidden) {
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), bytes);
    }
  }
  return text;
}

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(THUJA_SOURCE_DIR) / "tests" / "cases")) {
    if (entry.path().extension() != ".case") continue;
    const std::string text = ReadFile(entry.path());
    const size_t line = text.find("\n" + std::string(kOutputLine));
    const size_t end = line == std::string::npos ? text.size() : line + 1;
    cases.push_back({entry.path(), text.substr(0, end),
                     line == std::string::npos ? "" : text.substr(end + kOutputLine.size())});
  }
  std::ranges::sort(cases, {}, &Case::path);
  return cases;
}

std::shared_ptr<const SourceText> Text(const char* name, std::string text) {
  return std::make_shared<const SourceText>(name, std::move(text));
}

std::optional<PolicySet> ParseText(std::string text, Diagnostics& diagnostics) {
  const std::shared_ptr<const SourceText> sources[] = {Text("policies.cedar", std::move(text))};
  return ParsePolicySet(sources, PolicyIds::kPosition, diagnostics);
}

void Read(const Case& test, Diagnostics& diagnostics) {
  const std::string kind = test.path.parent_path().filename().string();
  std::string input = Unveil(test.input);
  if (kind == "parser") {
    ParseText(std::move(input), diagnostics);
  } else if (kind == "entities") {
    ReadEntities(Text("entities.json", std::move(input)), diagnostics, 10);
  } else if (kind == "requests") {
    ReadRequest(Text("request.json", std::move(input)), diagnostics);
  } else if (kind == "grants") {
    server::ReadGrantRequest(input, "grant.json", diagnostics);
  } else if (kind == "links") {
    const size_t line = input.find(kLinksLine);
    ASSERT_NE(line, std::string::npos) << test.path;
    std::optional<PolicySet> policies = ParseText(input.substr(0, line), diagnostics);
    ASSERT_TRUE(policies) << test.path;
    LinkPolicies(Text("links.json", input.substr(line + kLinksLine.size())), *policies,
                 diagnostics);
  } else {
    FAIL() << test.path << ": there is no kind of cases `" << kind << "`";
  }
}

TEST(Cases, EveryCaseIsReportedExactly) {
  const bool update = std::getenv("THUJA_UPDATE_CASES") != nullptr;
  for (const Case& test : AllCases()) {
    Diagnostics diagnostics;
    Read(test, diagnostics);
    const std::string actual = Render(diagnostics);
    if (update) {
      std::ofstream(test.path, std::ios::binary) << test.input << kOutputLine << actual;
    } else {
      EXPECT_EQ(actual, test.output) << test.path;
      EXPECT_FALSE(actual.empty()) << test.path << " reports nothing";
    }
  }
}

TEST(Cases, EveryKindOfDiagnosticIsShownByACase) {
  std::set<DiagnosticKind> shown;
  for (const Case& test : AllCases()) {
    Diagnostics diagnostics;
    Read(test, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.kept()) shown.insert(diagnostic.kind);
  }
  for (size_t i = 0; i < base::kDiagnosticKindCount; ++i) {
    const auto kind = static_cast<DiagnosticKind>(i);
    EXPECT_TRUE(shown.contains(kind)) << DiagnosticCode(kind) << " is shown by no case";
  }
}

}  // namespace
}  // namespace thuja
