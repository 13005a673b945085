// SPDX-License-Identifier: Apache-2.0
// Scopes, conditions, annotations and links.
#include "tests/property/generator/policy_generator.h"

#include <string_view>

#include "engine/base/text.h"
#include "engine/value/json.h"

namespace thuja::generator {
namespace {

constexpr size_t kPoolSize = 12;

std::string UidJson(const Uid& uid) {
  return "{\"type\":" + value::QuoteJson(uid.type) + ",\"id\":" + value::QuoteJson(uid.id) + "}";
}

}  // namespace

GeneratedPolicies PolicyGenerator::Make(size_t count) {
  GeneratedPolicies made;
  pool_.clear();
  links_.clear();
  for (size_t i = 0; i < count; ++i) {
    made.texts.push_back(MakePolicy(i, random_.Chance(8)));
  }
  made.links = "[";
  for (const std::string& link : links_) made.links += (made.links.size() > 1 ? "," : "") + link;
  made.links += "]";
  return made;
}

std::string PolicyGenerator::MakePolicy(size_t number, bool is_template) {
  if (!is_template && random_.Chance(40)) return MakeOneOfACrowd(number);
  const bool principal = is_template && random_.Chance(65);
  const bool resource = is_template && (!principal || random_.Chance(50));
  std::string text = "@id(\"p" + std::to_string(number) + "\") ";
  if (random_.Chance(5)) text += "@note ";
  if (random_.Chance(5)) text += "@if(\"\\n*\") ";
  text += random_.Chance(70) ? "permit (" : "forbid (";
  text += MakeScope("principal", principal) + ", " + MakeActionScope() + ", ";
  text += MakeScope("resource", resource) + (random_.Chance(5) ? ",)" : ")");
  if (is_template) AddLinks(number, principal, resource);
  return text + MakeConditions() + ";\n";
}

// Many policies of a set begin like this: the same scope, and one question about the same few
// subjects. That is what a compiler looks up instead of asking each.
std::string PolicyGenerator::MakeOneOfACrowd(size_t number) {
  std::string text = "@id(\"p" + std::to_string(number) + "\") ";
  text += random_.Chance(70) ? "permit (" : "forbid (";
  text += "principal, ";
  text += random_.Chance(85) ? "action" : MakeActionScope();
  text += ", resource) ";
  text += random_.Chance(90) ? "when { " : "unless { ";
  text += MakeCommonQuestion();
  if (random_.Chance(25)) text += " && " + MakeCommonQuestion();
  text += random_.Chance(20) ? " && (" + MakeCondition() + ") }" : " }";
  if (random_.Chance(15)) text += MakeConditions();
  return text + ";\n";
}

std::string PolicyGenerator::MakeCommonQuestion() {
  const auto text = [&] { return base::QuoteString(random_.Pick(Strings())); };
  const auto uid = [&] { return PrintUid(PickAny(random_)); };
  const auto list = [&](const auto& make) {
    std::string elements;
    for (size_t size = random_.Below(4); size > 0; --size) {
      elements += (elements.empty() ? "" : ", ") + make();
    }
    return "[" + elements + "]";
  };
  const auto number = [&] {
    const std::string digits = std::to_string(random_.Pick(Numbers()));
    return random_.Chance(95) ? digits : "\"" + digits + "\"";
  };
  const auto of = [&](Type type) {
    return std::string(ConstructorOf(type)) + "(" +
           base::QuoteString(random_.Pick(random_.Chance(97) ? GoodTexts(type) : BadTexts(type))) +
           ")";
  };
  static constexpr std::string_view kOrders[] = {" < ", " <= ", " > ", " >= "};
  const std::string order(random_.Pick(kOrders));
  switch (random_.Below(18)) {
    case 0: return "context.tool == " + (random_.Chance(90) ? text() : number());
    case 1: return list(text) + ".contains(context.tool)";
    case 2: return "resource.owner == " + uid();
    case 3: return "context.task in " + (random_.Chance(60) ? uid() : list(uid));
    case 4: return "principal in " + (random_.Chance(60) ? uid() : list(uid));
    case 5: return "context.task is " + std::string(random_.Pick(EntityTypes()));
    case 6: return "context.level" + order + number();
    case 7: return number() + order + "context.level";
    case 8: return "context.now" + order + of(Type::kDatetime);
    case 9: return "principal.lifetime" + order + of(Type::kDuration);
    case 10:
    case 11:
    case 12:
    case 13: return "context.tool like \"" + std::string(random_.Pick(Patterns())) + "\"";
    case 14: return "context.labels.contains(" + text() + ")";
    case 15:
      return "context.labels.contains" + std::string(random_.Chance(50) ? "All(" : "Any(") +
             list(text) + ")";
    default: return "context.address.isInRange(" + of(Type::kIpaddr) + ")";
  }
}

std::string PolicyGenerator::MakeScope(std::string_view variable, bool slot) {
  const bool is_principal = variable == "principal";
  const Uid uid = is_principal ? PickPrincipal(random_) : PickResource(random_);
  const Uid group = random_.Chance(60) ? PickAny(random_) : uid;
  const std::string name(variable);
  const std::string type(random_.Chance(80) ? uid.type : random_.Pick(EntityTypes()));
  const std::string reference = slot ? "?" + name : PrintUid(group);
  const int kForms[] = {slot ? 0 : 50, 10, 15, slot ? 0 : 15, 10};
  switch (random_.Weighted(kForms)) {
    case 0: return name;
    case 1: return name + " == " + (slot ? reference : PrintUid(uid));
    case 2: return name + " in " + reference;
    case 3: return name + " is " + type;
    default: return name + " is " + type + " in " + reference;
  }
}

std::string PolicyGenerator::MakeActionScope() {
  const int kForms[] = {50, 20, 15, 15};
  switch (random_.Weighted(kForms)) {
    case 0: return "action";
    case 1: return "action == " + PrintUid(PickAction(random_));
    case 2: return "action in " + PrintUid(PickAction(random_));
    default: {
      std::string set;
      for (size_t size = random_.Below(4); size > 0; --size) {
        set += (set.empty() ? "" : ", ") + PrintUid(PickAction(random_));
      }
      return "action in [" + set + "]";
    }
  }
}

std::string PolicyGenerator::MakeConditions() {
  const int kCounts[] = {10, 60, 20, 10};
  std::string text;
  for (size_t count = random_.Weighted(kCounts); count > 0; --count) {
    text += random_.Chance(75) ? " when { " : " unless { ";
    text += MakeCondition() + " }";
  }
  return text;
}

std::string PolicyGenerator::MakeCondition() {
  Recipe recipe;
  bool negated = false;
  if (pool_.empty() || random_.Chance(45)) {
    recipe.seed = random_.Next();
    recipe.depth = static_cast<int>(random_.Between(1, 4));
    if (pool_.size() < kPoolSize) {
      pool_.push_back(recipe);
    } else {
      pool_[random_.Below(kPoolSize)] = recipe;
    }
  } else {
    using Change = Recipe::Change;
    static constexpr Change kChanges[] = {Change::kNone, Change::kLiteral, Change::kAttribute,
                                          Change::kEntity};
    recipe = random_.Pick(pool_);
    recipe.change = random_.Pick(kChanges);
    recipe.position = static_cast<int>(random_.Below(3));
    negated = random_.Chance(25);
  }
  const std::string text = ExpressionGenerator(recipe).MakeCondition().text;
  return negated ? "!(" + text + ")" : text;
}

void PolicyGenerator::AddLinks(size_t number, bool principal, bool resource) {
  for (size_t count = random_.Below(4); count > 0; --count) {
    std::string values;
    if (principal) values += "\"?principal\":" + UidJson(PickPrincipal(random_));
    if (principal && resource) values += ",";
    if (resource) values += "\"?resource\":" + UidJson(PickResource(random_));
    links_.push_back("{\"templateId\":\"p" + std::to_string(number) + "\",\"newId\":\"l" +
                     std::to_string(links_.size()) + "\",\"values\":{" + values + "}}");
  }
}

}  // namespace thuja::generator
