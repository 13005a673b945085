// SPDX-License-Identifier: Apache-2.0
// The JSON reader: one walk over the text, which checks while it builds.
//
// simdjson validates the encoding, where it is far faster than anything written by hand. The rest
// is walked here, because simdjson's on-demand parser would notice neither duplicate keys nor lone
// surrogates, values that nobody asks for or text behind the document, and rounds numbers: with all
// of that checked around it, its own two passes over a request of 600 bytes cost more than this one
// (it wants a padded copy, an index, and a call for each token). Text between quotes is skipped
// eight bytes at a time, in plain arithmetic that every processor has.
//
// The walk stops at the first thing that is wrong. What is then reported first is what is wrong
// with the text as a whole: an unclosed string or bracket is seldom where the walk stumbles over
// it.
//
// Tested by tests/unit/value/json_test.cc and, against a slow reading, by
// tests/unit/value/json_agreement_test.cc.
#include "engine/value/json.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace thuja::value {
namespace {

using base::DiagnosticKind;
using base::Span;

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(std::string_view text, size_t i) {
  while (i < text.size() && IsDigit(text[i])) ++i;
  return i;
}

// RFC 8259 section 6.
bool IsJsonNumber(std::string_view text) {
  size_t i = text.starts_with('-') ? 1 : 0;
  const size_t whole = i;
  i = SkipDigits(text, i);
  if (i == whole || (text[whole] == '0' && i > whole + 1)) return false;
  if (i < text.size() && text[i] == '.') {
    const size_t fraction = ++i;
    i = SkipDigits(text, i);
    if (i == fraction) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const size_t exponent = i;
    i = SkipDigits(text, i);
    if (i == exponent) return false;
  }
  return i == text.size();
}

// Four hex digits at `raw[i]`; nothing if they are not there.
std::optional<char32_t> ReadHex4(std::string_view raw, size_t i) {
  if (raw.size() < i + 4) return std::nullopt;
  uint32_t unit = 0;
  const auto [end, error] = std::from_chars(raw.data() + i, raw.data() + i + 4, unit, 16);
  if (error != std::errc() || end != raw.data() + i + 4) return std::nullopt;
  return unit;
}

// What an escape other than \u stands for; 0 if it is none.
char SimpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

// The high bit of each byte that is zero; above the first that is, also of some that are not.
uint64_t MarkZeros(uint64_t eight) {
  return (eight - 0x0101010101010101) & ~eight & 0x8080808080808080;
}

// The high bit of each byte that cannot stand for itself in a string: a quote, a backslash, a
// control character. Right up to the first of them.
uint64_t MarkSpecial(uint64_t eight) {
  const uint64_t controls = (eight - 0x2020202020202020) & ~eight & 0x8080808080808080;
  return controls | MarkZeros(eight ^ 0x2222222222222222) | MarkZeros(eight ^ 0x5C5C5C5C5C5C5C5C);
}

bool IsSpecial(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// Where the first character from `at` is that cannot stand for itself in a string; behind the text
// if there is none.
size_t SkipPlainText(std::string_view text, size_t at) {
  uint64_t eight = 0;
  for (; at + sizeof(eight) <= text.size(); at += sizeof(eight)) {
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
    const uint64_t special = MarkSpecial(eight);
    if (special != 0) return at + static_cast<size_t>(std::countr_zero(special)) / 8;
  }
  while (at < text.size() && !IsSpecial(text[at])) ++at;
  return at;
}

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

// Walks one document. Every function returns false after it has reported an error.
class JsonReader {
 public:
  JsonReader(JsonDocument& document, base::Diagnostics& diagnostics)
      : document_(document), diagnostics_(diagnostics), text_(document.text_.text()) {
    document_.root_ = Json();
    document_.arena_.Reset();
    document_.elements_.clear();
    document_.members_.clear();
  }

  bool Read() { return ReadRoot(); }

  bool ReadElements(absl::FunctionRef<void(const Json&)> other,
                    absl::FunctionRef<bool(const Json&)> each) {
    each_ = &each;
    if (!ReadRoot()) return false;
    if (document_.root_.IsArray()) return true;
    other(document_.root_);
    return false;
  }

 private:
  bool ReadRoot() {
    SkipSpaces();
    if (at_ == text_.size()) {
      return Report(DiagnosticKind::kJsonSyntax, {0, 0}, {"the text is empty"});
    }
    if (!simdjson::validate_utf8(text_)) {
      return Report(DiagnosticKind::kInvalidUtf8, At(base::FindInvalidUtf8(text_)), {});
    }
    if (text_[at_] != '[' && text_[at_] != '{') {
      return Report(DiagnosticKind::kJsonSyntax, At(at_), {"expected an array or an object"});
    }
    root_ = at_;
    const bool read = text_[at_] == '{'  ? ReadObject(document_.root_)
                      : each_ == nullptr ? ReadArray(document_.root_)
                                         : ReadEachElement();
    if (!read) return false;
    SkipSpaces();
    if (at_ == text_.size()) return true;
    return Fail(DiagnosticKind::kJsonSyntax, At(at_), {"the text goes on behind the document"});
  }

  // The elements of the root for `each_`.
  bool ReadEachElement() {
    document_.root_.kind = Json::Kind::kArray;
    document_.root_.span = At(at_);
    return ReadEach(']', [this] {
      Json element;
      if (!ReadValue(element) || !(*each_)(element)) return false;
      document_.arena_.Reset();
      return true;
    });
  }

  // What stands between the bracket here and the one that closes it, apart by commas.
  template <typename Read>
  bool ReadEach(char closing, const Read& read) {
    if (++depth_ > kMaxJsonDepth) {
      return Fail(DiagnosticKind::kJsonTooDeep, At(last_), {std::to_string(kMaxJsonDepth)});
    }
    ++at_;
    SkipSpaces();
    if (!Take(closing)) {
      do {
        SkipSpaces();
        if (!read()) return false;
        SkipSpaces();
      } while (Take(','));
      if (!Take(closing)) return FailStructure();
    }
    --depth_;
    return true;
  }

  bool ReadArray(Json& out) {
    out.kind = Json::Kind::kArray;
    out.span = At(at_);
    std::vector<Json>& stack = document_.elements_;
    const size_t first = stack.size();
    const auto read = [&] {
      Json element;
      if (!ReadValue(element)) return false;
      stack.push_back(element);
      return true;
    };
    if (!ReadEach(']', read)) return false;
    out.elements = KeepFrom(first, stack);
    return true;
  }

  bool ReadObject(Json& out) {
    out.kind = Json::Kind::kObject;
    out.span = At(at_);
    std::vector<JsonMember>& stack = document_.members_;
    const size_t first = stack.size();
    const auto read = [&] {
      JsonMember member;
      if (!ReadKey(member)) return false;
      SkipSpaces();
      if (!ReadValue(member.value)) return false;
      stack.push_back(member);
      return true;
    };
    if (!ReadEach('}', read)) return false;
    out.members = KeepFrom(first, stack);
    return CheckKeys(out.members);
  }

  // A key and its colon.
  bool ReadKey(JsonMember& member) {
    if (Peek() != '"') return FailStructure();
    const size_t begin = at_;
    Raw raw;
    if (!SkipString(raw)) return false;
    member.key_span = From(begin);
    SkipSpaces();
    if (!Take(':')) return FailStructure();
    last_ = begin;
    return Unescape(raw, member.key);
  }

  bool ReadValue(Json& out) {
    last_ = at_;
    switch (Peek()) {
      case '[': return ReadArray(out);
      case '{': return ReadObject(out);
      case '"': {
        Raw raw;
        if (!SkipString(raw)) return false;
        out.kind = Json::Kind::kString;
        out.span = From(last_);
        return Unescape(raw, out.text);
      }
      default: return ReadShortInteger(out) || ReadWordOrNumber(out);
    }
  }

  // Nearly every number: so few digits that they cannot overflow. False, without an error, and
  // nothing is read if this is none.
  bool ReadShortInteger(Json& out) {
    constexpr size_t kDigits = 18;
    size_t i = at_;
    const bool negative = text_[i] == '-';
    if (negative) ++i;
    const size_t begin = i;
    int64_t number = 0;
    for (; i < text_.size() && IsDigit(text_[i]) && i - begin <= kDigits; ++i) {
      number = number * 10 + (text_[i] - '0');
    }
    const size_t digits = i - begin;
    if (digits == 0 || digits > kDigits || (i < text_.size() && !EndsToken(text_[i]))) return false;
    // `-0` and leading zeros are the other function's affair.
    if (text_[begin] == '0' && (negative || digits > 1)) return false;
    out.kind = Json::Kind::kInteger;
    out.integer = negative ? -number : number;
    out.span = {static_cast<uint32_t>(at_), static_cast<uint32_t>(i)};
    at_ = i;
    return true;
  }

  bool ReadWordOrNumber(Json& out) {
    const size_t begin = at_;
    at_ = EndOfToken(begin);
    const std::string_view token = text_.substr(begin, at_ - begin);
    out.span = From(begin);
    if (token == "null") return true;
    if (token == "true" || token == "false") {
      out.kind = Json::Kind::kBool;
      out.boolean = token == "true";
      return true;
    }
    if (!IsJsonNumber(token)) {
      return Fail(DiagnosticKind::kJsonSyntax, token.empty() ? At(begin) : out.span,
                  {"expected a value"});
    }
    out.kind = Json::Kind::kInteger;
    const char* end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data(), end, out.integer);
    // `-0` is a float to every reader that knows floats.
    if (error == std::errc() && stop == end && token != "-0") return true;
    out.kind = Json::Kind::kOtherNumber;
    out.text = token;
    return true;
  }

  static bool EndsToken(char c) {
    return IsJsonSpace(c) || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}';
  }

