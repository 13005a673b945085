// SPDX-License-Identifier: Apache-2.0
// AuthZEN Authorization API 1.0 (openid.net): evaluation, evaluations, metadata.
//
// Subject and resource become `type::"id"`, their properties attributes that a request adds to the
// store; the action becomes `Action::"name"`, its properties `context.action`. Properties and
// context are plain data: no key of theirs makes an entity or an extension value.
//
// Tested by tests/authzen/authzen_test.cc and tests/fuzz/authzen_fuzz.cc.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/entities.h"
#include "server/dialects/dialect.h"

namespace thuja::server {
namespace {

// How many of the nearest permits an explanation names.
constexpr size_t kExplainedPermits = 5;

// How far a batch goes.
enum class Semantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

// The parts of one evaluation; null where they are absent.
struct Parts {
  const Json* subject = nullptr;
  const Json* action = nullptr;
  const Json* resource = nullptr;
  const Json* context = nullptr;
};

Parts PartsOf(const Json& object) {
  return {object.Find("subject"), object.Find("action"), object.Find("resource"),
          object.Find("context")};
}

// An item's member replaces the default whole.
Parts OwnOrDefault(const Parts& own, const Parts& defaults) {
  const auto choose = [](const Json* first, const Json* second) {
    return first != nullptr ? first : second;
  };
  return {choose(own.subject, defaults.subject), choose(own.action, defaults.action),
          choose(own.resource, defaults.resource), choose(own.context, defaults.context)};
}

// Reads one evaluation into the request of `memory`. Where it fails, diagnostics or `reserved` say
// why.
class EvaluationReader {
 public:
  EvaluationReader(ReadingMemory& memory, const Json& object, const Place& place,
                   std::string_view action_type, Diagnostics& diagnostics)
      : object_(object),
        place_(place),
        action_type_(action_type),
        request_(memory.request),
        reader_(memory.document, request_.arena, diagnostics, Escapes::kPlain) {
    request_.Clear();
  }

  bool Read(const Parts& parts) {
    return ReadEntityPart(parts.subject, "subject", &request_.principal) &&
           ReadAction(parts.action) &&
           ReadEntityPart(parts.resource, "resource", &request_.resource) &&
           ReadContext(parts.context);
  }

  bool reserved() const { return reserved_; }

 private:
  bool RequireObject(const Json* json, std::string_view key) {
    if (json == nullptr) {
      reader_.Report(DiagnosticKind::kJsonMissingKey, object_.span, {place_.ToString(), key});
      return false;
    }
    if (!json->IsObject()) {
      reader_.ReportExpected(*json, Place(place_, key), "an object");
      return false;
    }
    return true;
  }

  bool ReadEntityPart(const Json* json, std::string_view key, EntityUid* uid) {
    if (!RequireObject(json, key)) return false;
    const Place place(place_, key);
    const std::optional<EntityUidView> read = reader_.FindUid(*json, place);
    if (!read) return false;
    uid->type.assign(read->type);
    uid->id.assign(read->id);
    const Json* properties = json->Find("properties");
    if (properties == nullptr) return true;
    const auto attributes = reader_.ReadAttributes(*properties, Place(place, "properties"));
    if (!attributes) return false;
    base::Arena& arena = reader_.arena();
    AddEntity({arena.CopyString(read->type), arena.CopyString(read->id)}, *attributes);
    return true;
  }

  // Subject and resource may be one entity; what both say of it is then said once.
  void AddEntity(const EntityUidView& uid, const Value& attributes) {
    Entity entity;
    entity.uid = uid;
    entity.attributes = attributes;
    if (!request_.entities.empty() && request_.entities[0].uid == uid) {
      const std::optional<Value> merged = Merge(request_.entities[0].attributes, attributes);
      if (merged) {
        request_.entities[0].attributes = *merged;
        return;
      }
      // They contradict each other; the engine refuses two definitions.
    }
    request_.entities.push_back(entity);
  }

  // Nothing if a field has two values.
  std::optional<Value> Merge(const Value& a, const Value& b) {
    const size_t most = a.AsRecord().size() + b.AsRecord().size();
    Field* fields = reader_.arena().AllocateArray<Field>(most);
    size_t count = 0;
    for (const Field& field : a.AsRecord()) fields[count++] = field;
    for (const Field& field : b.AsRecord()) {
      const Value* known = a.Find(field.key);
      if (known != nullptr && *known != field.value) return std::nullopt;
      if (known == nullptr) fields[count++] = field;
    }
    return Value::Record({fields, count});
  }

  bool ReadAction(const Json* json) {
    if (!RequireObject(json, "action")) return false;
    const Place place(place_, "action");
    const Json* name = json->Find("name");
    if (name == nullptr) {
      reader_.Report(DiagnosticKind::kJsonMissingKey, json->span, {place.ToString(), "name"});
      return false;
    }
    if (!name->IsString()) {
      reader_.ReportExpected(*name, Place(place, "name"), "a string");
      return false;
    }
    request_.action.type.assign(action_type_);
    request_.action.id.assign(name->text);
    const Json* properties = json->Find("properties");
    if (properties == nullptr) return true;
    action_properties_ = reader_.ReadAttributes(*properties, Place(place, "properties"));
    return action_properties_.has_value();
  }

