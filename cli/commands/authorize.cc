// SPDX-License-Identifier: Apache-2.0
// `thuja authorize`: one request, or a stream of them, decided offline.
//
// Tested by tests/unit/cli/authorize_test.cc.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/report.h"
#include "engine/json.h"

namespace thuja::cli {
namespace {

enum class Format { kText, kJson };

struct AuthorizeOptions {
  SnapshotPaths paths;
  std::string request;
  std::string requests;
  std::string principal;
  std::string action;
  std::string resource;
  std::string context;
  Format format = Format::kText;
  DecideOptions decide;
  bool explain = false;
};

bool ReadUidOption(const std::string& name, const std::string& text, EntityUid* uid,
                   Diagnostics& diagnostics) {
  const auto source = std::make_shared<const SourceText>("--" + name, text);
  std::optional<EntityUid> parsed = ParseEntityUid(source, diagnostics);
  if (parsed) *uid = std::move(*parsed);
  return parsed.has_value();
}

// The request of --request, or of --principal, --action, --resource and --context.
std::optional<Request> LoadRequest(const AuthorizeOptions& options, Diagnostics& diagnostics) {
  if (!options.request.empty()) {
    std::shared_ptr<const SourceText> source = ReadSource(options.request);
    if (source == nullptr) return std::nullopt;
    return ReadRequest(std::move(source), diagnostics);
  }
  std::optional<Request> request(std::in_place);
  bool read = ReadUidOption("principal", options.principal, &request->principal, diagnostics);
  read &= ReadUidOption("action", options.action, &request->action, diagnostics);
  read &= ReadUidOption("resource", options.resource, &request->resource, diagnostics);
  if (!options.context.empty()) {
    std::shared_ptr<const SourceText> source = ReadSource(options.context);
    if (source == nullptr) return std::nullopt;
    const auto context = ReadContext(std::move(source), request->arena, diagnostics);
    if (context) request->context = *context;
    read &= context.has_value();
  }
  return read ? std::move(request) : std::nullopt;
}

int AuthorizeOne(const AuthorizeOptions& options, const Snapshot& snapshot) {
  Diagnostics diagnostics;
  const std::optional<Request> request = LoadRequest(options, diagnostics);
  if (!ReportDiagnostics(diagnostics) || !request) return kFailure;
  Scratch scratch;
  const Decision decision = Decide(snapshot, *request, scratch, options.decide);
  if (IsRefusal(decision.code)) {
    std::cerr << "thuja: error: " << RefusalText(decision.code) << "\n";
    return kFailure;
  }
  std::cout << (options.format == Format::kJson
                    ? DecisionJson(snapshot, *request, decision, options.decide, options.explain) +
                          "\n"
                    : DecisionText(snapshot, *request, decision, options.decide, options.explain));
  return decision.allowed() ? kSuccess : kDeny;
}

// Decides many requests; each gives one line, in their order.
class BatchAuthorizer {
 public:
  BatchAuthorizer(const Snapshot& snapshot, const DecideOptions& options, bool explain)
      : snapshot_(snapshot), options_(options), explain_(explain) {}

  // An array is one document; anything else is a document a line. False if any failed.
  bool Run(const std::shared_ptr<const SourceText>& source) {
    const std::string_view text = source->text();
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != std::string_view::npos && text[begin] == '[') {
      RunArray(source);
    } else {
      RunLines(*source);
    }
    return failed_ == 0;
  }

 private:
  void RunArray(const std::shared_ptr<const SourceText>& source) {
    Diagnostics diagnostics;
    const std::optional<JsonDocument> document = ReadJson(source, diagnostics);
    if (!document) return Fail(diagnostics);
    const Place top("requests");
    for (size_t i = 0; i < document->root().elements.size(); ++i) {
      Diagnostics problems;
      const auto request =
          ReadRequest(*document, document->root().elements[i], Place(top, i), problems);
      if (request) {
        Answer(*request);
      } else {
        Fail(problems);
      }
    }
  }

