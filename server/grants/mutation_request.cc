// SPDX-License-Identifier: Apache-2.0
// Bodies, and the id of a request.
//
// Tested by tests/grants_api/mutation_request_test.cc and
// tests/grants_api/hostile_bodies_test.cc.
#include "server/grants/mutation_request.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/decision/digest.h"
#include "server/grants/form.h"
#include "server/grants/grant_json.h"
#include "server/http/json_body.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;

constexpr size_t kLongestRequestId = 128;

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

// The parts that all mutations have. Method, path and body are what has to be the same when a
// request is repeated; no line break is in the first two.
absl::StatusOr<Mutation> ReadCommon(const HttpRequest& request) {
  Mutation mutation;
  const HttpRequest::Occurrence id = request.Find("Idempotency-Key");
  if (id.count > 0) {
    const bool visible = std::ranges::all_of(id.value, [](char c) { return c > 0x20 && c < 0x7f; });
    if (id.count > 1 || id.value.empty() || id.value.size() > kLongestRequestId || !visible) {
      return Invalid("Idempotency-Key has to be 1 to " + std::to_string(kLongestRequestId) +
                     " visible ASCII characters, once");
    }
    mutation.request_id = id.value;
  }
  Sha256 sha256;
  for (const std::string_view part : {request.method, request.path}) {
    sha256.Update(part);
    sha256.Update("\n");
  }
  sha256.Update(request.body);
  mutation.digest = sha256.Finish();
  return mutation;
}

absl::Status CheckBody(const HttpRequest& request) {
  if (HasJsonBody(request)) return absl::OkStatus();
  return Invalid("the Content-Type must be application/json");
}

// A body that is an object, and what is wrong with it.
class Form {
 public:
  static constexpr std::string_view kName = "body";

  explicit Form(std::string_view body)
      : text_(kName, body), ok_(document_.Read(text_, diagnostics_)) {}

  // False if it is no object with only these members.
  bool HasOnly(std::initializer_list<std::string_view> known) {
    ok_ = ok_ && CheckMembers(document_.root(), place_, known, reader_);
    return ok_;
  }
  const Json* Find(std::string_view key) const { return document_.root().Find(key); }

  // The string of a member, if it is there; one that may not be empty names something.
  std::string Text(std::string_view key, bool may_be_empty = false) {
    const Json* const json = Find(key);
    if (json == nullptr) return "";
    const bool good = json->IsString() && (may_be_empty || !json->text.empty());
    if (!good) Expect(key, *json, may_be_empty ? "a string" : "a string that is not empty");
    return good ? std::string(json->text) : "";
  }
  EntityUid Uid(std::string_view key) {
    const Json& json = *Find(key);
    const Place place(place_, key);
    // The members are looked at too: what else stood there might have been meant to narrow it.
    if (!CheckMembers(json, place, {"type", "id"}, reader_)) return {};
    const auto uid = reader_.ReadUid(json, place);
    return uid ? EntityUid{std::string(uid->type), std::string(uid->id)} : EntityUid();
  }
  void Expect(std::string_view key, const Json& json, std::string_view what) {
    reader_.ReportExpected(json, Place(place_, key), what);
  }

  absl::Status status() const {
    return diagnostics_.empty() ? absl::OkStatus() : Invalid(FirstProblem(diagnostics_));
  }

 private:
  LentText text_;
  Diagnostics diagnostics_;
  JsonDocument document_;
  bool ok_;
  base::Arena arena_;
  Place place_{kName};
  ValueReader reader_{text_, arena_, diagnostics_, Escapes::kPlain};
};

}  // namespace

bool TakesReason(GrantEvent event) {
  return event == GrantEvent::kSuspend || event == GrantEvent::kComplete ||
         event == GrantEvent::kFail || event == GrantEvent::kRevoke;
}

absl::StatusOr<Mutation> ReadIssue(const HttpRequest& request, Mutation::Kind kind) {
  auto mutation = ReadCommon(request);
  if (!mutation.ok()) return mutation;
  if (const absl::Status status = CheckBody(request); !status.ok()) return status;
  Diagnostics diagnostics;
  auto grant = ReadGrantRequest(request.body, Form::kName, diagnostics);
  if (!grant) return Invalid(FirstProblem(diagnostics));
  mutation->kind = kind;
  mutation->issue = std::move(grant->issue);
  mutation->credential = grant->credential;
  return mutation;
}

absl::StatusOr<Mutation> ReadEvent(const HttpRequest& request, GrantEvent event) {
  auto mutation = ReadCommon(request);
  if (!mutation.ok()) return mutation;
  mutation->kind = Mutation::Kind::kEvent;
  mutation->event = event;
  if (request.body.empty()) return mutation;
  if (const absl::Status status = CheckBody(request); !status.ok()) return status;
  Form form(request.body);
  if (TakesReason(event) ? form.HasOnly({"reason"}) : form.HasOnly({})) {
    mutation->reason = form.Text("reason", true);
  }
  if (!form.status().ok()) return form.status();
  return mutation;
}

absl::StatusOr<Mutation> ReadRevokeAll(const HttpRequest& request) {
  auto mutation = ReadCommon(request);
  if (!mutation.ok()) return mutation;
  if (const absl::Status status = CheckBody(request); !status.ok()) return status;
  mutation->kind = Mutation::Kind::kRevokeAll;
  GrantSelector& selector = mutation->selector;
  Form form(request.body);
  if (!form.HasOnly({"holder", "class", "task", "tenant", "everything", "reason"})) {
    return form.status();
  }
  size_t ways = 0;
  const auto is_said = [&](std::string_view key, GrantSelector::Kind kind) {
    if (form.Find(key) == nullptr) return false;
    selector.kind = kind;
    ++ways;
    return true;
  };
  if (is_said("holder", GrantSelector::Kind::kHolder)) selector.holder = form.Uid("holder");
  if (is_said("class", GrantSelector::Kind::kClass)) selector.agent_class = form.Text("class");
  if (is_said("task", GrantSelector::Kind::kTask)) {
    selector.task = form.Text("task");
    selector.tenant = form.Text("tenant");
  }
  if (is_said("everything", GrantSelector::Kind::kEverything)) {
    const Json& everything = *form.Find("everything");
    if (everything.kind != Json::Kind::kBool || !everything.boolean) {
      form.Expect("everything", everything, "`true`");
    }
  }
  mutation->reason = form.Text("reason", true);
  if (!form.status().ok()) return form.status();
  if (ways != 1) {
    return Invalid("body: expected exactly one of `holder`, `class`, `task` and `everything`");
  }
  if (form.Find("tenant") != nullptr && form.Find("task") == nullptr) {
    return Invalid("body: `tenant` says something only with `task`");
  }
  return mutation;
}

}  // namespace thuja::server
