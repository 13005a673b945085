// SPDX-License-Identifier: Apache-2.0
// Random scopes, made by code and not from JSON: each is read as what was written, and two have the
// same text if and only if they are equal. Their strings are those that break writers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "server/grants/scope_json.h"

namespace thuja::server {
namespace {

using std::string_view_literals::operator""sv;
using grants::ArgumentConstraint;
using grants::Scope;
using grants::ScopePattern;
using grants::ToolRule;

// What a string may be made of; all of it UTF-8.
constexpr std::string_view kPieces[] = {"a",
                                        "B",
                                        "\"",
                                        "\\",
                                        "\\u0041",
                                        "/",
                                        "\0"sv,
                                        "\n",
                                        "\x1f",
                                        "\x7f",
                                        "{",
                                        "}",
                                        ",",
                                        "null",
                                        "\xC3\xA9",
                                        "e\xCC\x81",
                                        "\xE2\x80\x8B",
                                        "\xE2\x80\xAE",
                                        "\xE2\x80\xA8",
                                        "\xEF\xBB\xBF",
                                        "\xF0\x9F\x98\x80",
                                        "\xF4\x8F\xBF\xBF",
                                        "__entity",
                                        "__extn",
                                        "decimal",
                                        "any"};

// What segments of patterns and paths may be made of.
constexpr std::string_view kVisible[] = {"a",  "b",   "tool", "\"", "'",        "{", "}",
                                         ":",  ",",   " x",   "$",  "\xC3\xA9", "7", "-",
                                         "_.", "any", "%",    "#",  "\xD0\xB0", "A"};

constexpr std::string_view kRegexes[] = {".*",        "[a-z]+",  "\\d{1,3}", "\"quoted\"", "a\\\\b",
                                         "\xC3\xA9+", "(?i)x|y", "^$",       "\\x{1F600}", "/"};

constexpr std::string_view kHosts[] = {"acme.test",    "*.acme.test", "API.acme.test", "10.0.0.1",
                                       "[2001:db8::]", "x--y.z",      "*.b.c",         "localhost"};

class Generator {
 public:
  // `few`: of everything there is little, so that two scopes are often equal.
  Generator(uint64_t seed, bool few) : random_(seed), few_(few) {}

  Scope MakeScope() {
    Scope scope;
    for (size_t count = Below(few_ ? 2 : 5); count > 0; --count) scope.tools.push_back(MakeRule());
    if (Below(2) == 0) {
      auto& resources = scope.resources.emplace();
      for (size_t count = Below(few_ ? 2 : 5); count > 0; --count) {
        resources.push_back(MakePattern());
      }
    }
    return scope;
  }

 private:
  size_t Below(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
  }

  template <size_t kCount>
  std::string_view Pick(const std::string_view (&choices)[kCount]) {
    return choices[Below(few_ ? 2 : kCount)];
  }

  template <size_t kCount>
  std::string Join(const std::string_view (&choices)[kCount], size_t least) {
    std::string text;
    for (size_t count = least + Below(few_ ? 2 : 6); count > 0; --count) text += Pick(choices);
    return text;
  }

  ScopePattern MakePattern() {
    if (Below(4) == 0) return ScopePattern::Regex(Pick(kRegexes)).value();
    std::string text = Join(kVisible, 1);
    for (size_t count = Below(few_ ? 2 : 4); count > 0; --count) text += "/" + Join(kVisible, 1);
    if (Below(3) == 0) text += Below(2) == 0 ? "/**" : "*";
    auto pattern = ScopePattern::Segments(text);
    // `%` before two digits and the like.
    return pattern.ok() ? *std::move(pattern) : ScopePattern::Segments("a/b").value();
  }

  int64_t MakeNumber() {
    constexpr int64_t kEdges[] = {0, 1, -1, INT64_MIN, INT64_MAX, 10'000, -9'999};
    if (few_ || Below(2) == 0) return kEdges[Below(few_ ? 2 : 7)];
    return static_cast<int64_t>(random_());
  }

