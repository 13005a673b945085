// SPDX-License-Identifier: Apache-2.0
// Grant requests from JSON, grants to JSON.
//
// What is left out has a meaning of its own here: no `ttl` is the longest there may be, no `tenant`
// is any, no `calls` is no limit. So what is there but says nothing (`null`, `""`, a ttl of 0) is
// an error: whoever wrote it meant a limit, and would get none.
//
// Tested by tests/unit/grant_json/grant_request_test.cc,
// tests/unit/grant_json/grant_json_test.cc and tests/fuzz/grant_request_fuzz.cc.
#include "server/grants/grant_json.h"

#include <utility>

#include "server/grants/form.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::IssueRequest;
using grants::Purpose;

constexpr int64_t kSecond = 1'000'000'000;

struct PurposeText {
  std::string_view name;
  std::string Purpose::*text;
};

constexpr PurposeText kPurposeTexts[] = {
    {"task", &Purpose::task},
    {"tenant", &Purpose::tenant},
    {"workflow", &Purpose::workflow},
    {"step", &Purpose::step},
    {"environment", &Purpose::environment},
    {"deployment", &Purpose::deployment},
};

class RequestReader {
 public:
  RequestReader(const Json& form, ValueReader& reader, GrantRequest& request)
      : form_(form), reader_(reader), request_(request) {}

  bool Read() {
    IssueRequest& issue = request_.issue;
    return CheckMembers(form_, place_,
                        {"holder", "class", "task", "tenant", "workflow", "step", "environment",
                         "deployment", "tools", "resources", "not_before", "ttl", "heartbeat",
                         "calls", "pending", "credential"},
                        reader_) &&
           IsThere("holder") && IsThere("class") && ReadHolder() &&
           ReadText("class", issue.agent_class) && ReadPurpose() && ReadScopeIfAny() &&
           ReadNotBefore() && ReadSpan("ttl", issue.ttl) &&
           ReadSpan("heartbeat", issue.heartbeat_timeout) && ReadCalls() &&
           ReadFlag("pending", issue.pending) && ReadFlag("credential", request_.credential);
  }

 private:
  bool IsThere(std::string_view key) {
    if (form_.Find(key) != nullptr) return true;
    reader_.Report(DiagnosticKind::kJsonMissingKey, form_.span, {place_.ToString(), key});
    return false;
  }

  bool ReadHolder() {
    const Json& json = *form_.Find("holder");
    const Place here(place_, "holder");
    if (!CheckMembers(json, here, {"type", "id"}, reader_)) return false;
    const auto uid = reader_.FindUid(json, here);
    if (uid) request_.issue.holder = {std::string(uid->type), std::string(uid->id)};
    return uid.has_value();
  }

  bool ReadText(std::string_view key, std::string& text) {
    const Json* json = form_.Find(key);
    if (json == nullptr) return true;
    if (!json->IsString() || json->text.empty()) {
      ReportOther(*json, Place(place_, key), "a string that is not empty", reader_);
      return false;
    }
    text = json->text;
    return true;
  }

  bool ReadPurpose() {
    for (const PurposeText& part : kPurposeTexts) {
      if (!ReadText(part.name, request_.issue.purpose.*part.text)) return false;
    }
    return true;
  }

  // A delegation may have none. It cannot have its parent's tools on other resources.
  bool ReadScopeIfAny() {
    const Json* resources = form_.Find("resources");
    if (form_.Find("tools") == nullptr) {
      if (resources == nullptr) return true;
      ReportPart(*resources, Place(place_, "resources"),
                 "`tools` has to be there too; what is delegated leaves out both or neither",
                 reader_);
      return false;
    }
    request_.issue.scope = ReadScopeMembers(form_, place_, reader_);
    return request_.issue.scope != nullptr;
  }

  bool ReadNotBefore() {
    const Json* json = form_.Find("not_before");
    if (json == nullptr) return true;
    const auto time = json->IsString() ? ParseTime(json->text) : std::nullopt;
    if (!time) {
      ReportOther(*json, Place(place_, "not_before"),
                  "a time from 1970 to 2099 in UTC, such as `\"2026-03-02T09:00:00Z\"`", reader_);
      return false;
    }
    request_.issue.not_before = *time;
    return true;
  }

  bool ReadSpan(std::string_view key, int64_t& span) {
    static constexpr int64_t kMost = grants::kLastTime / kSecond;
    const Json* json = form_.Find(key);
    if (json == nullptr) return true;
    if (json->kind != Json::Kind::kInteger || json->integer < 1 || json->integer > kMost) {
      ReportOther(*json, Place(place_, key), "whole seconds from 1 to " + std::to_string(kMost),
                  reader_);
      return false;
    }
    span = json->integer * kSecond;
    return true;
  }

