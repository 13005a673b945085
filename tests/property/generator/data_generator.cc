// SPDX-License-Identifier: Apache-2.0
// Values, entities and requests.
#include "tests/property/generator/data_generator.h"

#include <span>

#include "engine/value/json.h"

namespace thuja::generator {
namespace {

using value::QuoteJson;

std::string UidJson(const Uid& uid) {
  return "{\"type\":" + QuoteJson(uid.type) + ",\"id\":" + QuoteJson(uid.id) + "}";
}

bool IsAction(const Uid& uid) { return uid.type.ends_with("Action"); }

}  // namespace

std::string DataGenerator::MakeValue(const Shape& shape) {
  if (random_.Chance(2)) return MakeValue(random_.Pick(AllShapes()));
  switch (shape.type) {
    case Type::kBool: return random_.Chance(50) ? "true" : "false";
    case Type::kLong: return std::to_string(random_.Pick(Numbers()));
    case Type::kString: return QuoteJson(random_.Pick(Strings()));
    case Type::kEntity: return "{\"__entity\":" + UidJson(PickAny(random_)) + "}";
    case Type::kIpaddr:
    case Type::kDecimal:
    case Type::kDatetime:
    case Type::kDuration:
      return "{\"__extn\":{\"fn\":" + QuoteJson(ConstructorOf(shape.type)) +
             ",\"arg\":" + QuoteJson(random_.Pick(GoodTexts(shape.type))) + "}}";
    case Type::kSet: {
      const Shape element =
          shape.element == Type::kSet ? SetOf(Type::kString) : Shape{shape.element};
      std::string out;
      for (size_t size = random_.Below(4); size > 0; --size) {
        out += (out.empty() ? "" : ",") + MakeValue(element);
      }
      return "[" + out + "]";
    }
    case Type::kRecord: return MakeFields(FieldsOf(shape.record), "");
  }
  return "null";
}

std::string DataGenerator::MakeFields(std::span<const Field> fields, std::string_view type) {
  std::string out;
  for (const Field& field : fields) {
    if ((!type.empty() && field.never_on == type) || random_.Chance(15)) continue;
    out += (out.empty() ? "" : ",") + QuoteJson(field.name) + ":" + MakeValue(field.shape);
  }
  return "{" + out + "}";
}

std::string DataGenerator::MakeEntity(const Uid& uid, const std::string& parents) {
  return "{\"uid\":" + UidJson(uid) + ",\"attrs\":" + MakeFields(EntityFields(), uid.type) +
         ",\"tags\":" + MakeFields(TagFields(), uid.type) + ",\"parents\":" + parents + "}";
}

// Parents stand behind their children in StoredUids(), so there can be no cycle.
std::string DataGenerator::MakeParents(size_t position) {
  const std::span<const Uid> uids = StoredUids();
  const bool action = IsAction(uids[position]);
  std::string out;
  for (size_t count = random_.Below(4); count > 0; --count) {
    const std::span<const Uid> behind = uids.subspan(position + 1);
    const bool ghost = !action && random_.Chance(15);
    if (!ghost && behind.empty()) break;
    const Uid parent = ghost ? random_.Pick(GhostUids()) : random_.Pick(behind);
    if (action && !IsAction(parent)) continue;
    out += (out.empty() ? "" : ",") + UidJson(parent);
  }
  return "[" + out + "]";
}

std::string DataGenerator::MakeEntities() {
  std::string out;
  for (size_t i = 0; i < StoredUids().size(); ++i) {
    if (random_.Chance(10)) continue;
    out += (out.empty() ? "" : ",\n ") + MakeEntity(StoredUids()[i], MakeParents(i));
  }
  return "[" + out + "]";
}

std::string DataGenerator::MakeOverlay() {
  const auto entity = [](const Uid& uid, const std::string& attributes,
                         const std::string& parents) {
    return "{\"uid\":" + UidJson(uid) + ",\"attrs\":" + attributes + ",\"parents\":" + parents +
           "}";
  };
  const std::span<const Uid> visitors = VisitorUids();
  const Uid stored = random_.Pick(StoredUids());
  std::string out;
  for (size_t i = 0; i < visitors.size(); ++i) {
    if (random_.Chance(40)) continue;
    std::string parents = random_.Chance(60) ? UidJson(random_.Pick(StoredUids())) : "";
    if (i + 1 < visitors.size() && random_.Chance(40)) {
      parents += (parents.empty() ? "" : ",") + UidJson(visitors[i + 1]);
    }
    out += (out.empty() ? "" : ",") + MakeEntity(visitors[i], "[" + parents + "]");
  }
  const auto append = [&out](const std::string& text) { out += (out.empty() ? "" : ",") + text; };
  // What nobody has is added to what is stored; what is there is mostly replaced, and refused.
  if (random_.Chance(30)) append(entity(stored, "{\"nowhere\":1}", "[]"));
  if (random_.Chance(6)) append(entity(stored, "{\"level\":77}", "[]"));
  if (random_.Chance(4)) {
    const Uid parent = IsAction(stored) ? random_.Pick(ActionUids()) : random_.Pick(GhostUids());
    append(entity(stored, "{}", "[" + UidJson(parent) + "]"));
  }
  if (random_.Chance(4)) {
    append(entity({"Loop", "a"}, "{}", "[" + UidJson({"Loop", "b"}) + "]"));
    append(entity({"Loop", "b"}, "{}", "[" + UidJson({"Loop", "a"}) + "]"));
  }
  return "[" + out + "]";
}

std::string DataGenerator::MakeRequest() {
  std::string out = "{\"principal\":" + UidJson(PickPrincipal(random_)) +
                    ",\"action\":" + UidJson(PickAction(random_)) +
                    ",\"resource\":" + UidJson(PickResource(random_)) +
                    ",\"context\":" + MakeFields(FieldsOf(RecordKind::kContext), "");
  if (random_.Chance(20)) out += ",\"entities\":" + MakeOverlay();
  return out + "}";
}

}  // namespace thuja::generator
