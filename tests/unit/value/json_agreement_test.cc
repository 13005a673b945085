// SPDX-License-Identifier: Apache-2.0
// The JSON reader against a slow, obvious one: texts made at random and texts broken at random are
// taken or refused by both, and read as the same tree.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "engine/value/json.h"

namespace thuja::value {
namespace {

// The grammar of RFC 8259 word by word, over single characters. Writes what it reads as WriteJson
// does. Knows nothing of places and messages.
class SlowReader {
 public:
  explicit SlowReader(std::string_view text) : text_(text) {}

  std::optional<std::string> Read() {
    if (!base::IsValidUtf8(text_)) return std::nullopt;
    SkipSpaces();
    if (Next() != '[' && Next() != '{') return std::nullopt;
    std::optional<std::string> value = ReadValue(1);
    SkipSpaces();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) { return Next() == c && at_ < text_.size() && ++at_ > 0; }
  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool IsNext(std::string_view characters) const {
    return at_ < text_.size() && characters.find(text_[at_]) != std::string_view::npos;
  }
  void SkipSpaces() {
    while (IsNext(" \t\n\r")) ++at_;
  }

  std::optional<std::string> ReadValue(int depth) {
    if (Next() == '"') {
      const std::optional<std::string> text = ReadString();
      return text ? std::optional(QuoteJson(*text)) : std::nullopt;
    }
    if (Next() == '[' || Next() == '{') {
      return depth > kMaxJsonDepth ? std::nullopt : ReadList(depth);
    }
    for (const std::string_view word : {"null", "true", "false"}) {
      if (TakeWord(word)) return std::string(word);
    }
    return ReadNumber();
  }

  std::optional<std::string> ReadList(int depth) {
    const bool object = text_[at_++] == '{';
    const char closing = object ? '}' : ']';
    std::string out(1, object ? '{' : '[');
    std::set<std::string> keys;
    SkipSpaces();
    if (Take(closing)) return out + closing;
    while (true) {
      SkipSpaces();
      if (object) {
        const std::optional<std::string> key = ReadString();
        if (!key || !keys.insert(*key).second) return std::nullopt;
        SkipSpaces();
        if (!Take(':')) return std::nullopt;
        SkipSpaces();
        out += QuoteJson(*key) + ":";
      }
      const std::optional<std::string> value = ReadValue(depth + 1);
      if (!value) return std::nullopt;
      out += *value;
      SkipSpaces();
      if (Take(closing)) return out + closing;
      if (!Take(',')) return std::nullopt;
      out += ',';
    }
  }

