// SPDX-License-Identifier: Apache-2.0
// Flags to members.
//
// Tested by tests/unit/cli/grant_flags_test.cc.
#include "cli/grants/grant_flags.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "cli/grants/duration.h"
#include "cli/grants/json_object.h"
#include "engine/entities.h"
#include "engine/json.h"

namespace thuja::cli {
namespace {

enum class Form { kUid, kText, kDuration, kCount };

struct Flag {
  const char* name;
  const char* key;  // of the request
  Form form;
  std::optional<std::string> GrantFlags::*value;
  const char* help;
};

constexpr Flag kFlags[] = {
    {"--holder", "holder", Form::kUid, &GrantFlags::holder,
     "Who may use it, such as Thuja::Agent::\"fix-bot\""},
    {"--class", "class", Form::kText, &GrantFlags::agent_class, "Class of agents that it is of"},
    {"--task", "task", Form::kText, &GrantFlags::task, "Task that it is for"},
    {"--tenant", "tenant", Form::kText, &GrantFlags::tenant, "Only calls of this tenant"},
    {"--workflow", "workflow", Form::kText, &GrantFlags::workflow, "Workflow of the task"},
    {"--step", "step", Form::kText, &GrantFlags::step, "Only calls of this step of the workflow"},
    {"--environment", "environment", Form::kText, &GrantFlags::environment,
     "Only calls in this environment"},
    {"--deployment", "deployment", Form::kText, &GrantFlags::deployment,
     "Only calls of this build of the agent"},
    {"--not-before", "not_before", Form::kText, &GrantFlags::not_before,
     "When it begins, such as 2026-03-02T09:00:00Z"},
    {"--ttl", "ttl", Form::kDuration, &GrantFlags::ttl,
     "How long it lasts, such as 90s, 10m, 1h30m (as long as the class allows)"},
    {"--heartbeat", "heartbeat", Form::kDuration, &GrantFlags::heartbeat,
     "It ends when no heartbeat comes for so long"},
    {"--calls", "calls", Form::kCount, &GrantFlags::calls, "How many calls it is good for"},
};

absl::StatusOr<std::string> Refuse(std::string_view flag, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(flag), ": ", std::string(why)));
}

absl::StatusOr<std::string> TextJson(const std::string& flag, const std::string& text) {
  if (!IsValidUtf8(text)) return Refuse(flag, "expected UTF-8, got " + Quote(text));
  return QuoteJson(text);
}

absl::StatusOr<std::string> CountJson(const std::string& flag, const std::string& text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || behind != end || number < 0) {
    return Refuse(flag, "expected a whole number, got " + Quote(text));
  }
  return std::to_string(number);
}

absl::StatusOr<std::string> ValueJson(const Flag& flag, const std::string& text) {
  switch (flag.form) {
    case Form::kUid: return UidJson(flag.name, text);
    case Form::kText: return TextJson(flag.name, text);
    case Form::kCount: return CountJson(flag.name, text);
    case Form::kDuration: break;
  }
  const absl::StatusOr<int64_t> seconds = ParseDuration(text);
  if (!seconds.ok()) return Refuse(flag.name, std::string(seconds.status().message()));
  return std::to_string(*seconds);
}

// Members of an object that a text holds and nothing else.
absl::StatusOr<JsonObject> ReadObject(const std::shared_ptr<const SourceText>& source) {
  Diagnostics diagnostics;
  const std::optional<JsonDocument> document = ReadJson(source, diagnostics);
  if (!diagnostics.empty()) return absl::InvalidArgumentError(FirstLine(diagnostics));
  if (!document || !document->root().IsObject()) {
    return absl::InvalidArgumentError(absl::StrCat(source->name(), ": expected a JSON object"));
  }
  return JsonObject(document->root());
}

