// SPDX-License-Identifier: Apache-2.0
// Order, equality, look-up and printing of values.
//
// Tested by tests/unit/value/value_test.cc.
#include "engine/value/value.h"

#include <algorithm>
#include <compare>
#include <cstring>

#include "engine/base/names.h"
#include "engine/base/text.h"
#include "engine/value/extension_text.h"

namespace thuja::value {
namespace {

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int CompareText(std::string_view a, std::string_view b) { return Sign(a.compare(b), 0); }

int CompareIpaddr(const IpAddress& a, const IpAddress& b) {
  if (a.is_v6 != b.is_v6) return a.is_v6 ? 1 : -1;
  const int bytes = std::memcmp(a.bytes, b.bytes, sizeof(a.bytes));
  return bytes != 0 ? Sign(bytes, 0) : Sign(a.prefix, b.prefix);
}

int CompareEntity(const EntityUidView& a, const EntityUidView& b) {
  const int type = CompareText(a.type, b.type);
  return type != 0 ? type : CompareText(a.id, b.id);
}

int CompareSets(std::span<const Value> a, std::span<const Value> b) {
  if (a.size() != b.size()) return Sign(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (const int order = Value::Compare(a[i], b[i]); order != 0) return order;
  }
  return 0;
}

int CompareRecords(std::span<const Field> a, std::span<const Field> b) {
  if (a.size() != b.size()) return Sign(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (const int order = CompareText(a[i].key, b[i].key); order != 0) return order;
    if (const int order = Value::Compare(a[i].value, b[i].value); order != 0) return order;
  }
  return 0;
}

bool Before(const Value& a, const Value& b) { return Value::Compare(a, b) < 0; }

}  // namespace

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kBool: return "bool";
    case Type::kLong: return "long";
    case Type::kString: return "string";
    case Type::kEntity: return "entity";
    case Type::kSet: return "set";
    case Type::kRecord: return "record";
    case Type::kIpaddr: return "ipaddr";
    case Type::kDecimal: return "decimal";
    case Type::kDatetime: return "datetime";
    case Type::kDuration: return "duration";
  }
  return "";
}

int Value::Compare(const Value& a, const Value& b) {
  if (a.type_ != b.type_) return Sign(a.type_, b.type_);
  switch (a.type_) {
    case Type::kBool:
    case Type::kLong:
    case Type::kDecimal:
    case Type::kDatetime:
    case Type::kDuration: return Sign(a.AsInteger(), b.AsInteger());
    case Type::kString: return CompareText(a.AsString(), b.AsString());
    case Type::kEntity: return CompareEntity(a.AsEntity(), b.AsEntity());
    case Type::kSet: return CompareSets(a.AsSet(), b.AsSet());
    case Type::kRecord: return CompareRecords(a.AsRecord(), b.AsRecord());
    case Type::kIpaddr: return CompareIpaddr(a.AsIpaddr(), b.AsIpaddr());
  }
  return 0;
}

// What Compare finds to be 0, without finding an order.
bool Value::EqualOfOneType(const Value& a, const Value& b) {
  switch (a.type_) {
    case Type::kBool:
    case Type::kLong:
    case Type::kDecimal:
    case Type::kDatetime:
    case Type::kDuration: return a.bits_ == b.bits_;
    case Type::kString: return a.AsString() == b.AsString();
    case Type::kEntity: return a.pointer_ == b.pointer_ || a.AsEntity() == b.AsEntity();
    case Type::kSet: return std::ranges::equal(a.AsSet(), b.AsSet());
    case Type::kRecord:
      return std::ranges::equal(a.AsRecord(), b.AsRecord(), [](const Field& x, const Field& y) {
        return x.key == y.key && x.value == y.value;
      });
    case Type::kIpaddr: return CompareIpaddr(a.AsIpaddr(), b.AsIpaddr()) == 0;
  }
  return false;
}

Value Value::Set(std::span<Value> elements) {
  std::ranges::sort(elements, Before);
  const auto rest = std::ranges::unique(elements);
  const size_t size = elements.size() - rest.size();
  return {Type::kSet, static_cast<uint32_t>(size), elements.data()};
}

Value Value::Record(std::span<Field> fields) {
  std::ranges::sort(fields, {}, &Field::key);
  return {Type::kRecord, static_cast<uint32_t>(fields.size()), fields.data()};
}

bool Value::Contains(const Value& element) const {
  return std::ranges::binary_search(AsSet(), element, Before);
}

const Value* Value::Find(std::string_view key) const {
  const std::span<const Field> fields = AsRecord();
  // A short record is read faster than it is bisected.
  constexpr size_t kShort = 12;
  if (fields.size() <= kShort) {
    for (const Field& field : fields) {
      if (field.key == key) return &field.value;
    }
    return nullptr;
  }
  const auto found = std::ranges::lower_bound(fields, key, {}, &Field::key);
  return found == fields.end() || found->key != key ? nullptr : &found->value;
}

Value Value::CopyInto(base::Arena& arena) const {
  switch (type_) {
    case Type::kString: return String(arena.CopyString(AsString()));
    case Type::kEntity: {
      const EntityUidView& uid = AsEntity();
      return Entity(arena.New(EntityUidView{arena.CopyString(uid.type), arena.CopyString(uid.id)}));
    }
    case Type::kIpaddr: return Ipaddr(arena.New(AsIpaddr()));
    case Type::kSet: {
      Value* elements = arena.AllocateArray<Value>(size_);
      for (size_t i = 0; i < size_; ++i) elements[i] = AsSet()[i].CopyInto(arena);
      return {Type::kSet, size_, elements};  // sorted already
    }
    case Type::kRecord: {
      Field* fields = arena.AllocateArray<Field>(size_);
      for (size_t i = 0; i < size_; ++i) {
        const Field& field = AsRecord()[i];
        fields[i] = {arena.CopyString(field.key), field.value.CopyInto(arena)};
      }
      return {Type::kRecord, size_, fields};
    }
    default: return *this;
  }
}

std::string Print(EntityUidView uid) {
  return std::string(uid.type) + "::" + base::QuoteString(uid.id);
}

std::string Print(const Value& value) {
  switch (value.type()) {
    case Type::kBool: return value.AsBool() ? "true" : "false";
    case Type::kLong: return std::to_string(value.AsInteger());
    case Type::kString: return base::QuoteString(value.AsString());
    case Type::kEntity: return Print(value.AsEntity());
    case Type::kIpaddr: return "ip(\"" + PrintIpaddr(value.AsIpaddr()) + "\")";
    case Type::kDecimal: return "decimal(\"" + PrintDecimal(value.AsInteger()) + "\")";
    case Type::kDuration: return "duration(\"" + PrintDuration(value.AsInteger()) + "\")";
    case Type::kDatetime:
      // Not every datetime has a calendar form, so all are given as a distance.
      return "datetime(\"1970-01-01\").offset(duration(\"" + PrintDuration(value.AsInteger()) +
             "\"))";
    case Type::kSet: {
      std::string out;
      for (const Value& element : value.AsSet()) {
        out += (out.empty() ? "[" : ", ") + Print(element);
      }
      return out.empty() ? "[]" : out + "]";
    }
    case Type::kRecord: {
      std::string out;
      for (const Field& field : value.AsRecord()) {
        out += out.empty() ? "{" : ", ";
        out += base::IsUnreservedIdentifier(field.key) ? std::string(field.key)
                                                       : base::QuoteString(field.key);
        out += ": " + Print(field.value);
      }
      return out.empty() ? "{}" : out + "}";
    }
  }
  return "";
}

}  // namespace thuja::value