  Value MakeScalar() {
    switch (Below(3)) {
      case 0: return Value::Bool(Below(2) == 0);
      case 1: return Value::Long(MakeNumber());
      default: return Value::String(arena_.CopyString(Join(kPieces, 0)));
    }
  }

  Value MakeValue(int depth) {
    const size_t kind = depth == 0 ? 0 : Below(4);
    if (kind < 2) return MakeScalar();
    const size_t count = Below(4);
    if (kind == 2) {
      const std::span<Value> elements(arena_.AllocateArray<Value>(count), count);
      for (Value& element : elements) element = MakeValue(depth - 1);
      return Value::Set(elements);
    }
    const std::span<Field> fields(arena_.AllocateArray<Field>(count), count);
    for (size_t i = 0; i < count; ++i) {
      // No key twice.
      const std::string key = std::to_string(i) + Join(kPieces, 0);
      fields[i] = {arena_.CopyString(key), MakeValue(depth - 1)};
    }
    return Value::Record(fields);
  }

  ArgumentConstraint MakeOneOf() {
    std::vector<Value> values;
    for (size_t count = Below(4); count > 0; --count) {
      values.push_back(Below(4) == 0 ? Value::Decimal(MakeNumber()) : MakeScalar());
    }
    return ArgumentConstraint::OneOf(values).value();
  }

  ArgumentConstraint MakeRange() {
    const bool is_decimal = Below(2) == 0;
    std::array<int64_t, 2> bounds = {MakeNumber(), MakeNumber()};
    std::ranges::sort(bounds);
    const auto bound = [is_decimal](int64_t number) {
      return is_decimal ? Value::Decimal(number) : Value::Long(number);
    };
    const size_t which = Below(3);
    return ArgumentConstraint::Range(which == 0 ? std::nullopt : std::optional(bound(bounds[0])),
                                     which == 1 ? std::nullopt : std::optional(bound(bounds[1])))
        .value();
  }

  ArgumentConstraint MakePath() {
    std::string path = "/" + Join(kVisible, 0);
    if (path.size() > 1 && Below(2) == 0) path += "/" + Join(kVisible, 1);
    const auto constraint = ArgumentConstraint::PathPrefix(path);
    return constraint.ok() ? *constraint : ArgumentConstraint::PathPrefix("/").value();
  }

  ArgumentConstraint MakeHosts() {
    std::vector<std::string> hosts;
    for (size_t count = Below(4); count > 0; --count) hosts.emplace_back(Pick(kHosts));
    return ArgumentConstraint::Host(hosts).value();
  }

  // Host bits, all prefixes, and IPv6 addresses with runs of zeros.
  ArgumentConstraint MakeCidr() {
    std::vector<std::string> ranges;
    for (size_t count = Below(4); count > 0; --count) {
      value::IpAddress address = {};
      address.is_v6 = Below(2) == 0;
      const size_t size = address.is_v6 ? 16 : 4;
      for (size_t i = 0; i < size; ++i) {
        address.bytes[i] = static_cast<uint8_t>(Below(2) == 0 || few_ ? 0 : Below(256));
      }
      address.prefix = static_cast<uint8_t>(Below(few_ ? 2 : size * 8 + 1));
      ranges.push_back(PrintIpaddr(address));
    }
    return ArgumentConstraint::Cidr(ranges).value();
  }

  ArgumentConstraint MakeConstraint() {
    switch (Below(8)) {
      case 0: return ArgumentConstraint::Any();
      case 1: return ArgumentConstraint::Exact(MakeValue(few_ ? 1 : 4)).value();
      case 2: return MakeOneOf();
      case 3: return MakeRange();
      case 4: return MakePath();
      case 5: return MakeHosts();
      case 6: return MakeCidr();
      default: return ArgumentConstraint::Regex(Pick(kRegexes)).value();
    }
  }