// The lists: what a flag says once or more takes the place of the file's whole list.
absl::Status SetLists(const GrantFlags& flags, JsonObject& request) {
  std::vector<std::string> tools;
  for (const std::string& tool : flags.tools) {
    absl::StatusOr<std::string> json = TextJson("--tool", tool);
    if (!json.ok()) return json.status();
    tools.push_back(*std::move(json));
  }
  for (const std::string& tool : flags.tool_objects) {
    const auto object = ReadObject(std::make_shared<const SourceText>("--tool-json", tool));
    if (!object.ok()) return object.status();
    tools.push_back(object->ToString());
  }
  if (!tools.empty()) request.Set("tools", JsonArray(tools));
  std::vector<std::string> resources;
  for (const std::string& resource : flags.resources) {
    absl::StatusOr<std::string> json = TextJson("--resource", resource);
    if (!json.ok()) return json.status();
    resources.push_back(*std::move(json));
  }
  if (!resources.empty()) request.Set("resources", JsonArray(resources));
  return absl::OkStatus();
}

absl::Status CheckComplete(const JsonObject& request, GrantRequestKind kind) {
  struct Required {
    const char* key;
    const char* flag;
    bool also_delegated;
  };
  constexpr Required kRequired[] = {{"holder", "--holder", true},
                                    {"class", "--class", true},
                                    {"task", "--task", false},
                                    {"tools", "--tool or --tool-json", false}};
  std::string missing;
  for (const Required& member : kRequired) {
    if (kind == GrantRequestKind::kDelegate && !member.also_delegated) continue;
    if (!request.Has(member.key)) missing += absl::StrCat(missing.empty() ? "" : ", ", member.flag);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the request lacks ", missing));
}

}  // namespace

std::string FirstLine(const Diagnostics& diagnostics) {
  const Diagnostic& first = diagnostics.kept().front();
  const LineColumn place = first.source->Locate(first.span.begin);
  return absl::StrCat(first.source->name(), ":", place.line, ":", place.column, ": ",
                      first.message);
}

absl::StatusOr<std::string> UidJson(const std::string& flag, const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<EntityUid> uid =
      ParseEntityUid(std::make_shared<const SourceText>(flag, text), diagnostics);
  if (!diagnostics.empty()) return absl::InvalidArgumentError(FirstLine(diagnostics));
  JsonObject object;
  object.SetText("type", uid->type);
  object.SetText("id", uid->id);
  return object.ToString();
}

void AddGrantFlags(CLI::App& app, GrantFlags& flags) {
  for (const Flag& flag : kFlags) app.add_option(flag.name, flags.*flag.value, flag.help);
  // One value each time, so that what follows is not taken for another.
  app.add_option("--tool", flags.tools,
                 "Pattern of tools that it reaches, such as git/*; repeat it")
      ->allow_extra_args(false);
  app.add_option(
         "--tool-json", flags.tool_objects,
         "The same with limits of arguments: {\"tool\": ..., \"arguments\": ...}; repeat it")
      ->allow_extra_args(false);
  app.add_option("--resource", flags.resources,
                 "Pattern of resources that it reaches (all); repeat it")
      ->allow_extra_args(false);
  app.add_flag("--pending", flags.pending, "It is not in force before it is activated");
  app.add_flag("--credential", flags.credential, "Make a task credential, which is shown once");
  app.add_option("--from", flags.from,
                 "The request as JSON, from a file or - for standard input; flags replace what it "
                 "says");
}

absl::StatusOr<std::string> MakeGrantRequest(const GrantFlags& flags,
                                             const std::shared_ptr<const SourceText>& file,
                                             GrantRequestKind kind) {
  JsonObject request;
  if (file != nullptr) {
    absl::StatusOr<JsonObject> read = ReadObject(file);
    if (!read.ok()) return read.status();
    request = *std::move(read);
  }
  for (const Flag& flag : kFlags) {
    const std::optional<std::string>& text = flags.*flag.value;
    if (!text) continue;
    absl::StatusOr<std::string> json = ValueJson(flag, *text);
    if (!json.ok()) return json.status();
    request.Set(flag.key, *std::move(json));
  }
  if (const absl::Status status = SetLists(flags, request); !status.ok()) return status;
  if (flags.pending) request.Set("pending", "true");
  if (flags.credential) request.Set("credential", "true");
  if (const absl::Status status = CheckComplete(request, kind); !status.ok()) return status;
  return request.ToString();
}

}  // namespace thuja::cli
