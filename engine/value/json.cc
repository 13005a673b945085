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

// The first character from `at` that cannot stand for itself in a string; `end` if there is none.
// Inline, since strings are short: a call would cost as much as what it does.
[[gnu::always_inline]] inline const char* SkipPlainText(const char* at, const char* end) {
  uint64_t eight = 0;
  for (; end - at >= static_cast<ptrdiff_t>(sizeof(eight)); at += sizeof(eight)) {
    std::memcpy(&eight, at, sizeof(eight));
    if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
    const uint64_t special = MarkSpecial(eight);
    if (special != 0) return at + std::countr_zero(special) / 8;
  }
  while (at != end && !IsSpecial(*at)) ++at;
  return at;
}

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// What the stacks grow by, before it is read. A copy, because clearing as many bytes in place makes
// g++ use an instruction (`rep stos`) that takes longer than reading the member.
constexpr Json kNoValue;
constexpr JsonMember kNoMember;

// Walks one document. Every function takes where it reads from and returns where it has read to;
// null after it has reported an error.
class Walk {
 public:
  using Each = absl::FunctionRef<bool(const Json&)>;

  // Unless null, `each` takes the elements of the root.
  Walk(const base::LentText& text, JsonMemory& memory, base::Diagnostics& diagnostics,
       const Each* each)
      : source_(text),
        text_(text.text()),
        end_(text_.data() + text_.size()),
        memory_(memory),
        diagnostics_(diagnostics),
        each_(each),
        root_(text_.data()),
        last_(text_.data()) {
    memory_.arena.Reset();
    memory_.elements.clear();
    memory_.members.clear();
  }

  bool Read(Json& root) {
    const char* at = SkipSpaces(text_.data());
    if (at == end_) return Report(DiagnosticKind::kJsonSyntax, {0, 0}, {"the text is empty"});
    if (!simdjson::validate_utf8(text_)) {
      const char* invalid = text_.data() + std::min(base::FindInvalidUtf8(text_), text_.size());
      return Report(DiagnosticKind::kInvalidUtf8, At(invalid), {});
    }
    if (*at != '[' && *at != '{') {
      return Report(DiagnosticKind::kJsonSyntax, At(at), {"expected an array or an object"});
    }
    root_ = at;
    at = *at == '{'         ? ReadObject(at, root)
         : each_ == nullptr ? ReadArray(at, root)
                            : ShowEach(at, root);
    if (at == nullptr) return false;
    at = SkipSpaces(at);
    if (at == end_) return true;
    Fail(DiagnosticKind::kJsonSyntax, At(at), {"the text goes on behind the document"});
    return false;
  }

 private:
  // What stands between the bracket at `at` and the one that closes it, apart by commas.
  template <typename ReadOne>
  const char* ReadList(const char* at, char closing, const ReadOne& read) {
    if (++depth_ > kMaxJsonDepth) {
      return Fail(DiagnosticKind::kJsonTooDeep, At(last_), {std::to_string(kMaxJsonDepth)});
    }
    at = SkipSpaces(at + 1);
    if (Peek(at) != closing) {
      for (;;) {
        at = read(SkipSpaces(at));
        if (at == nullptr) return nullptr;
        at = SkipSpaces(at);
        if (Peek(at) != ',') break;
        ++at;
      }
      if (at == end_ || *at != closing) return FailStructure();
    }
    --depth_;
    return at + 1;
  }

  const char* ShowEach(const char* at, Json& root) {
    root.kind = Json::Kind::kArray;
    root.span = At(at);
    return ReadList(at, ']', [this](const char* element) -> const char* {
      Json shown;
      element = ReadValue(element, shown);
      if (element == nullptr || !(*each_)(shown)) return nullptr;
      memory_.arena.Reset();
      return element;
    });
  }

