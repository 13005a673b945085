// SPDX-License-Identifier: Apache-2.0
// Cedar's values: what an expression evaluates to and what attributes hold.
//
// A Value is a 16-byte handle that is copied freely. Booleans and 64-bit numbers are inside it;
// strings, uids, addresses, sets and records are behind a pointer into a base::Arena, which must
// outlive every handle. Values are immutable once built.
//
// Sets are kept sorted and without duplicates, records sorted by key, both in the total order of
// Compare; so equality is a comparison of two sequences and `contains` a binary search.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/value/entity_uid.h"

namespace thuja::value {

enum class Type : uint8_t {
  kBool,
  kLong,
  kString,
  kEntity,
  kSet,
  kRecord,
  kIpaddr,
  kDecimal,
  kDatetime,
  kDuration,
};

// Cedar's own word for a type: `Bool` is `bool`, extension types by their name.
std::string_view TypeName(Type type);

// An address or a range of them. Host bits below the prefix are kept and count in equality.
struct IpAddress {
  uint8_t bytes[16];  // network order; IPv4 uses the first four, the rest are zero
  uint8_t prefix;     // 0 to 32, or 0 to 128
  bool is_v6;
};

struct Field;

class Value {
 public:
  Value() : Value(Type::kBool, 0, uint64_t{0}) {}

  static Value Bool(bool value) { return {Type::kBool, 0, uint64_t{value}}; }
  static Value Long(int64_t value) { return {Type::kLong, 0, static_cast<uint64_t>(value)}; }
  // Scaled by 10,000: 1.5 is 15,000.
  static Value Decimal(int64_t value) { return {Type::kDecimal, 0, static_cast<uint64_t>(value)}; }
  // Milliseconds since 1970-01-01T00:00:00Z.
  static Value Datetime(int64_t value) {
    return {Type::kDatetime, 0, static_cast<uint64_t>(value)};
  }
  // Milliseconds.
  static Value Duration(int64_t value) {
    return {Type::kDuration, 0, static_cast<uint64_t>(value)};
  }
  // These four point at what they are given; the caller keeps it alive.
  static Value String(std::string_view text) {
    return {Type::kString, static_cast<uint32_t>(text.size()), text.data()};
  }
  static Value Entity(const EntityUidView* uid) { return {Type::kEntity, 0, uid}; }
  // With a word of the caller's own, which says where it keeps this entity; it has no part in what
  // the value is equal to, and a copy is without it.
  static Value Entity(const EntityUidView* uid, uint32_t hint) {
    return {Type::kEntity, hint, uid};
  }
  static Value Ipaddr(const IpAddress* address) { return {Type::kIpaddr, 0, address}; }
  static Value EmptySet() { return {Type::kSet, 0, nullptr}; }
  static Value EmptyRecord() { return {Type::kRecord, 0, nullptr}; }

  // Sorts `elements` and drops duplicates in place; the array stays the set's storage.
  static Value Set(std::span<Value> elements);
  // Sorts `fields` by key in place. REQUIRES: no two keys are equal.
  static Value Record(std::span<Field> fields);
  // The same without looking. REQUIRES: keys are ascending, no two equal.
  static Value RecordInOrder(std::span<const Field> fields);

  Type type() const { return type_; }
  bool Is(Type type) const { return type_ == type; }

  // REQUIRES of all of these: the value is of that type.
  bool AsBool() const { return bits_ != 0; }
  // Of Long, decimal, datetime and duration.
  int64_t AsInteger() const { return static_cast<int64_t>(bits_); }
  std::string_view AsString() const { return {static_cast<const char*>(pointer_), size_}; }
  const EntityUidView& AsEntity() const { return *static_cast<const EntityUidView*>(pointer_); }
  uint32_t entity_hint() const { return size_; }  // of an entity; 0 if it has none
  const IpAddress& AsIpaddr() const { return *static_cast<const IpAddress*>(pointer_); }
  std::span<const Value> AsSet() const { return {static_cast<const Value*>(pointer_), size_}; }
  std::span<const Field> AsRecord() const;

  // REQUIRES: a set. Takes time logarithmic in its size.
  bool Contains(const Value& element) const;
  // REQUIRES: a record. Null if there is no such key; logarithmic.
  const Value* Find(std::string_view key) const;

  // A total order over all values: first by type, then by content. 0 means equal in Cedar's sense
  // (`==`), so values of different types are never equal. Recursion is as deep as the value.
  static int Compare(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b) {
    return a.type_ == b.type_ && EqualOfOneType(a, b);
  }

  // A copy of this value that needs nothing but `arena`.
  Value CopyInto(base::Arena& arena) const;

 private:
  static bool EqualOfOneType(const Value& a, const Value& b);

  Value(Type type, uint32_t size, uint64_t bits) : bits_(bits), size_(size), type_(type) {}
  Value(Type type, uint32_t size, const void* pointer)
      : pointer_(pointer), size_(size), type_(type) {}

  union {
    uint64_t bits_;
    const void* pointer_;
  };
  uint32_t size_;  // bytes of a string, elements of a set, fields of a record, hint of an entity
  Type type_;
};

static_assert(sizeof(Value) == 16, "two machine words, so that it travels in registers");

struct Field {
  std::string_view key;
  Value value;
};

inline Value Value::RecordInOrder(std::span<const Field> fields) {
  return {Type::kRecord, static_cast<uint32_t>(fields.size()), fields.data()};
}

inline std::span<const Field> Value::AsRecord() const {
  return {static_cast<const Field*>(pointer_), size_};
}

// The value in Cedar's text syntax; extension values as constructor calls. Parses back to an equal
// value.
std::string Print(const Value& value);

}  // namespace thuja::value