  bool ReadContext(const Json* json) {
    if (json != nullptr) {
      const auto context = reader_.ReadAttributes(*json, Place(place_, "context"));
      if (!context) return false;
      request_.context = *context;
    }
    if (!action_properties_) return true;
    if (request_.context.Find("action") != nullptr) {
      reserved_ = true;
      return false;
    }
    const std::span<const Field> own = request_.context.AsRecord();
    Field* fields = reader_.arena().AllocateArray<Field>(own.size() + 1);
    std::ranges::copy(own, fields);
    fields[own.size()] = {"action", *action_properties_};
    request_.context = Value::Record({fields, own.size() + 1});
    return true;
  }

  const Json& object_;  // where a missing part is missed
  const Place& place_;
  const std::string_view action_type_;
  Request& request_;
  ValueReader reader_;
  std::optional<Value> action_properties_;
  bool reserved_ = false;
};

class Authzen {
 public:
  Authzen(const DialectOptions& options, Decider& decider) : options_(options), decider_(decider) {}

  void Evaluation(const HttpRequest& http, HttpResponse& response) {
    Answer(http, response, false);
    memory_.Finish(http.body.size());
  }
  void Evaluations(const HttpRequest& http, HttpResponse& response) {
    Answer(http, response, true);
    memory_.Finish(http.body.size());
  }

  void Metadata(const HttpRequest& http, HttpResponse& response) const {
    const std::string base = options_.authzen_base_url.empty()
                                 ? "http://" + std::string(http.Find("Host").value)
                                 : options_.authzen_base_url;
    response.SetJson(
        200, "{\"policy_decision_point\":" + QuoteJson(base) +
                 ",\"access_evaluation_endpoint\":" + QuoteJson(base + "/access/v1/evaluation") +
                 ",\"access_evaluations_endpoint\":" + QuoteJson(base + "/access/v1/evaluations") +
                 "}");
    response.AddHeader("Cache-Control", "max-age=300");
  }

 private:
  void Answer(const HttpRequest& http, HttpResponse& response, bool batch) {
    const auto unwelcome = decider_.Begin(DialectName::kAuthzen, http, http.body);
    ForbidCaching(response);
    if (unwelcome) return AnswerUnwelcome(*unwelcome, decider_, response);
    if (!HasJsonBody(http)) {
      return RefuseAll("the Content-Type must be application/json", response);
    }
    Diagnostics diagnostics;
    if (!ReadBody(http, memory_, diagnostics)) {
      return RefuseAll(FirstProblem(diagnostics), response);
    }
    const Json& root = memory_.document.root();
    if (!root.IsObject()) return RefuseAll("the body must be an object", response);
    const Json* options = root.Find("options");
    if (options != nullptr && !options->IsObject()) {
      return RefuseAll("options: expected an object", response);
    }
    explained_ = WantsExplanation(options_, http) ||
                 (options_.explanations_on_request && IsTrue(options, "explain"));
    details_ = explained_ || WantsDetails(options_, http) ||
               (options_.details_on_request && IsTrue(options, "details"));
    const Json* items = batch ? root.Find("evaluations") : nullptr;
    if (items != nullptr && !items->IsArray()) {
      return RefuseAll("evaluations: expected an array", response);
    }
    if (items == nullptr || items->elements.empty()) return AnswerOne(response);
    const std::optional<Semantic> semantic = ReadSemantic(options);
    if (!semantic) return RefuseAll("options.evaluations_semantic is none of the three", response);
    if (items->elements.size() > options_.batch) {
      return RefuseAll("evaluations: more than " + std::to_string(options_.batch) + " items",
                       response);
    }
    AnswerMany(*items, *semantic, response);
  }

  static bool IsTrue(const Json* options, std::string_view key) {
    const Json* option = options == nullptr ? nullptr : options->Find(key);
    return option != nullptr && option->boolean;
  }

  static std::optional<Semantic> ReadSemantic(const Json* options) {
    const Json* name = options == nullptr ? nullptr : options->Find("evaluations_semantic");
    if (name == nullptr || name->text == "execute_all") return Semantic::kExecuteAll;
    if (name->text == "deny_on_first_deny") return Semantic::kDenyOnFirstDeny;
    if (name->text == "permit_on_first_permit") return Semantic::kPermitOnFirstPermit;
    return std::nullopt;
  }

  void AnswerOne(HttpResponse& response) {
    Diagnostics diagnostics;
    const Place place("request");
    const Json& root = memory_.document.root();
    EvaluationReader reader(memory_, root, place, options_.authzen_action_type, diagnostics);
    if (!reader.Read(PartsOf(root))) return Refuse(reader, diagnostics, response);
    const Verdict verdict = decider_.Decide(memory_.request);
    if (verdict.decision.code == ReasonCode::kMalformedRequest) {
      return response.SetText(400, DescribeToStranger(verdict.decision.code).text);
    }
    response.status = 200;
    response.content_type = "application/json";
    AppendVerdict(verdict, &response.body);
  }

