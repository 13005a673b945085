// SPDX-License-Identifier: Apache-2.0
// Argument constraints: what each kind accepts, and that it refuses what only looks like it. Which
// contain which is in argument_containment_test.cc.
#include "engine/grants/argument_constraint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/grants/address.h"
#include "engine/grants/canonical.h"
#include "engine/grants/whole_regex.h"
#include "tests/unit/grants/constraint_samples.h"

namespace thuja::grants {
namespace {

using std::string_view_literals::operator""sv;
using value::EntityUidView;
using value::Field;
using value::IpAddress;

using Kind = ArgumentConstraint::Kind;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

std::string Message(const absl::StatusOr<ArgumentConstraint>& made) {
  return made.ok() ? "" : std::string(made.status().message());
}

TEST(ArgumentConstraint, OfAnyAcceptsEveryValue) {
  base::Arena arena;
  for (const Value& value : ValuesOfAllTypes(arena)) {
    EXPECT_TRUE(ArgumentConstraint::Any().Accepts(value)) << value::Print(value);
  }
}

// Attack: a value of another type, or one inside another, that some reader converts.
TEST(ArgumentConstraint, OfAValueAcceptsItAndNoOther) {
  base::Arena arena;
  const std::vector<Value> values = ValuesOfAllTypes(arena);
  for (const Value& expected : values) {
    const ArgumentConstraint exact = Exact(expected);
    for (const Value& value : values) {
      EXPECT_EQ(exact.Accepts(value), &value == &expected)
          << value::Print(expected) << " and " << value::Print(value);
    }
  }
}

TEST(ArgumentConstraint, KeepsItsValuesItself) {
  std::optional<ArgumentConstraint> exact;
  std::optional<ArgumentConstraint> list;
  {
    base::Arena arena;
    std::string text = "a text that is too long to be kept inside of a string";
    Field fields[] = {{arena.CopyString("key"), Text(text)},
                      {arena.CopyString("inner"),
                       Value::Entity(arena.New(EntityUidView{arena.CopyString("T"), text}))}};
    exact = Exact(Value::Record(fields));
    list = OneOf({Text(text), Text("b"), Value::Long(1)});
    text.assign(text.size(), 'x');
  }
  const std::string text = "a text that is too long to be kept inside of a string";
  const EntityUidView uid = {"T", text};
  Field fields[] = {{"key", Text(text)}, {"inner", Value::Entity(&uid)}};
  const ArgumentConstraint copy = *exact;
  exact.reset();
  EXPECT_TRUE(copy.Accepts(Value::Record(fields)));
  EXPECT_TRUE(list->Accepts(Text(text)));
  EXPECT_EQ(list->values().size(), 3u);
}

TEST(ArgumentConstraint, OfAValueIsRefusedIfTheValueIsTooLargeOrTooDeep) {
  constexpr std::string_view kWhy =
      "a constraint asks for a value that is too large, too deep, or no UTF-8";
  const std::string long_text(kLongestText + 1, 'a');
  EXPECT_TRUE(ArgumentConstraint::Exact(Text(std::string_view(long_text).substr(1))).ok());
  EXPECT_EQ(Message(ArgumentConstraint::Exact(Text(long_text))), kWhy);
  EXPECT_EQ(Message(ArgumentConstraint::Exact(Text("\xFF"))), kWhy);
  const EntityUidView uid = {"T", "\xC0\xAF"};
  EXPECT_EQ(Message(ArgumentConstraint::Exact(Value::Entity(&uid))), kWhy);

  std::vector<Value> many;
  for (size_t i = 0; i < 2 * kMostValueBytes / sizeof(Value); ++i) {
    many.push_back(Value::Long(static_cast<int64_t>(i)));
  }
  EXPECT_EQ(Message(ArgumentConstraint::Exact(Value::Set(many))), kWhy);

  const auto nested = [](int depth, std::vector<Value>& levels) {
    levels.assign(static_cast<size_t>(depth) + 1, Value::EmptySet());
    for (size_t i = 1; i < levels.size(); ++i) levels[i] = Value::Set({&levels[i - 1], 1});
    return levels.back();
  };
  std::vector<Value> levels;
  EXPECT_TRUE(ArgumentConstraint::Exact(nested(kMostValueDepth, levels)).ok());
  EXPECT_EQ(Message(ArgumentConstraint::Exact(nested(kMostValueDepth + 1, levels))), kWhy);
  EXPECT_EQ(Message(ArgumentConstraint::Exact(nested(100'000, levels))), kWhy);

  // Attack: an argument as deep as that. No further than the constraint is it looked at.
  std::vector<Value> shallow_levels;
  const ArgumentConstraint shallow = Exact(nested(kMostValueDepth, shallow_levels));
  EXPECT_FALSE(shallow.Accepts(nested(100'000, levels)));
  EXPECT_FALSE(OneOf({Value::Long(1)}).Accepts(nested(100'000, levels)));
}

TEST(ArgumentConstraint, OfAListAcceptsOneOfIt) {
  const ArgumentConstraint list = OneOf(
      {Value::Long(5), Text("b"), Text("a"), Text("b"), Value::Decimal(7), Value::Bool(true)});
  EXPECT_EQ(list.values().size(), 5u) << "without duplicates";
  for (const Value& value :
       {Value::Long(5), Text("a"), Text("b"), Value::Decimal(7), Value::Bool(true)}) {
    EXPECT_TRUE(list.Accepts(value)) << value::Print(value);
  }
  for (const Value& value : {Value::Long(7), Value::Decimal(5), Text("5"), Text("ab"), Text(""),
                             Text("A"), Value::Bool(false), Value::Datetime(5)}) {
    EXPECT_FALSE(list.Accepts(value)) << value::Print(value);
  }
  std::vector<Value> elements = {Value::Long(5)};
  EXPECT_FALSE(list.Accepts(Value::Set(elements)));
}

TEST(ArgumentConstraint, OfAnEmptyListAcceptsNothing) {
  base::Arena arena;
  for (const Value& value : ValuesOfAllTypes(arena)) {
    EXPECT_FALSE(OneOf({}).Accepts(value)) << value::Print(value);
    EXPECT_FALSE(Host({}).Accepts(value)) << value::Print(value);
    EXPECT_FALSE(Cidr({}).Accepts(value)) << value::Print(value);
  }
}

TEST(ArgumentConstraint, OfAListIsRefusedIfItIsLongOrHasOtherTypes) {
  std::vector<Value> values(kMostAlternatives, Value::Long(1));
  EXPECT_TRUE(ArgumentConstraint::OneOf(values).ok());
  values.push_back(Value::Long(1));
  EXPECT_EQ(Message(ArgumentConstraint::OneOf(values)),
            "a constraint has more than 1000 alternatives");
  const std::string text(kLongestText, 'a');
  values.assign(5, Text(text));
  EXPECT_EQ(Message(ArgumentConstraint::OneOf(values)),
            "a constraint asks for a value that is too large, too deep, or no UTF-8");
  EXPECT_EQ(Message(ArgumentConstraint::OneOf(std::vector<Value>{Value::EmptySet()})),
            "a list of values has a value of type `set`");
  EXPECT_EQ(Message(ArgumentConstraint::OneOf(std::vector<Value>{Value::Duration(1)})),
            "a list of values has a value of type `duration`");
  EXPECT_EQ(Message(ArgumentConstraint::Host(Texts(kMostAlternatives + 1, "a"))),
            "a constraint has more than 1000 alternatives");
  EXPECT_EQ(Message(ArgumentConstraint::Cidr(Texts(kMostAlternatives + 1, "::1"))),
            "a constraint has more than 1000 alternatives");
}

TEST(ArgumentConstraint, OfARangeAcceptsItsBoundsAndWhatIsBetween) {
  const ArgumentConstraint amount = Range(Value::Long(-5), Value::Long(900));
  for (const int64_t taken : {-5, -4, 0, 899, 900}) {
    EXPECT_TRUE(amount.Accepts(Value::Long(taken))) << taken;
  }
  for (const int64_t refused : {int64_t{-6}, int64_t{901}, kLargest, kSmallest}) {
    EXPECT_FALSE(amount.Accepts(Value::Long(refused))) << refused;
  }
  const ArgumentConstraint above = Range(Value::Long(10), std::nullopt);
  EXPECT_TRUE(above.Accepts(Value::Long(kLargest)));
  EXPECT_FALSE(above.Accepts(Value::Long(9)));
  EXPECT_FALSE(above.Accepts(Value::Long(kSmallest)));
  const ArgumentConstraint below = Range(std::nullopt, Value::Long(10));
  EXPECT_TRUE(below.Accepts(Value::Long(kSmallest)));
  EXPECT_FALSE(below.Accepts(Value::Long(11)));
}

// Attack: numbers at the edge of what there is, and the smallest step over a decimal bound.
TEST(ArgumentConstraint, OfARangeNeitherRoundsNorConverts) {
  const ArgumentConstraint tenth = Range(Value::Decimal(0), Value::Decimal(1'000));  // 0 to 0.1
  EXPECT_TRUE(tenth.Accepts(Value::Decimal(1'000)));
  EXPECT_FALSE(tenth.Accepts(Value::Decimal(1'001)));  // 0.1001
  EXPECT_TRUE(tenth.Accepts(Value::Decimal(-0)));
  EXPECT_FALSE(tenth.Accepts(Value::Decimal(-1)));
  EXPECT_FALSE(tenth.Accepts(Value::Decimal(kLargest)));
  EXPECT_FALSE(tenth.Accepts(Value::Decimal(kSmallest)));
  base::Arena arena;
  for (const Value& value : ValuesOfAllTypes(arena)) {
    EXPECT_EQ(tenth.Accepts(value), value == Value::Decimal(5)) << value::Print(value);
    EXPECT_EQ(Range(Value::Long(0), std::nullopt).Accepts(value), value == Value::Long(5))
        << value::Print(value);
  }
  const ArgumentConstraint all = Range(Value::Long(kSmallest), Value::Long(kLargest));
  EXPECT_TRUE(all.Accepts(Value::Long(kSmallest)));
  EXPECT_TRUE(all.Accepts(Value::Long(kLargest)));
  EXPECT_FALSE(all.Accepts(Value::Decimal(0)));
}

TEST(ArgumentConstraint, OfARangeIsRefusedIfItIsNone) {
  EXPECT_EQ(Message(ArgumentConstraint::Range(std::nullopt, std::nullopt)),
            "a range has neither a minimum nor a maximum");
  EXPECT_EQ(Message(ArgumentConstraint::Range(Value::Long(2), Value::Long(1))),
            "the minimum of a range is above its maximum");
  EXPECT_EQ(Message(ArgumentConstraint::Range(Value::Long(0), Value::Decimal(1))),
            "the bounds of a range are of two types");
  for (const Value& value :
       {Text("1"), Value::Bool(true), Value::Duration(1), Value::Datetime(1)}) {
    EXPECT_EQ(Message(ArgumentConstraint::Range(value, std::nullopt)),
              "a bound of a range is neither a long nor a decimal");
    EXPECT_EQ(Message(ArgumentConstraint::Range(std::nullopt, value)),
              "a bound of a range is neither a long nor a decimal");
  }
  EXPECT_TRUE(ArgumentConstraint::Range(Value::Long(1), Value::Long(1)).ok());
}

struct TextCase {
  std::string_view text;
  bool accepted;
};

TEST(ArgumentConstraint, OfAPathAcceptsItAndWhatIsBelow) {
  const TextCase kCases[] = {
      {"/data/a", true},
      {"/data/a/", true},
      {"/data/a/b", true},
      {"/data/a/b/c.txt", true},
      {"/data/a/.git", true},
      // Attack: a sibling that begins alike.
      {"/data/ab", false},
      {"/data/a.txt", false},
      {"/data/a-b/c", false},
      {"/data", false},
      {"/", false},
      {"/data/A", false},
      {"/Data/a", false},
      {"data/a", false},
      {"", false},
      // Attack: out of it again.
      {"/data/a/../b", false},
      {"/data/a/..", false},
      {"/data/a/./b", false},
      {"/data/a//b", false},
      {"/data//a", false},
      {"//data/a", false},
      {"/data/a/%2e%2e/b", false},
      {"/data/a/%252e%252e/b", false},
      {"/data/a/..%2fb", false},
      {"/data/a\\..\\b", false},
      {"/data/a/\xEF\xBC\x8E\xEF\xBC\x8E/b", false},
      {"/data/a\0/b"sv, false},
      {"/data/a\0"sv, false},
      {"/data/a/\xE2\x80\x8B", false},
      {"/data/a/\xFF", false},
      {"file:///data/a", false},
      {" /data/a", false},
  };
  const ArgumentConstraint path = Path("/data/a");
  for (const auto& [text, accepted] : kCases) EXPECT_EQ(path.Accepts(Text(text)), accepted) << text;
  EXPECT_TRUE(Path("/data/a/") == path);
  EXPECT_TRUE(Path("/").Accepts(Text("/")));
  EXPECT_TRUE(Path("/").Accepts(Text("/etc")));
  EXPECT_FALSE(Path("/").Accepts(Text("etc")));
}

TEST(ArgumentConstraint, OfAPathIsRefusedWithoutACanonicalForm) {
  EXPECT_EQ(Message(ArgumentConstraint::PathPrefix("/data/../etc")),
            "the path \"/data/../etc\" is not absolute and in canonical form");
  for (const std::string_view path : {"", "data", "/a//b", "/%61", "/a\n", "/a\xFF"}) {
    EXPECT_FALSE(ArgumentConstraint::PathPrefix(path).ok()) << path;
  }
  const std::string longest = "/" + std::string(kLongestPathPrefix - 1, 'a');
  EXPECT_TRUE(ArgumentConstraint::PathPrefix(longest).ok());
  EXPECT_EQ(Message(ArgumentConstraint::PathPrefix(longest + "a")),
            "a path has more than 4096 bytes");
}

TEST(ArgumentConstraint, OfHostsAcceptsNamesAndUrls) {
  const TextCase kCases[] = {
      {"api.acme.test", true},
      {"API.ACME.TEST", true},
      {"https://api.acme.test", true},
      {"https://API.acme.test:8443/v1?x#y", true},
      {"wss://api.acme.test/", true},
      {"api.acme.test.", false},
      {"acme.test", false},
      {"www.acme.test", false},
      {"api.acme.test:443", false},
      {"api.acme.test/v1", false},
      {"//api.acme.test", false},
      // All below a name, by any number of labels, and not the name.
      {"a.cdn.test", true},
      {"b.a.cdn.test", true},
      {"https://a.cdn.test/x", true},
      {"cdn.test", false},
      {".cdn.test", false},
      {"*.cdn.test", false},
      {"acdn.test", false},
      {"a.cdn.test.evil.test", false},
      {"a-cdn.test", false},
      // Addresses, in whichever way they are written.
      {"10.0.0.1", true},
      {"http://10.0.0.1/", true},
      {"10.1", false},
      {"0xa.0.0.1", false},
      {"167772161", false},
      {"[2001:db8::1]", true},
      {"https://[2001:DB8:0:0::1]:80/", true},
      {"2001:db8::1", false},
      {"[2001:db8::2]", false},
      // Attack: another host dressed as this one.
      {"https://api.acme.test@evil.test/", false},
      {"https://api.acme.test:80@evil.test/", false},
      {"https://acme.test@evil.test", false},
      {"https://api.acme.test.evil.test", false},
      {"api.acme.test.evil.test", false},
      {"https://evil.test/api.acme.test", false},
      {"https://evil.test?@api.acme.test", false},
      {"https://evil.test#@api.acme.test", false},
      {"https://evil.test\\@api.acme.test", false},
      {"https://evil.test\\.cdn.test", false},
      {"https://evil.test%2f.cdn.test", false},
      {"https://evil.test\xEF\xBC\x8F.cdn.test", false},
      {"https://evil.test\0.cdn.test"sv, false},
      {"https://evil.test\n.cdn.test", false},
      {"https:/\\evil.test://api.acme.test", false},
      {"\xD0\xB0pi.acme.test", false},  // Cyrillic a
      {"file://api.acme.test/etc/passwd", false},
      {"javascript://api.acme.test/%0aalert(1)", false},
      {"", false},
  };
  const ArgumentConstraint hosts =
      Host({"Api.acme.test", "*.CDN.test", "10.0.0.1", "[2001:db8:0::1]"});
  for (const auto& [text, accepted] : kCases) {
    EXPECT_EQ(hosts.Accepts(Text(text)), accepted) << text;
  }
  const Texts canonical = {"*.cdn.test", "10.0.0.1", "[2001:db8::1]", "api.acme.test"};
  EXPECT_TRUE(std::ranges::equal(hosts.texts(), canonical));
}

TEST(ArgumentConstraint, OfHostsIsRefusedIfAPatternIsNone) {
  EXPECT_EQ(Message(ArgumentConstraint::Host(Texts{"a.test", "*"})),
            "the host \"*\" is neither a host nor `*.` and a name");
  for (const std::string_view pattern :
       {"", "*.", "**.a.test", "*.*.test", "a.*.test", "a*.test", "*a.test", ".a.test", "a.test.",
        "*.10.0.0.1", "*.0.0.1", "*.[::1]", "::1", "https://a.test", "a.test:80", "u@a.test",
        "caf\xC3\xA9.test", "127.1", "[::ffff:1.2.3.4]"}) {
    EXPECT_FALSE(ArgumentConstraint::Host(Texts{std::string(pattern)}).ok()) << pattern;
  }
  EXPECT_FALSE(ArgumentConstraint::Host(Texts{std::string(10'000'000, 'a')}).ok());
  std::string name(kLongestHost - 2, 'a');
  for (size_t dot = 60; dot < name.size(); dot += 60) name[dot] = '.';
  EXPECT_TRUE(Host({"*." + name}).Accepts(Text("b." + name)));
  EXPECT_TRUE(Host({"a" + name}).Accepts(Text("a" + name)));
  EXPECT_FALSE(ArgumentConstraint::Host(Texts{"*.a" + name}).ok());
}

TEST(ArgumentConstraint, OfRangesAcceptsWhatLiesWithinOne) {
  const TextCase kCases[] = {
      {"10.0.0.0", true},
      {"10.255.255.255", true},
      {"10.1.2.0/24", true},
      {"10.1.2.3/8", true},  // host bits have no part in it
      {"10.0.0.0/7", false},
      {"11.0.0.0", false},
      {"9.255.255.255", false},
      {"192.168.1.7", true},
      {"192.168.1.8", false},
      {"2001:db8::1", true},
      {"2001:DB8:0::/64", true},
      {"2001:db8::/31", false},
      {"2001:db9::", false},
      {"0.0.0.0/0", false},
      {"::/0", false},
      // Attack: an address as other readers write it.
      {"::ffff:10.0.0.1", false},
      {"::ffff:a00:1", false},
      {"::10.0.0.1", false},
      {"::a00:1", false},
      {"10.1", false},
      {"012.0.0.1", false},
      {"0xa.0.0.1", false},
      {"167772161", false},
      {"10.0.0.1 ", false},
      {"10.0.0.1\0"sv, false},
      {"10.0.0.1:80", false},
      {"http://10.0.0.1", false},
      {"[2001:db8::1]", false},
      {"2001:db8::1%eth0", false},
      {"", false},
  };
  const ArgumentConstraint ranges = Cidr({"10.9.9.9/8", "192.168.1.7", "2001:db8::/32"});
  for (const auto& [text, accepted] : kCases) {
    EXPECT_EQ(ranges.Accepts(Text(text)), accepted) << text;
    // The same as a value of its own type.
    const auto address = ParseAddress(text);
    if (!address) continue;
    EXPECT_EQ(ranges.Accepts(Value::Ipaddr(&*address)), accepted) << text;
  }
}

TEST(ArgumentConstraint, OfRangesAcceptsNoMappedAddressWhateverTheRange) {
  const ArgumentConstraint all = Cidr({"::/0", "0.0.0.0/0"});
  for (const std::string_view text :
       {"::ffff:0:0/96", "::ffff:102:304", "::/0", "::/80", "::/64"}) {
    EXPECT_FALSE(all.Accepts(Text(text))) << text;
  }
  for (const std::string_view text : {"0.0.0.0/0", "8000::/1", "::1", "::fffe:0:0/96"}) {
    EXPECT_TRUE(all.Accepts(Text(text))) << text;
  }
  EXPECT_EQ(Message(ArgumentConstraint::Cidr(Texts{"::ffff:102:304/112"})),
            "the range \"::ffff:102:304/112\" has mapped IPv4 addresses only; write them as IPv4");
  EXPECT_EQ(Message(ArgumentConstraint::Cidr(Texts{"10.0.0.0/33"})),
            "the range \"10.0.0.0/33\" is no address and no range of addresses");
}

TEST(ArgumentConstraint, OfARegularExpressionAcceptsWholeStrings) {
  const ArgumentConstraint regex = Regex("[a-z]+(-[a-z]+)*");
  for (const std::string_view text : {"a", "main", "fix-it-now"}) {
    EXPECT_TRUE(regex.Accepts(Text(text))) << text;
  }
  for (const std::string_view text : {""sv, "-"sv, "Main"sv, "main\n"sv, "main\0"sv,
                                      "--force main"sv, "main;rm"sv, "a\xFF"sv, "m\xD0\xB0in"sv}) {
    EXPECT_FALSE(regex.Accepts(Text(text))) << text;
  }
  EXPECT_TRUE(Regex("(?s).*").Accepts(Text("two\nlines")));
  EXPECT_FALSE(ArgumentConstraint::Regex("(").ok());
}

TEST(ArgumentConstraint, OfATextAcceptsStringsOnly) {
  base::Arena arena;
  const ArgumentConstraint kOfTexts[] = {Path("/"), Host({"acme.test"}), Regex("(?s).*")};
  for (const Value& value : ValuesOfAllTypes(arena)) {
    if (value.Is(value::Type::kString)) continue;
    for (const ArgumentConstraint& constraint : kOfTexts) {
      EXPECT_FALSE(constraint.Accepts(value)) << value::Print(value);
    }
    EXPECT_EQ(Cidr({"0.0.0.0/0"}).Accepts(value), value.Is(value::Type::kIpaddr))
        << value::Print(value);
  }
}

// Attack: texts of many megabytes.
TEST(ArgumentConstraint, RefusesTextsThatAreTooLong) {
  const std::string path = "/" + std::string(kLongestText - 1, 'a');
  EXPECT_TRUE(Path("/").Accepts(Text(path)));
  EXPECT_FALSE(Path("/").Accepts(Text(path + "a")));
  EXPECT_TRUE(Regex("/a*").Accepts(Text(path)));
  EXPECT_FALSE(Regex("/a*").Accepts(Text(path + "a")));
  const std::string url = "https://acme.test/" + std::string(kLongestText, 'a');
  EXPECT_TRUE(Host({"acme.test"}).Accepts(Text(std::string_view(url).substr(0, kLongestText))));
  EXPECT_FALSE(Host({"acme.test"}).Accepts(Text(url)));
  const std::string huge(10'000'000, '/');
  for (const ArgumentConstraint& constraint :
       {Path("/"), Host({"acme.test"}), Cidr({"::/0"}), Regex("(?s).*"), Exact(Text("/")),
        OneOf({Text("/"), Text("//")})}) {
    EXPECT_FALSE(constraint.Accepts(Text(huge)));
  }
}

// The longest text there may be, in shapes that ask for more work than others, and many times: a
// reader that began again at every sign would take years.
TEST(ArgumentConstraint, TakesTimeInProportionToTheText) {
  Texts hosts;
  for (size_t i = 0; i < kMostAlternatives; ++i)
    hosts.push_back("*.a" + std::to_string(i) + ".test");
  const ArgumentConstraint kAll[] = {Path("/a"), Host(hosts), Cidr({"::/0"}),
                                     Regex("(a|/|:|[.]|%)*b")};
  for (const std::string_view piece :
       {"/", "/a", ":", "://", "%", ".", "a.", "a", "::", "\xC3\xA9"}) {
    std::string text = "/a";
    while (text.size() + piece.size() <= kLongestText) text += piece;
    for (const ArgumentConstraint& constraint : kAll) {
      const bool accepted = constraint.Accepts(Text(text));
      for (int round = 0; round < 30; ++round) ASSERT_EQ(constraint.Accepts(Text(text)), accepted);
    }
  }
}

TEST(ArgumentConstraint, SaysWhatItIs) {
  EXPECT_EQ(ArgumentConstraint::Any().kind(), Kind::kAny);
  EXPECT_EQ(Exact(Value::Long(1)).kind(), Kind::kExact);
  EXPECT_EQ(Exact(Value::Long(1)).values().front(), Value::Long(1));
  const ArgumentConstraint list = OneOf({Text("b"), Value::Long(2), Text("a")});
  EXPECT_EQ(list.kind(), Kind::kOneOf);
  ASSERT_EQ(list.values().size(), 3u);
  EXPECT_EQ(list.values()[1], Text("a"));
  const ArgumentConstraint range = Range(Value::Decimal(1), std::nullopt);
  EXPECT_EQ(range.kind(), Kind::kRange);
  EXPECT_EQ(range.minimum(), Value::Decimal(1));
  EXPECT_FALSE(range.maximum());
  EXPECT_EQ(Path("/a/").kind(), Kind::kPathPrefix);
  EXPECT_EQ(Path("/a/").texts().front(), "/a");
  EXPECT_EQ(Host({"A"}).kind(), Kind::kHost);
  EXPECT_EQ(Host({"A", "a"}).texts().size(), 1u);
  EXPECT_EQ(Cidr({"::1", "1.2.3.4", "::1/128"}).kind(), Kind::kCidr);
  EXPECT_EQ(Cidr({"::1", "1.2.3.4", "::1/128"}).ranges().size(), 2u);
  EXPECT_EQ(Regex("a+").kind(), Kind::kRegex);
  EXPECT_EQ(Regex("a+").texts().front(), "a+");
  EXPECT_TRUE(ArgumentConstraint::Any().values().empty());
  EXPECT_TRUE(ArgumentConstraint::Any().texts().empty());
  EXPECT_TRUE(ArgumentConstraint::Any().ranges().empty());
}

TEST(ArgumentConstraint, SaysWhatItHolds) {
  EXPECT_LT(Exact(Value::Long(1)).bytes(), 1'000u);
  EXPECT_GT(Exact(Text(std::string(10'000, 'a'))).bytes(), 10'000u);
  EXPECT_LT(Exact(Text("a")).bytes(), 1'000u) << "a text needs no arena";
  EXPECT_GE(Regex("a").bytes(), kMostRegexMemory);
  Texts hosts(100, "a");
  for (size_t i = 0; i < hosts.size(); ++i)
    hosts[i] = "*." + std::to_string(i) + std::string(40, 'a');
  EXPECT_GT(Host(hosts).bytes(), 4'000u);
}

TEST(ArgumentConstraint, TakesATextWithoutMemory) {
  const Value none = Text({});
  EXPECT_TRUE(Exact(none).Accepts(Text("")));
  EXPECT_TRUE(OneOf({none}).Accepts(none));
  EXPECT_TRUE(Regex("a*").Accepts(none));
  for (const ArgumentConstraint& constraint : {Path("/"), Host({"a"}), Cidr({"::/0"})}) {
    EXPECT_FALSE(constraint.Accepts(none));
  }
  EXPECT_FALSE(ArgumentConstraint::PathPrefix({}).ok());
}

}  // namespace
}  // namespace thuja::grants