  std::optional<std::string> ReadNumber() {
    const size_t begin = at_;
    const auto digits = [this] {
      const size_t first = at_;
      while (IsNext("0123456789")) ++at_;
      return at_ > first;
    };
    Take('-');
    if (!Take('0') && !digits()) return std::nullopt;
    if (Take('.') && !digits()) return std::nullopt;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!digits()) return std::nullopt;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::optional<std::string> ReadString() {
    if (!Take('"')) return std::nullopt;
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      if (c != '\\') {
        out += c;
      } else if (!ReadEscape(&out)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  bool ReadEscape(std::string* out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t letter = at_ < text_.size() ? kLetters.find(text_[at_]) : std::string_view::npos;
    if (letter != std::string_view::npos) {
      ++at_;
      *out += kMeanings[letter];
      return true;
    }
    std::optional<char32_t> scalar = ReadUnit();
    if (!scalar || (*scalar >= 0xDC00 && *scalar < 0xE000)) return false;
    if (*scalar >= 0xD800 && *scalar < 0xDC00) {
      if (!Take('\\')) return false;
      const std::optional<char32_t> low = ReadUnit();
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      scalar = 0x10000 + (*scalar - 0xD800) * 0x400 + (*low - 0xDC00);
    }
    base::AppendScalar(*scalar, out);
    return true;
  }

  std::optional<char32_t> ReadUnit() {
    if (!Take('u')) return std::nullopt;
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      static constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
      const size_t digit = at_ < text_.size() ? kDigits.find(text_[at_]) : std::string_view::npos;
      if (digit == std::string_view::npos) return std::nullopt;
      unit = unit * 16 + static_cast<char32_t>(digit < 16 ? digit : digit - 6);
      ++at_;
    }
    return unit;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

// Texts of JSON, with spaces anywhere that they may stand.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  std::string Document() { return Spaces() + List(4) + Spaces(); }

  // The text with some bytes taken out, put in or replaced.
  std::string Break(std::string text) {
    static constexpr std::string_view kPieces[] = {
        "\"", "\\",    "{", "}",       "[",    "]",       ":",       ",",
        "1",  "-0",    ".", "e",       "tru",  "null",    " ",       "\n",
        "\t", "\x01",  "0", "\xFF",    "\xC3", "é",       "\\ud83d", "\\ude00",
        "\"", "\"a\"", "-", "\\u0061", "[]",   "\"a\":1", "00",      "9223372036854775808"};
    for (size_t count = 1 + Below(3); count > 0 && !text.empty(); --count) {
      const size_t at = Below(text.size());
      switch (Below(4)) {
        case 0: text.erase(at, 1 + Below(3)); break;
        case 1: text[at] = static_cast<char>(Below(256)); break;
        case 2: text.resize(at); break;
        default: text.insert(at, kPieces[Below(std::size(kPieces))]);
      }
    }
    return text;
  }

 private:
  std::string Pick(std::initializer_list<std::string_view> choices) {
    return std::string(choices.begin()[Below(choices.size())]);
  }
  std::string Spaces() { return Below(3) > 0 ? "" : Pick({" ", "\n", "\t\r\n", "         "}); }

  std::string String() {
    std::string out = "\"";
    for (size_t count = Below(Below(4) > 0 ? 4 : 20); count > 0; --count) {
      out += Pick({"a", "b", "type", "id", "\\n", "\\\"", "\\\\", "\\u0061", "\\uD83D\\uDE00", "é",
                   "😀", ",", "]", "}", "12345678", "\x7F"});
    }
    return out + "\"";
  }

  std::string Value(int depth) {
    if (depth > 0 && Below(3) == 0) return List(depth - 1);
    if (Below(2) == 0) return String();
    return Pick({"null", "true", "false", "0", "-1", "12", "-0", "1.50", "1e9", "-3E-2",
                 "123456789012345678", "1234567890123456789", "9223372036854775807",
                 "-9223372036854775808", "9223372036854775808", "100000000000000000000"});
  }

  std::string List(int depth) {
    const bool object = Below(2) == 0;
    std::string out = object ? "{" : "[";
    const size_t count = Below(Below(8) > 0 ? 4 : 30);
    for (size_t i = 0; i < count; ++i) {
      out += (i > 0 ? "," : "") + Spaces();
      // Most keys are numbered, so that objects of many members exist.
      if (object && Below(8) == 0)
        out += String() + Spaces() + ":" + Spaces();
      else if (object)
        out += "\"k" + std::to_string(i) + "\":" + Spaces();
      out += Value(depth) + Spaces();
    }
    return out + (object ? "}" : "]");
  }

  std::mt19937 random_;
};

// One document for all texts: what one leaves meets the next.
class Agreement {
 public:
  void Check(const std::string& text) {
    const std::optional<std::string> slow = SlowReader(text).Read();
    base::Diagnostics diagnostics;
    const bool read = document_.Read(base::LentText("t", text), diagnostics);
    ASSERT_EQ(read, slow.has_value()) << text << "\n" << Render(diagnostics);
    ASSERT_EQ(diagnostics.empty(), read) << text;
    if (read) {
      ASSERT_EQ(WriteJson(document_.root()), *slow) << text;
      ++read_;
    }
  }

  size_t read() const { return read_; }

 private:
  JsonDocument document_;
  size_t read_ = 0;
};

TEST(JsonAgreement, ReadsWhatTheGrammarAllows) {
  Generator generator(1);
  Agreement agreement;
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_NO_FATAL_FAILURE(agreement.Check(generator.Document()));
  }
  // The others repeat a key.
  EXPECT_GT(agreement.read(), 4'000u);
}

TEST(JsonAgreement, RefusesOfBrokenTextsWhatTheGrammarRefuses) {
  Generator generator(2);
  Agreement agreement;
  for (int i = 0; i < 30'000; ++i) {
    ASSERT_NO_FATAL_FAILURE(agreement.Check(generator.Break(generator.Document())));
  }
  EXPECT_GT(agreement.read(), 2'000u);
}

}  // namespace
}  // namespace thuja::value
