// SPDX-License-Identifier: Apache-2.0
// The JSON reader on top of simdjson's on-demand parser.
//
// simdjson finds the structure and checks UTF-8 and control characters; it would not notice
// duplicate keys, lone surrogates, values that nobody asks for or text behind the document, and
// it rounds numbers. So every value is visited, and scalars are decoded here from their raw text.
//
// Tested by tests/unit/value/json_test.cc.
#include "engine/value/json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace thuja::value {
namespace {

using base::DiagnosticKind;
using base::Span;
namespace ondemand = simdjson::ondemand;

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

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

// Walks one document. Every function returns false after it has reported an error.
class JsonReader {
 public:
  JsonReader(std::shared_ptr<const base::SourceText> source, base::Diagnostics& diagnostics)
      : diagnostics_(diagnostics) {
    document_.source_ = std::move(source);
    text_ = document_.source_->text();
  }

  std::optional<JsonDocument> Read() {
    if (!ReadRoot()) return std::nullopt;
    return std::move(document_);
  }

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
    const size_t begin = text_.find_first_not_of(" \t\n\r");
    if (begin == std::string_view::npos) {
      Report(DiagnosticKind::kJsonSyntax, {0, 0}, {"the text is empty"});
      return false;
    }
    if (!CheckEncoding()) return false;
    if (text_[begin] != '[' && text_[begin] != '{') {
      Report(DiagnosticKind::kJsonSyntax, At(begin), {"expected an array or an object"});
      return false;
    }
    padded_ = simdjson::padded_string(text_);
    ondemand::document document;
    const simdjson::error_code structure = parser_.iterate(padded_).get(document);
    if (!Check(structure,
               structure == simdjson::UNESCAPED_CHARS ? AtControlCharacter() : Whole())) {
      return false;
    }
    const bool read = text_[begin] == '[' ? ReadRootArray(document) : ReadRootObject(document);
    if (!read) return false;
    document_.root_.span = At(begin);
    const simdjson::simdjson_result<const char*> rest = document.current_location();
    if (rest.error() == simdjson::OUT_OF_BOUNDS) return true;
    const size_t end = rest.error() ? text_.size() : Offset(rest.value_unsafe());
    Report(DiagnosticKind::kJsonSyntax, At(end), {"the text goes on behind the document"});
    return false;
  }

  bool CheckEncoding() {
    if (simdjson::validate_utf8(text_)) return true;
    Report(DiagnosticKind::kInvalidUtf8, At(base::FindInvalidUtf8(text_)), {});
    return false;
  }

  bool ReadRootArray(ondemand::document& document) {
    ondemand::array array;
    if (!Check(document.get_array().get(array), Whole())) return false;
    if (each_ == nullptr) return ReadArray(array, &document_.root_);
    document_.root_.kind = Json::Kind::kArray;
    return ReadEach(array, [this](const Json& element) {
      const bool goes_on = (*each_)(element);
      document_.arena_.Reset();
      return goes_on;
    });
  }

  bool ReadRootObject(ondemand::document& document) {
    ondemand::object object;
    return Check(document.get_object().get(object), Whole()) &&
           ReadObject(object, &document_.root_);
  }

  template <typename Take>
  bool ReadEach(ondemand::array& array, const Take& take) {
    if (!EnterLevel()) return false;
    for (auto result : array) {
      ondemand::value value;
      if (!Check(std::move(result).get(value), Here())) return false;
      Json element;
      if (!ReadValue(value, &element) || !take(element)) return false;
    }
    --depth_;
    return true;
  }

  bool ReadArray(ondemand::array& array, Json* out) {
    out->kind = Json::Kind::kArray;
    const size_t first = elements_.size();
    const auto take = [this](const Json& element) {
      elements_.push_back(element);
      return true;
    };
    if (!ReadEach(array, take)) return false;
    out->elements = KeepFrom(first, elements_);
    return true;
  }

  bool ReadObject(ondemand::object& object, Json* out) {
    out->kind = Json::Kind::kObject;
    const size_t first = members_.size();
    if (!EnterLevel()) return false;
    for (auto result : object) {
      ondemand::field field;
      if (!Check(std::move(result).get(field), Here())) return false;
      JsonMember member;
      const size_t begin = Offset(field.key().raw()) - 1;
      if (!ReadString(begin, &member.key, &member.key_span)) return false;
      if (!ReadValue(field.value(), &member.value)) return false;
      members_.push_back(member);
    }
    --depth_;
    out->members = KeepFrom(first, members_);
    return CheckKeys(out->members);
  }

