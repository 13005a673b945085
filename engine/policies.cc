// SPDX-License-Identifier: Apache-2.0
// Naming and linking of policies.
//
// Tested by tests/unit/engine/policies_test.cc.
#include "engine/policies.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/data/requests.h"
#include "engine/func/function.h"
#include "engine/func/resolve.h"
#include "engine/lang/parser.h"
#include "engine/value/json.h"

namespace thuja {
namespace {

using value::Json;

std::string NameOf(const lang::Policy& policy, size_t position, PolicyIds ids) {
  if (ids == PolicyIds::kAnnotation) {
    const lang::Annotation* id = policy.FindAnnotation("id");
    if (id != nullptr) return id->value.value_or("");
  }
  return "policy" + std::to_string(position);
}

std::vector<lang::Policy> ParseAndResolve(const std::shared_ptr<const SourceText>& source,
                                          Diagnostics& diagnostics) {
  std::vector<lang::Policy> policies = lang::ParsePolicies(source, diagnostics);
  for (lang::Policy& policy : policies) func::ResolveCalls(policy, diagnostics);
  return policies;
}

// The member under either of the two spellings of link files.
const Json* FindEither(const Json& link, std::string_view a, std::string_view b) {
  const Json* found = link.Find(a);
  return found != nullptr ? found : link.Find(b);
}

class LinkReader {
 public:
  LinkReader(const value::JsonDocument& document, PolicySet& policies, Diagnostics& diagnostics)
      : source_(document.source()),
        policies_(policies),
        diagnostics_(diagnostics),
        values_(document, arena_, diagnostics) {}

  bool Read(const Json& link, const data::Place& place) {
    const Json* template_id = FindEither(link, "templateId", "template_id");
    const Json* link_id = FindEither(link, "newId", "link_id");
    const Json* values = FindEither(link, "values", "args");
    for (const auto& [member, name] : {std::pair{template_id, "templateId"},
                                       std::pair{link_id, "newId"}, std::pair{values, "values"}}) {
      if (member != nullptr) continue;
      diagnostics_.Add(DiagnosticKind::kJsonMissingKey, source_, link.span,
                       {place.ToString(), name});
      return false;
    }
    if (!template_id->IsString() || !link_id->IsString() || !values->IsObject()) {
      values_.ReportExpected(link, place, "two strings and an object of values");
      return false;
    }
    lang::SlotValues slots;
    for (const value::JsonMember& member : values->members) {
      if (!ReadSlot(member, data::Place(place, member.key), &slots)) return false;
    }
    return LinkPolicy(template_id->text, std::string(link_id->text), slots, source_, link.span,
                      policies_, diagnostics_);
  }

 private:
  bool ReadSlot(const value::JsonMember& member, const data::Place& place,
                lang::SlotValues* slots) {
    value::EntityUid uid;
    if (!data::ReadUid(member.value, place, values_, &uid)) return false;
    slots->emplace(member.key, lang::EntityLiteral{std::move(uid.type), std::move(uid.id)});
    return true;
  }