  // A message shows all that its author meant as one word; punctuation is a word of one character,
  // and a string inside a word ends it.
  size_t EndOfToken(size_t at) const {
    if (at < text_.size() && !IsJsonSpace(text_[at]) && EndsToken(text_[at])) return at + 1;
    for (; at < text_.size() && !EndsToken(text_[at]); ++at) {
      if (text_[at] == '"') return std::min(SkipEscapedText(at + 1) + 1, text_.size());
      if (text_[at] == '\\' && at + 1 < text_.size() && text_[at + 1] == '"') ++at;
    }
    return at;
  }

  // What stands between quotes.
  struct Raw {
    std::string_view text;
    bool escaped = false;  // whether a backslash is in it
  };

  // Reads the string whose opening quote is here, up to behind its closing one.
  bool SkipString(Raw& raw) {
    const size_t begin = at_ + 1;
    size_t end = SkipPlainText(text_, begin);
    raw.escaped = end < text_.size() && text_[end] == '\\';
    if (raw.escaped) end = SkipEscapedText(end);
    // Unclosed, or a control character: that is found in the text as a whole.
    if (end >= text_.size() || text_[end] != '"') return FailStructure();
    raw.text = text_.substr(begin, end - begin);
    at_ = end + 1;
    return true;
  }

  // The quote or control character that ends the text at `at`, or what lies behind everything.
  size_t SkipEscapedText(size_t at) const {
    at = SkipPlainText(text_, at);
    while (at < text_.size() && text_[at] == '\\') at = SkipPlainText(text_, at + 2);
    return at;
  }