  bool EnterLevel() {
    if (++depth_ <= kMaxJsonDepth) return true;
    Report(DiagnosticKind::kJsonTooDeep, Here(), {std::to_string(kMaxJsonDepth)});
    return false;
  }

  bool ReadValue(ondemand::value& value, Json* out) {
    const std::string_view token = value.raw_json_token();
    const size_t begin = Offset(token.data());
    last_ = begin;
    switch (token.empty() ? '\0' : token[0]) {
      case '[': {
        ondemand::array array;
        if (!Check(value.get_array().get(array), At(begin)) || !ReadArray(array, out)) return false;
        break;
      }
      case '{': {
        ondemand::object object;
        if (!Check(value.get_object().get(object), At(begin)) || !ReadObject(object, out)) {
          return false;
        }
        break;
      }
      case '"':
        out->kind = Json::Kind::kString;
        // Taken here, because simdjson would skip a string before a colon as if it were a key.
        return Check(value.get_raw_json_string().error(), At(begin)) &&
               ReadString(begin, &out->text, &out->span);
      default: return ReadWordOrNumber(begin, token, out);
    }
    out->span = At(begin);
    return true;
  }

  bool ReadWordOrNumber(size_t begin, std::string_view token, Json* out) {
    while (!token.empty() && IsJsonSpace(token.back())) token.remove_suffix(1);
    out->span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + token.size())};
    if (token == "null") return true;
    if (token == "true" || token == "false") {
      out->kind = Json::Kind::kBool;
      out->boolean = token == "true";
      return true;
    }
    if (!IsJsonNumber(token)) {
      Report(DiagnosticKind::kJsonSyntax, out->span.begin < out->span.end ? out->span : At(begin),
             {"expected a value"});
      return false;
    }
    out->kind = Json::Kind::kInteger;
    const char* end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data(), end, out->integer);
    // `-0` is a float to every reader that knows floats.
    if (error == std::errc() && stop == end && token != "-0") return true;
    out->kind = Json::Kind::kOtherNumber;
    out->text = text_.substr(begin, token.size());
    return true;
  }

  // The closing quote of the string whose text begins at `at`.
  size_t SkipEscaped(size_t at) const {
    while (at < text_.size() && text_[at] != '"') at += text_[at] == '\\' ? 2 : 1;
    return std::min(at, text_.size());
  }

  // The string whose opening quote is at `begin`. simdjson has made sure that it is closed.
  bool ReadString(size_t begin, std::string_view* out, Span* span) {
    size_t end = std::min(text_.find('"', begin + 1), text_.size());
    const bool escaped =
        text_.substr(begin + 1, end - begin - 1).find('\\') != std::string_view::npos;
    if (escaped) end = SkipEscaped(begin + 1);
    *span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(std::min(end + 1, text_.size()))};
    last_ = begin;
    const std::string_view raw = text_.substr(begin + 1, end - begin - 1);
    if (!escaped) {
      *out = raw;
      return true;
    }
    std::string decoded;
    if (!Unescape(raw, begin + 1, &decoded)) return false;
    *out = document_.arena_.CopyString(decoded);
    return true;
  }

  bool Unescape(std::string_view raw, size_t offset, std::string* out) {
    for (size_t i = 0; i < raw.size();) {
      if (raw[i] != '\\') {
        out->push_back(raw[i++]);
      } else if (i + 1 < raw.size() && raw[i + 1] == 'u') {
        if (!UnescapeUnit(raw, offset, &i, out)) return false;
      } else {
        const char character = i + 1 < raw.size() ? SimpleEscape(raw[i + 1]) : '\0';
        if (character == 0) return ReportEscape(offset + i, 2);
        out->push_back(character);
        i += 2;
      }
    }
    return true;
  }

  bool UnescapeUnit(std::string_view raw, size_t offset, size_t* i, std::string* out) {
    const size_t begin = *i;
    const std::optional<char32_t> unit = ReadHex4(raw, begin + 2);
    if (!unit) return ReportEscape(offset + begin, 2);
    *i += 6;
    char32_t scalar = *unit;
    if (IsHighSurrogate(*unit) && raw.substr(*i).starts_with("\\u")) {
      const std::optional<char32_t> low = ReadHex4(raw, *i + 2);
      if (low && IsLowSurrogate(*low)) {
        scalar = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
        *i += 6;
      }
    }
    if (IsHighSurrogate(scalar) || IsLowSurrogate(scalar)) {
      Report(DiagnosticKind::kJsonSurrogate, At(offset + begin, 6),
             {base::Quote(raw.substr(begin, 6))});
      return false;
    }
    base::AppendScalar(scalar, out);
    return true;
  }

  bool ReportEscape(size_t begin, size_t size) {
    Report(DiagnosticKind::kJsonSyntax, At(begin, size),
           {base::Quote(text_.substr(begin, size)) + " is not an escape"});
    return false;
  }

  bool CheckKeys(std::span<const JsonMember> members) {
    // A few keys are compared faster than they are sorted.
    constexpr size_t kFew = 12;
    if (members.size() > kFew) return CheckManyKeys(members);
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].key == members[j].key) return ReportRepeated(members[i]);
      }
    }
    return true;
  }

  bool CheckManyKeys(std::span<const JsonMember> members) {
    std::vector<const JsonMember*> sorted;
    sorted.reserve(members.size());
    for (const JsonMember& member : members) sorted.push_back(&member);
    std::ranges::stable_sort(sorted, {}, [](const JsonMember* member) { return member->key; });
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->key == sorted[i - 1]->key) return ReportRepeated(*sorted[i]);
    }
    return true;
  }

  bool ReportRepeated(const JsonMember& member) {
    Report(DiagnosticKind::kJsonDuplicateKey, member.key_span, {base::Quote(member.key)});
    return false;
  }

  // Takes what was pushed since off the stack.
  template <typename T>
  std::span<const T> KeepFrom(size_t first, std::vector<T>& stack) {
    const size_t count = stack.size() - first;
    T* copy = document_.arena_.AllocateArray<T>(count);
    std::uninitialized_copy_n(stack.begin() + static_cast<ptrdiff_t>(first), count, copy);
    stack.resize(first);
    return {copy, count};
  }

  bool Check(simdjson::error_code error, Span span) {
    if (error == simdjson::SUCCESS) return true;
    if (error == simdjson::DEPTH_ERROR) {
      Report(DiagnosticKind::kJsonTooDeep, span, {std::to_string(kMaxJsonDepth)});
      return false;
    }
    Report(DiagnosticKind::kJsonSyntax, span, {Explain(error)});
    return false;
  }

  static std::string_view Explain(simdjson::error_code error) {
    switch (error) {
      case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return "an array or an object is not closed";
      case simdjson::UNCLOSED_STRING: return "a string is not closed";
      case simdjson::UNESCAPED_CHARS: return "a control character stands in a string";
      case simdjson::CAPACITY: return "the text is too large";
      case simdjson::MEMALLOC: return "there is not enough memory";
      default: return "expected `,`, a closing bracket, or a quoted key and `:`";
    }
  }

  size_t Offset(const char* pointer) const {
    return std::min(static_cast<size_t>(pointer - padded_.data()), text_.size());
  }
  Span At(size_t begin, size_t size = 1) const {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + size)};
  }
  // The first control character inside a string.
  Span AtControlCharacter() const {
    bool in_string = false;
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '"') in_string = !in_string;
      if (!in_string) continue;
      if (static_cast<unsigned char>(text_[i]) < 0x20) return At(i);
      if (text_[i] == '\\') ++i;
    }
    return Whole();
  }
  Span Whole() const { return At(text_.find_first_not_of(" \t\n\r")); }
  // The token that was read last: structure that is wrong goes wrong behind it.
  Span Here() const { return At(last_); }

  void Report(DiagnosticKind kind, Span span, std::initializer_list<std::string_view> arguments) {
    diagnostics_.Add(kind, document_.source_, span, arguments);
  }

  base::Diagnostics& diagnostics_;
  JsonDocument document_;
  std::string_view text_;
  simdjson::padded_string padded_;
  ondemand::parser parser_;
  absl::FunctionRef<bool(const Json&)>* each_ = nullptr;  // unless null, takes the root's elements
  // Stacks of what the arrays and objects that are open have so far.
  std::vector<Json> elements_;
  std::vector<JsonMember> members_;
  int depth_ = 0;
  size_t last_ = 0;  // offset of the token that was read last
};

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
  return JsonReader(std::move(source), diagnostics).Read();
}

bool ReadJsonElements(std::shared_ptr<const base::SourceText> source,
                      base::Diagnostics& diagnostics, absl::FunctionRef<void(const Json&)> other,
                      absl::FunctionRef<bool(const Json&)> each) {
  return JsonReader(std::move(source), diagnostics).ReadElements(other, each);
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