  std::shared_ptr<const SourceText> source_;
  PolicySet& policies_;
  Diagnostics& diagnostics_;
  base::Arena arena_;
  data::ValueReader values_;
};

// The slot that a link gives too much or too little, for the message.
std::string_view WrongSlot(const lang::Policy& policy, const lang::SlotValues& values,
                           bool missing) {
  const std::array<std::pair<bool, std::string_view>, 2> slots = {
      std::pair{policy.principal.slot, lang::Spelling(lang::Slot::kPrincipal)},
      std::pair{policy.resource.slot, lang::Spelling(lang::Slot::kResource)}};
  if (missing) {
    for (const auto& [has, name] : slots) {
      if (has && !values.contains(name)) return name;
    }
    return "";
  }
  for (const auto& [given, value] : values) {
    bool known = false;
    for (const auto& [has, name] : slots) known |= has && name == given;
    if (!known) return given;
  }
  return "";
}

}  // namespace

std::optional<PolicySet> ParsePolicySet(std::span<const std::shared_ptr<const SourceText>> sources,
                                        PolicyIds ids, Diagnostics& diagnostics) {
  PolicySet set;
  size_t position = 0;
  const size_t errors_before = diagnostics.count();
  for (const std::shared_ptr<const SourceText>& source : sources) {
    std::vector<lang::Policy> policies = ParseAndResolve(source, diagnostics);
    set.Reserve(policies.size());
    for (lang::Policy& policy : policies) {
      const Span span = policy.span;
      const std::string id = NameOf(policy, position++, ids);
      if (!set.Add(id, std::move(policy))) {
        diagnostics.Add(DiagnosticKind::kDuplicatePolicyId, source, span, {Quote(id)});
      }
    }
  }
  if (diagnostics.count() != errors_before) return std::nullopt;
  return set;
}

std::optional<std::vector<lang::Policy>> ParsePolicies(
    const std::shared_ptr<const SourceText>& source, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.count();
  std::vector<lang::Policy> policies = ParseAndResolve(source, diagnostics);
  if (diagnostics.count() != errors_before) return std::nullopt;
  return policies;
}

bool LinkPolicy(std::string_view template_id, std::string link_id, const lang::SlotValues& values,
                const std::shared_ptr<const SourceText>& source, Span place, PolicySet& policies,
                Diagnostics& diagnostics) {
  using LinkError = PolicySet::LinkError;
  const std::string quoted_template = Quote(template_id);
  const std::string quoted_link = Quote(link_id);
  const auto report = [&](DiagnosticKind kind, std::initializer_list<std::string_view> arguments) {
    diagnostics.Add(kind, source, place, arguments);
    return false;
  };
  switch (policies.Link(template_id, std::move(link_id), values)) {
    case LinkError::kNone: return true;
    case LinkError::kNoSuchTemplate:
      return report(DiagnosticKind::kNoSuchTemplate, {quoted_template});
    case LinkError::kNotATemplate: return report(DiagnosticKind::kNotATemplate, {quoted_template});
    case LinkError::kMissingValue:
      return report(
          DiagnosticKind::kMissingSlotValue,
          {quoted_template, WrongSlot(*policies.FindTemplate(template_id), values, true)});
    case LinkError::kExtraValue:
      return report(
          DiagnosticKind::kExtraSlotValue,
          {quoted_template, WrongSlot(*policies.FindTemplate(template_id), values, false)});
    case LinkError::kDuplicateId: return report(DiagnosticKind::kDuplicatePolicyId, {quoted_link});
  }
  return false;
}

bool LinkPolicies(const value::JsonDocument& document, const Json& links, PolicySet& policies,
                  Diagnostics& diagnostics) {
  if (!links.IsArray()) {
    diagnostics.Add(DiagnosticKind::kJsonExpected, document.source(), links.span,
                    {"links", "an array of links"});
    return false;
  }
  LinkReader reader(document, policies, diagnostics);
  const data::Place top("links");
  for (size_t i = 0; i < links.elements.size(); ++i) {
    if (!reader.Read(links.elements[i], data::Place(top, i))) return false;
  }
  return true;
}

bool LinkPolicies(std::shared_ptr<const SourceText> links, PolicySet& policies,
                  Diagnostics& diagnostics) {
  const auto document = value::ReadJson(std::move(links), diagnostics);
  return document && LinkPolicies(*document, document->root(), policies, diagnostics);
}

bool IsExtensionText(std::string_view name, std::string_view text) {
  const func::Function* function = func::FindFunction(name, func::CallStyle::kFunction);
  if (function == nullptr || function->parameters.size() != 1) return false;
  base::Arena arena;
  const value::Value argument = value::Value::String(text);
  return function->call({&argument, 1}, arena).value.has_value();
}

}  // namespace thuja
