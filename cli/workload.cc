// SPDX-License-Identifier: Apache-2.0
// Loading and checking of workloads.
//
// Tested by tests/conformance/workloads_test.cc.
#include "cli/workload.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "cli/conformance/answer.h"
#include "cli/files.h"

namespace thuja::cli {
namespace {

// The object that begins here. REQUIRES: the text is JSON, and there is one.
std::string_view ObjectAt(std::string_view text, size_t begin) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(begin, at + 1 - begin);
    }
  }
  return text.substr(begin);
}

// The answers come whole, or as one letter a decision (`A` or `D`) in the member `decisions`.
class Answers {
 public:
  explicit Answers(const Json& root) : whole_(root.elements) {
    if (const Json* letters = root.Find("decisions"); letters != nullptr) letters_ = letters->text;
  }

  size_t size() const { return letters_.empty() ? whole_.size() : letters_.size(); }

  // What was expected, if it is not what was answered.
  std::optional<std::string> Differs(size_t i, const Answer& actual) const {
    if (!letters_.empty()) {
      const bool allow = letters_[i] == 'A';
      return allow == actual.allow ? std::nullopt : std::optional(allow ? "allow" : "deny");
    }
    const Answer expected = ExpectedAnswer(whole_[i]);
    return expected == actual ? std::nullopt : std::optional(ToString(expected));
  }

 private:
  std::span<const Json> whole_;
  std::string_view letters_;
};

}  // namespace

std::shared_ptr<const JsonDocument> LoadJson(const std::string& path) {
  std::shared_ptr<const SourceText> source = ReadSource(path);
  if (source == nullptr) return nullptr;
  Diagnostics diagnostics;
  std::optional<JsonDocument> document = ReadJson(std::move(source), diagnostics);
  if (!ReportDiagnostics(diagnostics) || !document) return nullptr;
  return std::make_shared<const JsonDocument>(std::move(*document));
}

bool LoadRequests(const std::string& path, Workload* workload) {
  const std::shared_ptr<const JsonDocument> document = LoadJson(path);
  if (document == nullptr) return false;
  const Place top("requests");
  const std::span<const Json> elements = document->root().elements;
  Diagnostics diagnostics;
  for (size_t i = 0; i < elements.size(); ++i) {
    const Place place(top, i);
    std::optional<Request> request = ReadRequest(*document, elements[i], place, diagnostics);
    if (!request) continue;
    workload->requests.push_back(std::move(*request));
    workload->texts.push_back(std::make_shared<const SourceText>(
        place.ToString(),
        std::string(ObjectAt(document->source()->text(), elements[i].span.begin))));
  }
  if (!ReportDiagnostics(diagnostics)) return false;
  if (workload->requests.empty()) std::cerr << "thuja: error: " << path << ": no requests\n";
  return !workload->requests.empty();
}

SnapshotPaths WorkloadPaths(const std::string& folder) {
  const std::filesystem::path path(folder);
  const std::filesystem::path links = path / "links.json";
  return {.policies = {(path / "policies.cedar").string()},
          .entities = (path / "entities.json").string(),
          .entities_text = nullptr,
          .links = std::filesystem::exists(links) ? links.string() : ""};
}

std::unique_ptr<const Workload> LoadWorkload(const std::string& folder,
                                             const std::string& expected) {
  const std::filesystem::path path(folder);
  auto workload = std::make_unique<Workload>();
  workload->name = path.filename().string();
  workload->snapshot = LoadSnapshot(WorkloadPaths(folder));
  workload->expected = LoadJson(expected.empty() ? (path / "expected.json").string() : expected);
  if (workload->snapshot == nullptr || workload->expected == nullptr) return nullptr;
  if (!LoadRequests((path / "requests.json").string(), workload.get())) return nullptr;
  return workload;
}

std::string FindWrongAnswer(const Workload& workload) {
  const Answers answers(workload.expected->root());
  if (answers.size() != workload.requests.size()) {
    return std::to_string(workload.requests.size()) + " requests, but " +
           std::to_string(answers.size()) + " answers";
  }
  Scratch scratch;
  for (size_t i = 0; i < answers.size(); ++i) {
    const Answer actual =
        AnswerOf(*workload.snapshot, Decide(*workload.snapshot, workload.requests[i], scratch));
    const std::optional<std::string> expected = answers.Differs(i, actual);
    if (!expected) continue;
    return workload.name + " request " + std::to_string(i) + ": expected " + *expected + ", got " +
           ToString(actual);
  }
  return "";
}

}  // namespace thuja::cli