  bool Unescape(const Raw& raw, std::string_view& out) {
    if (!raw.escaped) {
      out = raw.text;
      return true;
    }
    std::string& unescaped = document_.unescaped_;
    unescaped.clear();
    if (!UnescapeTo(raw.text, unescaped)) return false;
    out = document_.arena_.CopyString(unescaped);
    return true;
  }

  bool UnescapeTo(std::string_view raw, std::string& out) {
    for (size_t i = 0; i < raw.size();) {
      const size_t plain = std::min(raw.find('\\', i), raw.size());
      out.append(raw, i, plain - i);
      i = plain;
      if (i == raw.size()) return true;
      if (i + 1 < raw.size() && raw[i + 1] == 'u') {
        if (!UnescapeUnit(raw, i, out)) return false;
        continue;
      }
      const char character = i + 1 < raw.size() ? SimpleEscape(raw[i + 1]) : '\0';
      if (character == 0) return FailEscape(raw, i, 2);
      out.push_back(character);
      i += 2;
    }
    return true;
  }

  bool UnescapeUnit(std::string_view raw, size_t& i, std::string& out) {
    const size_t begin = i;
    const std::optional<char32_t> unit = ReadHex4(raw, begin + 2);
    if (!unit) return FailEscape(raw, begin, 2);
    i += 6;
    char32_t scalar = *unit;
    if (IsHighSurrogate(*unit) && raw.substr(i).starts_with("\\u")) {
      const std::optional<char32_t> low = ReadHex4(raw, i + 2);
      if (low && IsLowSurrogate(*low)) {
        scalar = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
        i += 6;
      }
    }
    if (IsHighSurrogate(scalar) || IsLowSurrogate(scalar)) {
      return Fail(DiagnosticKind::kJsonSurrogate, At(Offset(raw) + begin, 6),
                  {base::Quote(raw.substr(begin, 6))});
    }
    base::AppendScalar(scalar, &out);
    return true;
  }