  void RunLines(const SourceText& source) {
    std::string_view rest = source.text();
    for (size_t number = 1; !rest.empty(); ++number) {
      const size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      Diagnostics problems;
      const auto request =
          ReadRequest(std::make_shared<const SourceText>(
                          source.name() + " line " + std::to_string(number), std::string(line)),
                      problems);
      if (request) {
        Answer(*request);
      } else {
        Fail(problems);
      }
    }
  }

  void Answer(const Request& request) {
    const Decision decision = Decide(snapshot_, request, scratch_, options_);
    if (IsRefusal(decision.code)) return FailWith(RefusalText(decision.code));
    std::cout << DecisionJson(snapshot_, request, decision, options_, explain_) << "\n";
  }

  void Fail(const Diagnostics& diagnostics) {
    const Diagnostic& first = diagnostics.kept().front();
    const LineColumn place = first.source->Locate(first.span.begin);
    FailWith(first.source->name() + ":" + std::to_string(place.line) + ":" +
             std::to_string(place.column) + ": " + first.message);
  }

  void FailWith(const std::string& message) {
    ++failed_;
    std::cout << "{\"error\":" << QuoteJson(message) << "}\n";
  }

  const Snapshot& snapshot_;
  const DecideOptions options_;
  const bool explain_;
  Scratch scratch_;
  size_t failed_ = 0;
};

int AuthorizeMany(const AuthorizeOptions& options, const Snapshot& snapshot) {
  const std::shared_ptr<const SourceText> source = ReadSource(options.requests);
  if (source == nullptr) return kFailure;
  return BatchAuthorizer(snapshot, options.decide, options.explain).Run(source) ? kSuccess
                                                                                : kFailure;
}

// Standard input can be read once; whoever came second would find it empty.
bool ReadsStandardInputOnce(const AuthorizeOptions& options) {
  std::vector<std::string> paths = options.paths.policies;
  paths.insert(paths.end(), {options.paths.entities, options.paths.links, options.request,
                             options.requests, options.context});
  if (std::ranges::count(paths, "-") <= 1) return true;
  std::cerr << "thuja: error: only one of the inputs can be standard input (-)\n";
  return false;
}

int RunAuthorize(const AuthorizeOptions& options) {
  if (!ReadsStandardInputOnce(options)) return kFailure;
  const std::shared_ptr<const Snapshot> snapshot = LoadSnapshot(options.paths);
  if (snapshot == nullptr) return kFailure;
  return options.requests.empty() ? AuthorizeOne(options, *snapshot)
                                  : AuthorizeMany(options, *snapshot);
}

}  // namespace

std::function<int()> DeclareAuthorize(CLI::App& app) {
  const auto options = std::make_shared<AuthorizeOptions>();
  app.footer(
      "Exit status: 0 allow, 2 deny, 1 anything wrong. With --requests: 0 if all were decided, "
      "1 if any failed.");
  AddSnapshotOptions(app, options->paths);
  app.get_option("--entities")->required();
  AddEvaluatorOption(app, options->decide);
  app.add_flag("--explain", options->explain,
               "Of an allow the policies that made it, of a deny the nearest permits and the first "
               "part of each that did not hold");
  app.add_option("--format", options->format, "text or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));

  // Exactly one way to say what is asked.
  CLI::Option_group* question = app.add_option_group("request", "What is asked");
  CLI::Option* request = question->add_option("--request", options->request, "One request as JSON");
  CLI::Option* requests = question->add_option("--requests", options->requests,
                                               "Many requests: a JSON array, or JSON lines");
  CLI::Option* principal =
      question->add_option("--principal", options->principal, "Who, such as Agent::\"alice\"");
  CLI::Option* action = question->add_option("--action", options->action, "Does what");
  CLI::Option* resource = question->add_option("--resource", options->resource, "On what");
  CLI::Option* context = question->add_option("--context", options->context, "Context as JSON");
  request->excludes(requests);
  for (CLI::Option* part : {principal, action, resource, context}) {
    part->excludes(request)->excludes(requests);
  }
  principal->needs(action)->needs(resource);
  action->needs(principal);
  resource->needs(principal);
  context->needs(principal);
  question->require_option(1, 0);

  return [options] { return RunAuthorize(*options); };
}

}  // namespace thuja::cli
