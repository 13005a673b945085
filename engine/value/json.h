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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

  // Null if this is no object or has no such key.
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

// What messages call the value: `a string`, `null`.
std::string_view Describe(Json::Kind kind);

// A parsed text; owns all that its tree points to. Movable.
class JsonDocument {
 public:
  const Json& root() const { return root_; }
  const std::shared_ptr<const base::SourceText>& source() const { return source_; }

 private:
  friend class JsonReader;

  std::shared_ptr<const base::SourceText> source_;
  base::Arena arena_;
  Json root_;
};

// Reads a text whose root is an array or an object. Stops at the first error.
std::optional<JsonDocument> ReadJson(std::shared_ptr<const base::SourceText> source,
                                     base::Diagnostics& diagnostics);

// Reads a text whose root is an array, and shows its elements one after the other: for texts whose
// whole tree would not be worth its memory. An element's tree is gone when `each` returns; if that
// was false, reading stops. What is wrong with the text behind it is found out only then. A root
// that is no array goes to `other`. False unless everything was read.
bool ReadJsonElements(std::shared_ptr<const base::SourceText> source,
                      base::Diagnostics& diagnostics, absl::FunctionRef<void(const Json&)> other,
                      absl::FunctionRef<bool(const Json&)> each);

// The value as JSON text on one line; numbers as they were written.
std::string WriteJson(const Json& json);

// `text` as a JSON string with its quotes; only what JSON demands is escaped.
std::string QuoteJson(std::string_view text);

}  // namespace thuja::value