  void AnswerMany(const Json& items, Semantic semantic, HttpResponse& response) {
    response.status = 200;
    response.content_type = "application/json";
    std::string& out = response.body;
    out = "{\"evaluations\":[";
    const Place top("evaluations");
    const Parts defaults = PartsOf(memory_.document.root());
    for (size_t i = 0; i < items.elements.size(); ++i) {
      if (i > 0) out.push_back(',');
      const bool allowed = AnswerItem(items.elements[i], defaults, Place(top, i), &out);
      if (allowed ? semantic == Semantic::kPermitOnFirstPermit
                  : semantic == Semantic::kDenyOnFirstDeny) {
        break;
      }
    }
    out += "]}";
  }

  bool AnswerItem(const Json& item, const Parts& defaults, const Place& place, std::string* out) {
    Diagnostics diagnostics;
    EvaluationReader reader(memory_, item, place, options_.authzen_action_type, diagnostics);
    std::string problem;
    ReasonCode code = ReasonCode::kMalformedRequest;
    if (!item.IsObject()) {
      problem = place.ToString() + ": expected an object";
    } else if (!reader.Read(OwnOrDefault(PartsOf(item), defaults))) {
      problem = Problem(reader, diagnostics, &code);
    } else {
      const Verdict verdict = decider_.Decide(memory_.request);
      if (verdict.decision.code != ReasonCode::kMalformedRequest) {
        AppendVerdict(verdict, out);
        return verdict.decision.allowed();
      }
      problem = DescribeToStranger(code).text;
      AppendItemError(problem, out);
      return false;
    }
    decider_.Refuse(code);
    AppendItemError(problem, out);
    return false;
  }

  static void AppendItemError(std::string_view problem, std::string* out) {
    *out += "{\"decision\":false,\"context\":{\"error\":{\"status\":400,\"message\":" +
            QuoteJson(problem) + "}}}";
  }

  void AppendVerdict(const Verdict& verdict, std::string* out) {
    out->append(verdict.decision.allowed() ? "{\"decision\":true" : "{\"decision\":false");
    if (details_) {
      out->append(",\"context\":{\"id\":\"").append(verdict.id);
      out->append("\",\"revision\":").append(std::to_string(verdict.decision.revision));
      out->append(",\"reason\":\"").append(DescribeToStranger(verdict.decision.code).name);
      out->append("\",\"policies\":");
      AppendReasons(*verdict.snapshot, verdict.decision, out);
      out->append(",\"errors\":");
      AppendErrors(*verdict.snapshot, verdict.decision, out);
      // What never came to the policies has nothing that they could explain.
      if (explained_ && Describe(verdict.decision.code).layer == ReasonLayer::kPolicies) {
        out->append(",\"explanation\":");
        AppendJson(*verdict.snapshot,
                   Explain(*verdict.snapshot, memory_.request, explain_scratch_, *verdict.options,
                           kExplainedPermits),
                   out);
      }
      out->push_back('}');
    }
    out->push_back('}');
  }

  static std::string Problem(const EvaluationReader& reader, const Diagnostics& diagnostics,
                             ReasonCode* code) {
    *code = reader.reserved() ? ReasonCode::kReservedKey : ReasonCode::kMalformedRequest;
    return reader.reserved()
               ? "reserved_key: context.action stands beside the properties of the action"
               : FirstProblem(diagnostics);
  }

  void Refuse(const EvaluationReader& reader, const Diagnostics& diagnostics,
              HttpResponse& response) {
    ReasonCode code = ReasonCode::kMalformedRequest;
    response.SetText(400, Problem(reader, diagnostics, &code));
    decider_.Refuse(code);
  }

  void RefuseAll(std::string_view problem, HttpResponse& response) {
    response.SetText(400, problem);
    decider_.Refuse(ReasonCode::kMalformedRequest);
  }

  const DialectOptions& options_;
  Decider& decider_;
  bool details_ = false;
  bool explained_ = false;
  ReadingMemory memory_;
  Scratch explain_scratch_;
};

}  // namespace

void MountAuthzen(const DialectOptions& options, Decider& decider, RouteTable& routes) {
  const auto authzen = std::make_shared<Authzen>(options, decider);
  using Method = void (Authzen::*)(const HttpRequest&, HttpResponse&);
  const auto bind = [&](Method method) {
    return [authzen, method](const HttpRequest& request, HttpResponse& response) {
      ((*authzen).*method)(request, response);
    };
  };
  routes.Add({"POST", "/access/v1/evaluation", false, "AuthZEN 1.0: one decision",
              bind(&Authzen::Evaluation)});
  routes.Add({"POST", "/access/v1/evaluations", false,
              "AuthZEN 1.0: a batch, decided on one snapshot", bind(&Authzen::Evaluations)});
  routes.Add({"GET", "/.well-known/authzen-configuration", false, "AuthZEN 1.0: metadata",
              [authzen](const HttpRequest& request, HttpResponse& response) {
                authzen->Metadata(request, response);
              }});
}

}  // namespace thuja::server