  bool FailEscape(std::string_view raw, size_t at, size_t size) {
    const size_t begin = Offset(raw) + at;
    return Fail(DiagnosticKind::kJsonSyntax, At(begin, size),
                {base::Quote(text_.substr(begin, size)) + " is not an escape"});
  }

  bool CheckKeys(std::span<const JsonMember> members) {
    // Keys that differ in length and in first and last byte are not equal; of those of one object
    // few do not.
    uint64_t seen = 0;
    for (const JsonMember& member : members) {
      const uint64_t bit = KeyBit(member.key);
      if ((seen & bit) != 0) return CompareKeys(members);
      seen |= bit;
    }
    return true;
  }

  // One of 64, the same for equal keys.
  static uint64_t KeyBit(std::string_view key) {
    if (key.empty()) return 1;
    const auto first = static_cast<unsigned char>(key.front());
    const auto last = static_cast<unsigned char>(key.back());
    return uint64_t{1} << ((key.size() * 19 + first * 5 + last) % 64);
  }

  bool CompareKeys(std::span<const JsonMember> members) {
    // A few keys are compared faster than they are sorted.
    constexpr size_t kFew = 12;
    if (members.size() > kFew) return SortKeys(members);
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].key == members[j].key) return FailRepeated(members[i]);
      }
    }
    return true;
  }

  bool SortKeys(std::span<const JsonMember> members) {
    std::vector<const JsonMember*>& sorted = document_.sorted_;
    sorted.clear();
    for (const JsonMember& member : members) sorted.push_back(&member);
    // Equal keys in the order of the text, so that the later one is reported.
    std::ranges::sort(sorted, [](const JsonMember* a, const JsonMember* b) {
      const int order = a->key.compare(b->key);
      return order != 0 ? order < 0 : a < b;
    });
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->key == sorted[i - 1]->key) return FailRepeated(*sorted[i]);
    }
    return true;
  }

  bool FailRepeated(const JsonMember& member) {
    return Fail(DiagnosticKind::kJsonDuplicateKey, member.key_span, {base::Quote(member.key)});
  }

  // Takes what was pushed since off the stack.
  template <typename T>
  std::span<const T> KeepFrom(size_t first, std::vector<T>& stack) {
    const size_t count = stack.size() - first;
    if (count == 0) return {};
    T* copy = document_.arena_.AllocateArray<T>(count);
    std::uninitialized_copy_n(stack.begin() + static_cast<ptrdiff_t>(first), count, copy);
    stack.resize(first);
    return {copy, count};
  }

  void SkipSpaces() {
    while (at_ < text_.size() && IsJsonSpace(text_[at_])) ++at_;
  }
  // The next character; 0 behind the text.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Span At(size_t begin, size_t size = 1) const {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + size)};
  }
  // From `begin` up to what is read next.
  Span From(size_t begin) const { return At(begin, at_ - begin); }
  size_t Offset(std::string_view part) const {
    return static_cast<size_t>(part.data() - text_.data());
  }

  // Structure goes wrong behind the token that was read last.
  bool FailStructure() {
    return Fail(DiagnosticKind::kJsonSyntax, At(last_),
                {"expected `,`, a closing bracket, or a quoted key and `:`"});
  }

  // What the walk has come upon, unless something is wrong with the text as a whole.
  bool Fail(DiagnosticKind kind, Span span, std::initializer_list<std::string_view> arguments) {
    if (!CheckStrings() || !CheckEnd()) return false;
    return Report(kind, span, arguments);
  }

  // Every string is closed and has no control character.
  bool CheckStrings() {
    bool in_string = false;
    bool escaped = false;  // by a backslash before
    std::optional<size_t> control;
    for (size_t i = root_; i < text_.size(); ++i) {
      if (in_string && !control && static_cast<unsigned char>(text_[i]) < 0x20) control = i;
      if (text_[i] == '"' && !escaped) in_string = !in_string;
      escaped = text_[i] == '\\' && !escaped;
    }
    if (in_string) {
      return Report(DiagnosticKind::kJsonSyntax, At(root_), {"a string is not closed"});
    }
    if (!control) return true;
    return Report(DiagnosticKind::kJsonSyntax, At(*control),
                  {"a control character stands in a string"});
  }

  // The last bracket is the root's.
  bool CheckEnd() {
    const char last = text_[text_.find_last_not_of(" \t\n\r")];
    if (last == (text_[root_] == '[' ? ']' : '}')) return true;
    return Report(DiagnosticKind::kJsonSyntax, At(root_), {"an array or an object is not closed"});
  }

  // False, for the caller to return.
  bool Report(DiagnosticKind kind, Span span, std::initializer_list<std::string_view> arguments) {
    diagnostics_.Add(kind, document_.text_.source(), span, arguments);
    return false;
  }

  JsonDocument& document_;
  base::Diagnostics& diagnostics_;
  const std::string_view text_;
  absl::FunctionRef<bool(const Json&)>* each_ = nullptr;  // unless null, takes the root's elements
  size_t at_ = 0;                                         // offset of what is read next
  size_t last_ = 0;                                       // offset of the token that was read last
  size_t root_ = 0;                                       // offset of the root's bracket
  int depth_ = 0;
};

