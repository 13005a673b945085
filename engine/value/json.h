// SPDX-License-Identifier: Apache-2.0
// The one JSON reader: text in, a checked tree with source places out.
//
// Everything in the text is walked, also what the caller will ignore: UTF-8, duplicate keys by
// their unescaped spelling, depth, lone surrogates, and that nothing follows the document (RFC 8259
// read strictly, as RFC 7493 advises). Whole numbers of 64 bits are exact; every other number is
// kept as its text, so that the caller can refuse it by name.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/diagnostic.h"
#include "engine/base/source.h"

namespace thuja::value {

// How deep arrays and objects may be nested; what Cedar's own reader takes.
inline constexpr int kMaxJsonDepth = 127;

struct JsonMember;

struct Json {
  enum class Kind : uint8_t { kNull, kBool, kInteger, kOtherNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  std::string_view text;                // of a string, unescaped; of another number, as written
  std::span<const Json> elements;       // of an array
  std::span<const JsonMember> members;  // of an object, in the order of the text
  base::Span span;                      // of a scalar; of the others the opening bracket

  // Null if this is no object or has no such key. Inline below, so that a key which is written in
  // the source is compared without a call.
  const Json* Find(std::string_view key) const;

  bool IsString() const { return kind == Kind::kString; }
  bool IsObject() const { return kind == Kind::kObject; }
  bool IsArray() const { return kind == Kind::kArray; }
};

struct JsonMember {
  std::string_view key;  // unescaped
  base::Span key_span;
  Json value;
};

inline const Json* Json::Find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key.size() == key.size() &&
        std::memcmp(member.key.data(), key.data(), key.size()) == 0) {
      return &member.value;
    }
  }
  return nullptr;
}

// What messages call the value: `a string`, `null`.
std::string_view Describe(Json::Kind kind);

// What reading fills and needs; of JsonDocument.
struct JsonMemory {
  base::Arena arena;  // of what the tree points to, but for strings without escapes
  // Stacks of what the arrays and objects that are open have so far.
  std::vector<Json> elements;
  std::vector<JsonMember> members;
  std::vector<const JsonMember*> sorted;  // those of an object of many keys
  std::string unescaped;
};

// Reads texts one after the other. Its memory stays for the next one, so that a document which has
// grown to the largest text takes none from the system any more. Movable. Not thread-safe.
class JsonDocument {
 public:
  // Reads a text whose root is an array or an object, in place of the one before. Stops at the
  // first error; false then. The tree points into the text, whose owner keeps it.
  bool Read(base::LentText text, base::Diagnostics& diagnostics);

  // The same for a text whose root is an array, whose elements are shown one after the other: for
  // texts whose whole tree would not be worth its memory. An element's tree is gone when `each`
  // returns; if that was false, reading stops. What is wrong with the text behind it is found out
  // only then, but for bytes that are no UTF-8. A root that is no array goes to `other`. False
  // unless everything was read.
  bool ReadElements(base::LentText text, base::Diagnostics& diagnostics,
                    absl::FunctionRef<void(const Json&)> other,
                    absl::FunctionRef<bool(const Json&)> each);

  const Json& root() const { return root_; }
  const base::LentText& text() const { return text_; }
  const std::shared_ptr<const base::SourceText>& source() const { return text_.source(); }

 private:
  base::LentText text_;
  Json root_;
  JsonMemory memory_;
};

// A document of its own that keeps the source.
std::optional<JsonDocument> ReadJson(std::shared_ptr<const base::SourceText> source,
                                     base::Diagnostics& diagnostics);

// See JsonDocument::ReadElements.
bool ReadJsonElements(std::shared_ptr<const base::SourceText> source,
                      base::Diagnostics& diagnostics, absl::FunctionRef<void(const Json&)> other,
                      absl::FunctionRef<bool(const Json&)> each);

// The value as JSON text on one line; numbers as they were written.
std::string WriteJson(const Json& json);

// `text` as a JSON string with its quotes; only what JSON demands is escaped.
std::string QuoteJson(std::string_view text);

}  // namespace thuja::value
