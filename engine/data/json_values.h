// SPDX-License-Identifier: Apache-2.0
// Cedar's values, uids and records out of JSON.
//
// Follows the JSON form of entities (docs.cedarpolicy.com, "Entities and context") as the SDK 4.13
// reads it without a schema: an object whose only key is a well-formed `__entity` or `__extn` is
// that entity or extension value, and a malformed one is a plain record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/arena.h"
#include "engine/base/diagnostic.h"
#include "engine/value/json.h"
#include "engine/value/value.h"

namespace thuja::data {

// Where in a document a reader stands, such as `entities[3].attrs.owner`; a chain on the stack.
class Place {
 public:
  explicit Place(std::string_view root) : name_(root) {}
  Place(const Place& parent, std::string_view key) : parent_(&parent), name_(key) {}
  Place(const Place& parent, size_t index) : parent_(&parent), index_(index) {}

  std::string ToString() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view name_;
  size_t index_ = 0;
};

// Whether an object may stand for an entity or an extension value.
enum class Escapes : uint8_t {
  kHonour,  // `__entity` and `__extn`, as in Cedar
  kPlain,   // never: every object is a record, whatever its keys. For text of callers who may not
            // say what is an entity (CVE-2026-55772 is what happens otherwise).
};

// Reads parts of one text. Every function reports what is wrong and returns nothing then.
class ValueReader {
 public:
  // Values are built in `arena`; texts are copied there, so what was read may go. All must outlive
  // the reader; readers of one text share the source that the first problem makes of it.
  ValueReader(const base::LentText& text, base::Arena& arena, base::Diagnostics& diagnostics,
              Escapes escapes = Escapes::kHonour)
      : text_(text), arena_(arena), diagnostics_(diagnostics), escapes_(escapes) {}
  ValueReader(const value::JsonDocument& document, base::Arena& arena,
              base::Diagnostics& diagnostics, Escapes escapes = Escapes::kHonour)
      : ValueReader(document.text(), arena, diagnostics, escapes) {}

  std::optional<value::Value> ReadValue(const value::Json& json, const Place& place);

  // An object whose members are attributes: never taken for an escape itself.
  std::optional<value::Value> ReadAttributes(const value::Json& json, const Place& place);

  // `{"type": T, "id": I}`, or, where escapes count, the same inside `{"__entity": ...}`.
  std::optional<value::EntityUidView> ReadUid(const value::Json& json, const Place& place);
  // The same, pointing at what was read.
  std::optional<value::EntityUidView> FindUid(const value::Json& json, const Place& place);

  void Report(base::DiagnosticKind kind, base::Span span,
              std::initializer_list<std::string_view> arguments) {
    diagnostics_.Add(kind, text_.source(), span, arguments);
  }
  // Reports `PLACE: expected WHAT, found ...`.
  void ReportExpected(const value::Json& json, const Place& place, std::string_view what);

  base::Arena& arena() { return arena_; }

 private:
  std::optional<value::Value> ReadObject(const value::Json& json, const Place& place);
  std::optional<value::Value> ReadCall(const value::Json& call, const Place& place);
  std::optional<value::Value> ReadSet(const value::Json& json, const Place& place);
  // What an object says, if both are strings.
  struct TypeAndId {
    const value::Json* type = nullptr;
    const value::Json* id = nullptr;
    explicit operator bool() const { return type != nullptr && id != nullptr; }
  };
  static TypeAndId FindTypeAndId(const value::Json& json);
  // REQUIRES: both are there.
  std::optional<value::EntityUidView> CheckUid(const TypeAndId& found, const Place& place);
  value::EntityUidView Copy(const value::EntityUidView& uid) {
    return {arena_.CopyString(uid.type), arena_.CopyString(uid.id)};
  }

  const base::LentText& text_;
  base::Arena& arena_;
  base::Diagnostics& diagnostics_;
  Escapes escapes_;
};

}  // namespace thuja::data