  const char* ReadArray(const char* at, Json& out) {
    out.kind = Json::Kind::kArray;
    out.span = At(at);
    std::vector<Json>& stack = memory_.elements;
    const size_t first = stack.size();
    at = ReadList(at, ']', [this, &stack](const char* element) {
      stack.push_back(kNoValue);
      Json& top = stack.back();
      if (!OpensList(element)) return ReadScalar(element, top);
      // Lists within it grow the stack, which may move.
      const size_t place = stack.size() - 1;
      Json list;
      element = ReadValue(element, list);
      stack[place] = list;
      return element;
    });
    if (at != nullptr) out.elements = KeepFrom(first, stack);
    return at;
  }

  const char* ReadObject(const char* at, Json& out) {
    out.kind = Json::Kind::kObject;
    out.span = At(at);
    std::vector<JsonMember>& stack = memory_.members;
    const size_t first = stack.size();
    at = ReadList(at, '}', [this, &stack](const char* member) {
      stack.push_back(kNoMember);
      JsonMember& top = stack.back();
      member = ReadKey(member, top);
      if (member == nullptr) return member;
      member = SkipSpaces(member);
      if (!OpensList(member)) return ReadScalar(member, top.value);
      const size_t place = stack.size() - 1;
      Json list;
      member = ReadValue(member, list);
      stack[place].value = list;
      return member;
    });
    if (at == nullptr) return nullptr;
    out.members = KeepFrom(first, stack);
    return HasUniqueKeys(out.members) ? at : nullptr;
  }

  // A key and its colon.
  const char* ReadKey(const char* at, JsonMember& member) {
    if (Peek(at) != '"') return FailStructure();
    const char* begin = at;
    Raw raw;
    at = SkipString(at, raw);
    if (at == nullptr) return nullptr;
    member.key_span = Between(begin, at);
    at = SkipSpaces(at);
    if (Peek(at) != ':') return FailStructure();
    last_ = begin;
    return Unescape(raw, member.key) ? at + 1 : nullptr;
  }

  bool OpensList(const char* at) const { return at != end_ && (*at == '[' || *at == '{'); }

  const char* ReadValue(const char* at, Json& out) {
    if (!OpensList(at)) return ReadScalar(at, out);
    last_ = at;
    return *at == '[' ? ReadArray(at, out) : ReadObject(at, out);
  }

  const char* ReadScalar(const char* at, Json& out) {
    last_ = at;
    if (Peek(at) != '"') return ReadWordOrNumber(at, out);
    Raw raw;
    const char* behind = SkipString(at, raw);
    if (behind == nullptr) return nullptr;
    out.kind = Json::Kind::kString;
    out.span = Between(at, behind);
    return Unescape(raw, out.text) ? behind : nullptr;
  }

  const char* ReadWordOrNumber(const char* at, Json& out) {
    if (const char* behind = ReadShortInteger(at, out)) return behind;
    const char* behind = EndOfToken(at);
    const std::string_view token(at, static_cast<size_t>(behind - at));
    out.span = Between(at, behind);
    if (token == "null") return behind;
    if (token == "true" || token == "false") {
      out.kind = Json::Kind::kBool;
      out.boolean = token == "true";
      return behind;
    }
    if (!IsJsonNumber(token)) {
      return Fail(DiagnosticKind::kJsonSyntax, token.empty() ? At(at) : out.span,
                  {"expected a value"});
    }
    out.kind = Json::Kind::kInteger;
    const auto [stop, error] = std::from_chars(at, behind, out.integer);
    // `-0` is a float to every reader that knows floats.
    if (error == std::errc() && stop == behind && token != "-0") return behind;
    out.kind = Json::Kind::kOtherNumber;
    out.text = token;
    return behind;
  }

  // Nearly every number: so few digits that they cannot overflow. Null, without an error, if there
  // is none here.
  const char* ReadShortInteger(const char* at, Json& out) const {
    constexpr ptrdiff_t kDigits = 18;
    const bool negative = Peek(at) == '-';
    const char* begin = negative ? at + 1 : at;
    const char* behind = begin;
    uint64_t number = 0;  // one digit more than are taken fits, too
    for (; behind != end_ && IsDigit(*behind) && behind - begin <= kDigits; ++behind) {
      number = number * 10 + static_cast<uint64_t>(*behind - '0');
    }
    const ptrdiff_t digits = behind - begin;
    if (digits == 0 || digits > kDigits || (behind != end_ && !EndsToken(*behind))) return nullptr;
    // `-0` and leading zeros are the other function's affair.
    if (*begin == '0' && (negative || digits > 1)) return nullptr;
    out.kind = Json::Kind::kInteger;
    out.integer = negative ? -static_cast<int64_t>(number) : static_cast<int64_t>(number);
    out.span = Between(at, behind);
    return behind;
  }