bool JsonDocument::Read(base::LentText text, base::Diagnostics& diagnostics) {
  text_ = std::move(text);
  return JsonReader(*this, diagnostics).Read();
}

bool JsonDocument::ReadElements(base::LentText text, base::Diagnostics& diagnostics,
                                absl::FunctionRef<void(const Json&)> other,
                                absl::FunctionRef<bool(const Json&)> each) {
  text_ = std::move(text);
  return JsonReader(*this, diagnostics).ReadElements(other, each);
}

const Json* Json::Find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &JsonMember::key);
  return found == members.end() ? nullptr : &found->value;
}

std::string_view Describe(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return "a boolean";
    case Json::Kind::kInteger:
    case Json::Kind::kOtherNumber: return "a number";
    case Json::Kind::kString: return "a string";
    case Json::Kind::kArray: return "an array";
    case Json::Kind::kObject: return "an object";
  }
  return "";
}

std::optional<JsonDocument> ReadJson(std::shared_ptr<const base::SourceText> source,
                                     base::Diagnostics& diagnostics) {
  std::optional<JsonDocument> document(std::in_place);
  if (!document->Read(std::move(source), diagnostics)) return std::nullopt;
  return document;
}

bool ReadJsonElements(std::shared_ptr<const base::SourceText> source,
                      base::Diagnostics& diagnostics, absl::FunctionRef<void(const Json&)> other,
                      absl::FunctionRef<bool(const Json&)> each) {
  JsonDocument document;
  return document.ReadElements(std::move(source), diagnostics, other, each);
}

std::string WriteJson(const Json& json) {
  switch (json.kind) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return json.boolean ? "true" : "false";
    case Json::Kind::kInteger: return std::to_string(json.integer);
    case Json::Kind::kOtherNumber: return std::string(json.text);
    case Json::Kind::kString: return QuoteJson(json.text);
    case Json::Kind::kArray: {
      std::string out;
      for (const Json& element : json.elements) {
        out += (out.empty() ? "" : ",") + WriteJson(element);
      }
      return "[" + out + "]";
    }
    case Json::Kind::kObject: {
      std::string out;
      for (const JsonMember& member : json.members) {
        out += (out.empty() ? "" : ",") + QuoteJson(member.key) + ":" + WriteJson(member.value);
      }
      return "{" + out + "}";
    }
  }
  return "";
}

std::string QuoteJson(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<size_t>(c) >> 4];
          out += kHex[static_cast<size_t>(c) & 0xF];
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace thuja::value
