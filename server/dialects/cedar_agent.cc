// SPDX-License-Identifier: Apache-2.0
// The shape of cedar-agent's `POST /v1/is_authorized`.
//
// Uids are texts in Cedar's syntax, or `{"type", "id"}`. Context and entities are Cedar's JSON,
// with
// `__entity` and `__extn`. Unlike there, `entities` does not replace the store: both `entities` and
// `additional_entities` add to it, by the rule for what a request may add. A null member is absent.
//
// Tested by tests/authzen/cedar_agent_test.cc and tests/fuzz/cedar_agent_fuzz.cc.
#include <algorithm>
#include <array>
#include <memory>

#include "engine/entities.h"
#include "server/dialects/dialect.h"

namespace thuja::server {
namespace {

const Json* FindPresent(const Json& object, std::string_view key) {
  const Json* json = object.Find(key);
  return json == nullptr || json->kind == Json::Kind::kNull ? nullptr : json;
}

bool ReadPart(const Json& call, std::string_view key, const Place& place, ValueReader& reader,
              EntityUid* out) {
  const Json* json = FindPresent(call, key);
  if (json == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, call.span, {place.ToString(), key});
    return false;
  }
  return ReadUid(*json, Place(place, key), reader, out);
}

bool ReadContextPart(const Json& call, const Place& place, ValueReader& reader, Request& request) {
  const Json* json = FindPresent(call, "context");
  if (json == nullptr) return true;
  const std::optional<Value> context = reader.ReadAttributes(*json, Place(place, "context"));
  if (context) request.context = *context;
  return context.has_value();
}

bool ReadEntitiesPart(const Json& call, std::string_view key, const Place& place,
                      ValueReader& reader, Request& request) {
  const Json* json = FindPresent(call, key);
  if (json == nullptr) return true;
  const Place here(place, key);
  if (!json->IsArray()) {
    reader.ReportExpected(*json, here, "an array of entities");
    return false;
  }
  for (size_t i = 0; i < json->elements.size(); ++i) {
    const std::optional<Entity> entity = ReadEntity(json->elements[i], Place(here, i), reader);
    if (!entity) return false;
    request.entities.push_back(*entity);
  }
  return true;
}

// A misspelt `context` that was passed over would empty it.
bool CheckKeys(const Json& call, const Place& place, ValueReader& reader) {
  static constexpr std::array<std::string_view, 6> kKnown = {
      "principal", "action", "resource", "context", "entities", "additional_entities"};
  for (const JsonMember& member : call.members) {
    if (std::ranges::find(kKnown, member.key) != kKnown.end()) continue;
    if (member.value.kind == Json::Kind::kNull) continue;
    reader.Report(DiagnosticKind::kJsonUnknownKey, member.key_span,
                  {place.ToString(), Quote(member.key),
                   "`principal`, `action`, `resource`, `context`, `entities` and "
                   "`additional_entities`"});
    return false;
  }
  return true;
}

class CedarAgent {
 public:
  CedarAgent(const DialectOptions& options, Decider& decider)
      : options_(options), decider_(decider) {}

  void IsAuthorized(const HttpRequest& http, HttpResponse& response) {
    Answer(http, response);
    memory_.Finish(http.body.size());
  }

 private:
  void Answer(const HttpRequest& http, HttpResponse& response) {
    const auto unwelcome = decider_.Begin(DialectName::kCedarAgent, http, http.body);
    ForbidCaching(response);
    if (unwelcome) return AnswerUnwelcome(*unwelcome, decider_, response);
    if (!HasJsonBody(http)) return Refuse("the Content-Type must be application/json", response);
    Diagnostics diagnostics;
    if (!ReadCall(http, diagnostics)) return Refuse(FirstProblem(diagnostics), response);
    Request& request = memory_.request;
    if (BringsTooMany(request)) {
      return Refuse("more than " + std::to_string(options_.entities) + " entities", response);
    }
    const Verdict verdict = decider_.Decide(request);
    if (verdict.decision.code == ReasonCode::kMalformedRequest) {
      return SetProblem(DescribeToStranger(verdict.decision.code).text, response);
    }
    response.status = 200;
    response.content_type = "application/json";
    AppendAnswer(request, verdict, WantsDetails(options_, http), &response.body);
  }

  bool ReadCall(const HttpRequest& http, Diagnostics& diagnostics) {
    if (!ReadBody(http, memory_, diagnostics)) return false;
    const Place place("request");
    Request& request = memory_.request;
    ValueReader reader(memory_.document, request.arena, diagnostics);
    const Json& call = memory_.document.root();
    if (!call.IsObject()) {
      reader.ReportExpected(call, place, "an object");
      return false;
    }
    return CheckKeys(call, place, reader) &&
           ReadPart(call, "principal", place, reader, &request.principal) &&
           ReadPart(call, "action", place, reader, &request.action) &&
           ReadPart(call, "resource", place, reader, &request.resource) &&
           ReadContextPart(call, place, reader, request) &&
           ReadEntitiesPart(call, "entities", place, reader, request) &&
           ReadEntitiesPart(call, "additional_entities", place, reader, request);
  }

  // What each policy may search through, so few must be enough.
  bool BringsTooMany(const Request& request) const {
    return request.entities.size() > options_.entities;
  }

  static void AppendAnswer(const Request& request, const Verdict& verdict, bool details,
                           std::string* out) {
    const Decision& decision = verdict.decision;
    out->append(decision.allowed() ? "{\"decision\":\"Allow\"" : "{\"decision\":\"Deny\"");
    out->append(",\"diagnostics\":{\"reason\":");
    AppendReasons(*verdict.snapshot, decision, out);
    out->append(",\"errors\":[");
    bool first = true;
    const auto add = [&](const std::string& text) {
      if (!std::exchange(first, false)) out->push_back(',');
      AppendQuoted(text, out);
    };
    if (DescribeToStranger(decision.code).layer != ReasonLayer::kPolicies) {
      add(std::string(DescribeToStranger(decision.code).name) + ": " +
          std::string(DescribeToStranger(decision.code).text));
    }
    for (const EvalError& error : decision.errors) {
      add("error occurred while evaluating policy `" +
          verdict.snapshot->policies().bound()[error.policy.index].id + "`: " +
          DescribeError(*verdict.snapshot, request, error, verdict.options->request_entities));
    }
    out->append("]}");
    if (details) {
      out->append(",\"id\":\"").append(verdict.id);
      out->append("\",\"revision\":").append(std::to_string(decision.revision));
      out->append(",\"reason_code\":\"")
          .append(DescribeToStranger(decision.code).name)
          .append("\"");
    }
    out->push_back('}');
  }

  static void SetProblem(std::string_view problem, HttpResponse& response) {
    response.SetJson(400, "{\"reason\":\"malformed_request\",\"description\":" +
                              QuoteJson(problem) + ",\"code\":400}");
  }

  void Refuse(std::string_view problem, HttpResponse& response) {
    SetProblem(problem, response);
    decider_.Refuse(ReasonCode::kMalformedRequest);
  }

  const DialectOptions& options_;
  Decider& decider_;
  ReadingMemory memory_;
};

}  // namespace

void MountCedarAgent(const DialectOptions& options, Decider& decider, RouteTable& routes) {
  const auto agent = std::make_shared<CedarAgent>(options, decider);
  routes.Add({"POST", "/v1/is_authorized", false, "the shape of cedar-agent: one decision",
              [agent](const HttpRequest& request, HttpResponse& response) {
                agent->IsAuthorized(request, response);
              }});
}

}  // namespace thuja::server