  static bool EndsToken(char c) {
    return IsJsonSpace(c) || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}';
  }

  // A message shows all that its author meant as one word; punctuation is a word of one character,
  // and a string inside a word ends it.
  const char* EndOfToken(const char* at) const {
    if (at != end_ && EndsToken(*at)) return at + 1;
    for (; at != end_ && !EndsToken(*at); ++at) {
      if (*at == '"') {
        const char* quote = SkipEscapedText(at + 1);
        return quote == end_ ? end_ : quote + 1;
      }
      if (*at == '\\' && end_ - at > 1 && at[1] == '"') ++at;
    }
    return at;
  }

  // What stands between quotes.
  struct Raw {
    std::string_view text;
    bool escaped = false;  // whether a backslash is in it
  };

  // Reads the string whose opening quote is at `at`, up to behind its closing one.
  const char* SkipString(const char* at, Raw& raw) {
    const char* begin = at + 1;
    const char* quote = SkipPlainText(begin, end_);
    raw.escaped = Peek(quote) == '\\';
    if (raw.escaped) quote = SkipEscapedText(quote);
    // Unclosed, or a control character: that is found in the text as a whole.
    if (Peek(quote) != '"') return FailStructure();
    raw.text = {begin, static_cast<size_t>(quote - begin)};
    return quote + 1;
  }

  // The quote or control character that ends the text at `at`; the end if there is none.
  const char* SkipEscapedText(const char* at) const {
    at = SkipPlainText(at, end_);
    while (at != end_ && *at == '\\') {
      at = end_ - at > 2 ? SkipPlainText(at + 2, end_) : end_;
    }
    return at;
  }

  bool Unescape(const Raw& raw, std::string_view& out) {
    if (!raw.escaped) {
      out = raw.text;
      return true;
    }
    std::string& unescaped = memory_.unescaped;
    unescaped.clear();
    if (!UnescapeTo(raw.text, unescaped)) return false;
    out = memory_.arena.CopyString(unescaped);
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
      Fail(DiagnosticKind::kJsonSurrogate, At(raw.data() + begin, 6),
           {base::Quote(raw.substr(begin, 6))});
      return false;
    }
    base::AppendScalar(scalar, &out);
    return true;
  }

  bool FailEscape(std::string_view raw, size_t at, size_t size) {
    const char* begin = raw.data() + at;
    const size_t shown = std::min(size, static_cast<size_t>(end_ - begin));
    Fail(DiagnosticKind::kJsonSyntax, At(begin, size),
         {base::Quote({begin, shown}) + " is not an escape"});
    return false;
  }

  bool HasUniqueKeys(std::span<const JsonMember> members) {
    // Keys that differ in length and in first and last byte are not equal; of those of one object
    // few do not.
    uint64_t seen = 0;
    for (const JsonMember& member : members) {
      const uint64_t bit = KeyBit(member.key);
      if ((seen & bit) != 0) return AreUnique(members);
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

  bool AreUnique(std::span<const JsonMember> members) {
    // A few keys are compared faster than they are sorted.
    constexpr size_t kFew = 12;
    if (members.size() > kFew) return AreUniqueSorted(members);
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].key == members[j].key) return FailRepeated(members[i]);
      }
    }
    return true;
  }

  bool AreUniqueSorted(std::span<const JsonMember> members) {
    std::vector<const JsonMember*>& sorted = memory_.sorted;
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
    Fail(DiagnosticKind::kJsonDuplicateKey, member.key_span, {base::Quote(member.key)});
    return false;
  }

  // Takes what was pushed since off the stack.
  template <typename T>
  std::span<const T> KeepFrom(size_t first, std::vector<T>& stack) {
    const size_t count = stack.size() - first;
    if (count == 0) return {};
    T* copy = memory_.arena.AllocateArray<T>(count);
    std::uninitialized_copy_n(stack.begin() + static_cast<ptrdiff_t>(first), count, copy);
    stack.resize(first);
    return {copy, count};
  }

  const char* SkipSpaces(const char* at) const {
    // Between most tokens there is none.
    if (at != end_ && static_cast<unsigned char>(*at) > ' ') return at;
    while (at != end_ && IsJsonSpace(*at)) ++at;
    return at;
  }
  // 0 behind the text.
  char Peek(const char* at) const { return at != end_ ? *at : '\0'; }

  Span At(const char* at, size_t size = 1) const {
    const auto begin = static_cast<uint32_t>(at - text_.data());
    return {begin, begin + static_cast<uint32_t>(size)};
  }
  Span Between(const char* begin, const char* behind) const {
    return At(begin, static_cast<size_t>(behind - begin));
  }

  // Structure goes wrong behind the token that was read last.
  const char* FailStructure() {
    return Fail(DiagnosticKind::kJsonSyntax, At(last_),
                {"expected `,`, a closing bracket, or a quoted key and `:`"});
  }

  // Reports what the walk has come upon, unless something is wrong with the text as a whole. Null,
  // for the caller to return.
  const char* Fail(DiagnosticKind kind, Span span,
                   std::initializer_list<std::string_view> arguments) {
    if (CheckStrings() && CheckEnd()) Report(kind, span, arguments);
    return nullptr;
  }

  // Every string is closed and has no control character.
  bool CheckStrings() {
    bool in_string = false;
    bool escaped = false;  // by a backslash before
    const char* control = nullptr;
    for (const char* at = root_; at != end_; ++at) {
      const bool is_control = static_cast<unsigned char>(*at) < 0x20;
      if (in_string && is_control && control == nullptr) control = at;
      if (*at == '"' && !escaped) in_string = !in_string;
      escaped = *at == '\\' && !escaped;
    }
    if (in_string) {
      return Report(DiagnosticKind::kJsonSyntax, At(root_), {"a string is not closed"});
    }
    if (control == nullptr) return true;
    return Report(DiagnosticKind::kJsonSyntax, At(control),
                  {"a control character stands in a string"});
  }

  // The last bracket is the root's.
  bool CheckEnd() {
    const char last = text_[text_.find_last_not_of(" \t\n\r")];
    if (last == (*root_ == '[' ? ']' : '}')) return true;
    return Report(DiagnosticKind::kJsonSyntax, At(root_), {"an array or an object is not closed"});
  }

  // False, for the caller to return.
  bool Report(DiagnosticKind kind, Span span, std::initializer_list<std::string_view> arguments) {
    diagnostics_.Add(kind, source_.source(), span, arguments);
    return false;
  }

  const base::LentText& source_;
  const std::string_view text_;
  const char* const end_;
  JsonMemory& memory_;
  base::Diagnostics& diagnostics_;
  const Each* const each_;
  const char* root_;  // the root's bracket
  const char* last_;  // the token that was read last
  int depth_ = 0;
};

}  // namespace

bool JsonDocument::Read(base::LentText text, base::Diagnostics& diagnostics) {
  text_ = std::move(text);
  root_ = Json();
  return Walk(text_, memory_, diagnostics, nullptr).Read(root_);
}

bool JsonDocument::ReadElements(base::LentText text, base::Diagnostics& diagnostics,
                                absl::FunctionRef<void(const Json&)> other,
                                absl::FunctionRef<bool(const Json&)> each) {
  text_ = std::move(text);
  root_ = Json();
  if (!Walk(text_, memory_, diagnostics, &each).Read(root_)) return false;
  if (root_.IsArray()) return true;
  other(root_);
  return false;
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

}  // namespace thuja::value