  ToolRule MakeRule() {
    ToolRule rule{.tools = MakePattern()};
    if (Below(3) == 0) return rule;
    rule.open = Below(2) == 0;
    auto& arguments = rule.arguments.emplace();
    for (size_t count = Below(few_ ? 2 : 5); count > 0; --count) {
      arguments.emplace_back(std::to_string(count) + Join(kVisible, 0), MakeConstraint());
    }
    std::ranges::sort(arguments, {}, &ToolRule::Arguments::value_type::first);
    return rule;
  }

  std::mt19937_64 random_;
  const bool few_;
  base::Arena arena_;
};

TEST(ScopeRoundTrip, AScopeIsReadAsWhatWasWritten) {
  size_t rules = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    const Scope scope = Generator(seed, seed % 4 == 0).MakeScope();
    ASSERT_TRUE(CheckScope(scope).ok()) << "seed " << seed << ": " << CheckScope(scope);
    const std::string text = WriteScope(scope);
    const auto again = ReadScope(text);
    ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.status() << "\n" << text;
    EXPECT_TRUE(**again == scope) << "seed " << seed << "\n" << text;
    EXPECT_EQ(WriteScope(**again), text) << "seed " << seed;
    // What both say of calls is the same, as far as one contains the other.
    EXPECT_TRUE(Attenuates(**again, scope) && Attenuates(scope, **again)) << "seed " << seed;
    // Reading takes no more memory than there was, or what was kept could not be read again.
    EXPECT_LE((*again)->bytes(), scope.bytes()) << "seed " << seed << "\n" << text;
    rules += scope.tools.size();
  }
  EXPECT_GT(rules, 4000u);
}

TEST(ScopeRoundTrip, TwoScopesHaveOneTextIfAndOnlyIfTheyAreEqual) {
  std::vector<Scope> scopes;
  for (uint64_t seed = 0; seed < 800; ++seed) scopes.push_back(Generator(seed, true).MakeScope());
  std::vector<std::string> texts;
  for (const Scope& scope : scopes) texts.push_back(WriteScope(scope));
  size_t equal = 0;
  for (size_t a = 0; a < scopes.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      const bool same = scopes[a] == scopes[b];
      ASSERT_EQ(texts[a] == texts[b], same) << texts[a] << "\n" << texts[b];
      equal += same ? 1 : 0;
    }
  }
  EXPECT_GT(equal, 1000u);
  EXPECT_LT(equal, scopes.size() * scopes.size() / 4);
}

// Whatever is done to a text, it is a scope that has one text, or none.
TEST(ScopeRoundTrip, ADamagedTextIsRefusedOrAScopeLikeAnyOther) {
  std::mt19937_64 random(7);
  size_t read = 0;
  size_t refused = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    const std::string text = WriteScope(Generator(seed, false).MakeScope());
    for (int i = 0; i < 8; ++i) {
      std::string damaged = text;
      const size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0: damaged.erase(at, 1 + random() % 3); break;
        case 1: damaged.insert(at, 1, static_cast<char>(random() % 256)); break;
        case 2: damaged[at] = "\"\\{}[],:*/0e.-\xFF"[random() % 15]; break;
        default: damaged.insert(at, damaged.substr(at, random() % 40)); break;
      }
      const auto scope = ReadScope(damaged);
      if (!scope.ok()) {
        EXPECT_FALSE(scope.status().message().empty());
        ++refused;
        continue;
      }
      ++read;
      const std::string written = WriteScope(**scope);
      const auto again = ReadScope(written);
      ASSERT_TRUE(again.ok()) << damaged << "\n" << written << "\n" << again.status();
      EXPECT_TRUE(**again == **scope) << damaged;
    }
  }
  EXPECT_GT(read, 500u);
  EXPECT_GT(refused, 2000u);
}

}  // namespace
}  // namespace thuja::server