  bool ReadCalls() {
    const Json* json = form_.Find("calls");
    if (json == nullptr) return true;
    if (json->kind != Json::Kind::kInteger || json->integer < 1) {
      ReportOther(*json, Place(place_, "calls"), "a whole number of calls, at least 1", reader_);
      return false;
    }
    request_.issue.calls = static_cast<uint64_t>(json->integer);
    return true;
  }

  bool ReadFlag(std::string_view key, bool& flag) {
    const Json* json = form_.Find(key);
    if (json == nullptr) return true;
    if (json->kind != Json::Kind::kBool) {
      reader_.ReportExpected(*json, Place(place_, key), "a boolean");
      return false;
    }
    flag = json->boolean;
    return true;
  }

  const Json& form_;
  ValueReader& reader_;
  GrantRequest& request_;
  const Place place_{"request"};
};

// An object that is written member by member.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string* out) : out_(out) { out_->push_back('{'); }

  // What is appended next are members.
  std::string* AddMembers() {
    if (!std::exchange(is_first_, false)) out_->push_back(',');
    return out_;
  }
  // What is appended next is this member's value.
  std::string* Add(std::string_view key) {
    AddMembers()->append("\"").append(key).append("\":");
    return out_;
  }
  void AddJson(std::string_view key, const std::string& json) { Add(key)->append(json); }
  void AddText(std::string_view key, std::string_view text) { AddJson(key, QuoteJson(text)); }
  void AddTextIfAny(std::string_view key, std::string_view text) {
    if (!text.empty()) AddText(key, text);
  }
  void AddNumber(std::string_view key, uint64_t number) { AddJson(key, std::to_string(number)); }
  void AddTime(std::string_view key, int64_t time) { AddText(key, FormatTime(time)); }
  void Finish() { out_->push_back('}'); }

 private:
  std::string* const out_;
  bool is_first_ = true;
};

void AddIdentity(const Grant& grant, ObjectWriter& object) {
  object.AddText("id", grant.id.ToString());
  if (grant.parent) object.AddText("parent", grant.parent.ToString());
  object.AddNumber("depth", grant.depth);
  object.AddNumber("revision", grant.revision);
}

void AddState(const Grant& grant, const GrantView& view, ObjectWriter& object) {
  object.AddText("state", grants::GrantStateName(grant.state));
  object.AddJson("in_force", view.why_not ? "false" : "true");
  if (view.why_not) object.AddText("why_not", ReasonCodeName(*view.why_not));
}

void AddPurpose(const Grant& grant, ObjectWriter& object) {
  ObjectWriter holder(object.Add("holder"));
  holder.AddText("type", grant.holder.type);
  holder.AddText("id", grant.holder.id);
  holder.Finish();
  object.AddText("class", grant.agent_class);
  for (const PurposeText& part : kPurposeTexts) {
    object.AddTextIfAny(part.name, grant.purpose.*part.text);
  }
}

void AddTimes(const Grant& grant, ObjectWriter& object) {
  object.AddTime("issued", grant.issued);
  object.AddTime("not_before", grant.not_before);
  object.AddTime("expires", grant.expires);
  if (grant.heartbeat_timeout != 0) {
    object.AddJson("heartbeat", FormatSeconds(grant.heartbeat_timeout));
    object.AddTime("last_heartbeat", grant.last_heartbeat);
  }
  if (!grants::IsTerminal(grant.state)) return;
  object.AddTime("ended", grant.ended);
  object.AddTextIfAny("ended_because", grant.ended_because);
}

}  // namespace

std::optional<GrantRequest> ReadGrantRequest(std::string_view text, std::string_view source,
                                             Diagnostics& diagnostics) {
  JsonDocument document;
  if (!document.Read(LentText(source, text), diagnostics)) return std::nullopt;
  base::Arena arena;
  ValueReader reader(document, arena, diagnostics, Escapes::kPlain);
  std::optional<GrantRequest> request(std::in_place);
  if (!RequestReader(document.root(), reader, *request).Read()) return std::nullopt;
  return request;
}

void AppendGrant(const Grant& grant, const GrantView& view, std::string* out) {
  ObjectWriter object(out);
  AddIdentity(grant, object);
  AddState(grant, view, object);
  AddPurpose(grant, object);
  if (grant.scope != nullptr) AppendScopeMembers(*grant.scope, object.AddMembers());
  AddTimes(grant, object);
  if (grant.calls) object.AddNumber("calls", *grant.calls);
  if (view.calls_left) object.AddNumber("calls_left", *view.calls_left);
  object.AddTextIfAny("issued_by", grant.issued_by);
  object.Finish();
}

}  // namespace thuja::server
