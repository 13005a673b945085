// SPDX-License-Identifier: Apache-2.0
// Argument constraints: what each kind accepts, that it refuses what only looks like it, and which
// contain which. Why it is long: each kind has its table of what only looks like it.
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

namespace thuja::grants {
namespace {

using std::string_view_literals::operator""sv;
using value::EntityUidView;
using value::Field;
using value::IpAddress;
using value::Value;

using Kind = ArgumentConstraint::Kind;
using Texts = std::vector<std::string>;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

Value Text(std::string_view text) { return Value::String(text); }

ArgumentConstraint Exact(const Value& value) { return ArgumentConstraint::Exact(value).value(); }
ArgumentConstraint OneOf(const std::vector<Value>& values) {
  return ArgumentConstraint::OneOf(values).value();
}
ArgumentConstraint Range(std::optional<Value> minimum, std::optional<Value> maximum) {
  return ArgumentConstraint::Range(minimum, maximum).value();
}
ArgumentConstraint Path(std::string_view path) {
  return ArgumentConstraint::PathPrefix(path).value();
}
ArgumentConstraint Host(const Texts& patterns) {
  return ArgumentConstraint::Host(patterns).value();
}
ArgumentConstraint Cidr(const Texts& ranges) { return ArgumentConstraint::Cidr(ranges).value(); }
ArgumentConstraint Regex(std::string_view text) { return ArgumentConstraint::Regex(text).value(); }

std::string Message(const absl::StatusOr<ArgumentConstraint>& made) {
  return made.ok() ? "" : std::string(made.status().message());
}

// One value of each type, and what could be taken for another: 5 in six ways.
std::vector<Value> ValuesOfAllTypes(base::Arena& arena) {
  const auto set = [&arena](std::vector<Value> elements) {
    Value* const kept = arena.AllocateArray<Value>(elements.size());
    std::ranges::copy(elements, kept);
    return Value::Set({kept, elements.size()});
  };
  return {
      Value::Bool(false),
      Value::Bool(true),
      Value::Long(5),
      Value::Decimal(50'000),
      Value::Decimal(5),
      Value::Datetime(5),
      Value::Duration(5),
      Text("5"),
      Text(""),
      Text("/data/a"),
      Text("acme.test"),
      Text("10.0.0.5"),
      set({Value::Long(5)}),
      set({Text("/data/a")}),
      Value::EmptySet(),
      Value::EmptyRecord(),
      Value::Record({arena.New(Field{"value", Value::Long(5)}), 1}),
      Value::Entity(arena.New(EntityUidView{"Number", "5"})),
      Value::Ipaddr(arena.New(*ParseAddress("10.0.0.5"))),
  };
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

// One of each kind and of close ones. Those in a row are equal only to themselves.
std::vector<ArgumentConstraint> Samples() {
  static const IpAddress address = *ParseAddress("10.0.0.1");
  static Value five[] = {Value::Long(5)};
  return {
      ArgumentConstraint::Any(),
      Exact(Value::Long(5)),
      Exact(Value::Decimal(5)),
      Exact(Text("5")),
      Exact(Value::Set(five)),
      Exact(Text("/a/b")),
      Exact(Text("api.acme.test")),
      Exact(Text("10.0.0.1")),
      Exact(Value::Ipaddr(&address)),
      OneOf({}),
      OneOf({Value::Long(5)}),
      OneOf({Value::Long(4), Value::Long(5)}),
      OneOf({Text("10.0.0.1"), Text("10.0.0.2")}),
      OneOf({Text("/a"), Text("/a/b")}),
      Range(Value::Long(0), Value::Long(5)),
      Range(Value::Long(0), Value::Long(4)),
      Range(Value::Long(0), std::nullopt),
      Range(Value::Decimal(0), std::nullopt),
      Path("/"),
      Path("/a"),
      Path("/a/b"),
      Path("/ab"),
      Host({}),
      Host({"api.acme.test"}),
      Host({"*.acme.test"}),
      Host({"*.acme.test", "evil.test"}),
      Host({"10.0.0.1"}),
      Cidr({}),
      Cidr({"10.0.0.0/8"}),
      Cidr({"10.0.0.0/9"}),
      Cidr({"10.0.0.0/8", "::/0"}),
      Regex("/a.*"),
      Regex("[0-9.]+"),
      Regex("(?s).*"),
  };
}

TEST(ArgumentConstraint, IsEqualToOneOfTheSameKindAndParts) {
  const std::vector<ArgumentConstraint> ours = Samples();
  const std::vector<ArgumentConstraint> theirs = Samples();
  for (size_t i = 0; i < ours.size(); ++i) {
    for (size_t j = 0; j < theirs.size(); ++j)
      EXPECT_EQ(ours[i] == theirs[j], i == j) << i << " " << j;
  }
}

TEST(ArgumentConstraint, ContainsItselfAndIsContainedInAny) {
  for (const ArgumentConstraint& constraint : Samples()) {
    EXPECT_TRUE(constraint.Contains(constraint)) << static_cast<int>(constraint.kind());
    EXPECT_TRUE(ArgumentConstraint::Any().Contains(constraint));
    EXPECT_EQ(constraint.Contains(ArgumentConstraint::Any()), constraint.kind() == Kind::kAny);
  }
}

struct Containment {
  ArgumentConstraint wider;
  ArgumentConstraint narrower;
  bool contains;
};

TEST(ArgumentConstraint, ContainsWhatAcceptsNoMore) {
  const Containment kCases[] = {
      {Exact(Value::Long(5)), Exact(Value::Long(5)), true},
      {Exact(Value::Long(5)), Exact(Text("5")), false},
      {Exact(Value::Long(5)), OneOf({Value::Long(5)}), true},
      {Exact(Value::Long(5)), OneOf({Value::Long(5), Value::Long(6)}), false},
      {Exact(Value::Long(5)), OneOf({}), true},
      {OneOf({Text("a"), Text("b")}), Exact(Text("a")), true},
      {OneOf({Text("a"), Text("b")}), OneOf({Text("b"), Text("a")}), true},
      {OneOf({Text("a")}), OneOf({Text("a"), Text("b")}), false},
      {OneOf({}), OneOf({}), true},
      {OneOf({}), Exact(Text("a")), false},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Long(0), Value::Long(9)), true},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Long(1), Value::Long(8)), true},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Long(0), Value::Long(10)), false},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Long(-1), Value::Long(9)), false},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Long(0), std::nullopt), false},
      {Range(Value::Long(0), Value::Long(9)), Range(std::nullopt, Value::Long(9)), false},
      {Range(Value::Long(0), std::nullopt), Range(Value::Long(0), Value::Long(9)), true},
      {Range(Value::Long(0), Value::Long(kLargest)), Range(Value::Long(0), std::nullopt), true},
      {Range(Value::Long(0), Value::Long(9)), Range(Value::Decimal(1), Value::Decimal(8)), false},
      {Range(Value::Decimal(0), std::nullopt), Range(Value::Long(1), std::nullopt), false},
      {Range(Value::Long(0), Value::Long(9)), OneOf({Value::Long(0), Value::Long(9)}), true},
      {Range(Value::Long(0), Value::Long(9)), OneOf({Value::Long(0), Value::Long(10)}), false},
      {Range(Value::Long(0), Value::Long(9)), Exact(Value::Decimal(5)), false},
      {Path("/a"), Path("/a/b"), true},
      {Path("/a"), Path("/ab"), false},
      {Path("/a/b"), Path("/a"), false},
      {Path("/"), Path("/a"), true},
      {Path("/a"), Path("/"), false},
      {Path("/a"), Exact(Text("/a/b/")), true},
      {Path("/a"), Exact(Text("/a/../b")), false},
      {Host({"a.test"}), Host({"a.test"}), true},
      {Host({"*.a.test"}), Host({"b.a.test", "*.c.a.test"}), true},
      {Host({"*.a.test"}), Host({"*.a.test"}), true},
      {Host({"*.a.test"}), Host({"a.test"}), false},
      {Host({"*.a.test"}), Host({"*.test"}), false},
      {Host({"*.a.test"}), Host({"*.ba.test"}), false},
      {Host({"a.test"}), Host({"*.a.test"}), false},
      {Host({"*.test"}), Host({"*.a.test", "a.test"}), true},
      {Host({"a.test"}), Host({}), true},
      {Host({}), Host({"a.test"}), false},
      {Host({"a.test"}), Exact(Text("https://a.test:80/x")), true},
      {Host({"a.test"}), Exact(Text("https://a.test@evil.test")), false},
      {Cidr({"10.0.0.0/8"}), Cidr({"10.1.0.0/16", "10.2.3.4"}), true},
      {Cidr({"10.0.0.0/8"}), Cidr({"10.9.9.9/8"}), true},
      {Cidr({"10.0.0.0/8"}), Cidr({"10.0.0.0/7"}), false},
      {Cidr({"10.0.0.0/8"}), Cidr({"10.0.0.0/8", "11.0.0.0"}), false},
      // Both halves are there, but the whole, which is accepted too, lies in neither.
      {Cidr({"10.0.0.0/9", "10.128.0.0/9"}), Cidr({"10.0.0.0/8"}), false},
      {Cidr({"::/0"}), Cidr({"10.0.0.0/8"}), false},
      {Cidr({"::/0"}), Cidr({"::/0"}), true},
      // What has mapped addresses is accepted by nobody, so both halves are all there is.
      {Cidr({"::/1", "8000::/1"}), Cidr({"::/0"}), true},
      {Cidr({"::/1"}), Cidr({"::/0"}), false},
      {Cidr({"8000::/1"}), Cidr({"::/0"}), false},
      {Cidr({"::fffe:0:0/96"}), Cidr({"::fffe:0:0/95"}), true},
      {Cidr({"::fffe:0:0/97"}), Cidr({"::fffe:0:0/95"}), false},
      {Cidr({"10.0.0.0/8"}), OneOf({Text("10.0.0.1"), Text("10.0.0.0/8")}), true},
      {Cidr({"10.0.0.0/8"}), Exact(Text("::ffff:10.0.0.1")), false},
      {Regex("a+"), Regex("a+"), true},
      {Regex("a+"), Regex("a"), false},
      {Regex("a+"), OneOf({Text("a"), Text("aa")}), true},
      {Regex("a+"), OneOf({Text("a"), Text("ab")}), false},
      // Of two kinds, where it might be so but nobody looks.
      {Regex("(?s).*"), Path("/a"), false},
      {OneOf({Value::Long(1), Value::Long(2)}), Range(Value::Long(1), Value::Long(2)), false},
      {Exact(Text("/a")), Path("/a"), false},
  };
  int row = 0;
  for (const auto& [wider, narrower, contains] : kCases) {
    EXPECT_EQ(wider.Contains(narrower), contains) << "row " << row;
    ++row;
  }
}

// Everything that any of the samples could accept, and more.
std::vector<Value> Arguments(base::Arena& arena) {
  std::vector<Value> values = ValuesOfAllTypes(arena);
  for (const std::string_view text : {"/",
                                      "/a",
                                      "/a/",
                                      "/a/b",
                                      "/a/b/c",
                                      "/ab",
                                      "/a/../b",
                                      "a",
                                      "5",
                                      "4",
                                      "api.acme.test",
                                      "x.acme.test",
                                      "x.y.acme.test",
                                      "acme.test",
                                      "evil.test",
                                      "https://api.acme.test/a",
                                      "https://evil.test/",
                                      "10.0.0.1",
                                      "10.0.0.2",
                                      "10.200.0.1",
                                      "10.0.0.0/8",
                                      "10.0.0.0/9",
                                      "0.0.0.0/0",
                                      "::1",
                                      "::/0",
                                      "8000::/1",
                                      "::ffff:a00:1",
                                      "[::1]"}) {
    values.push_back(Text(text));
    if (const auto address = ParseAddress(text)) {
      values.push_back(Value::Ipaddr(arena.New(*address)));
    }
  }
  for (const int64_t number :
       {kSmallest, int64_t{-1}, int64_t{0}, int64_t{4}, int64_t{6}, kLargest}) {
    values.push_back(Value::Long(number));
    values.push_back(Value::Decimal(number));
  }
  return values;
}

TEST(ArgumentConstraint, ContainsNothingThatAcceptsMore) {
  base::Arena arena;
  const std::vector<Value> arguments = Arguments(arena);
  const std::vector<ArgumentConstraint> samples = Samples();
  int contained = 0;
  int accepted = 0;
  for (const ArgumentConstraint& wider : samples) {
    for (const ArgumentConstraint& narrower : samples) {
      if (!wider.Contains(narrower)) continue;
      ++contained;
      for (const Value& argument : arguments) {
        if (!narrower.Accepts(argument)) continue;
        ++accepted;
        ASSERT_TRUE(wider.Accepts(argument)) << value::Print(argument);
      }
    }
  }
  EXPECT_GT(contained, 60);
  EXPECT_GT(accepted, 300);
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

// All lists of up to two hosts and patterns: for every two the answer is whether there is a host
// that says otherwise. `z` stands for all labels that no pattern has.
TEST(ArgumentConstraint, OfHostsContainsExactlyWhatNoHostContradicts) {
  const std::string_view kPatterns[] = {"a",   "b.a",   "ab.a",   "c.b.a",
                                        "*.a", "*.b.a", "*.ab.a", "*.b"};
  const std::string_view kHosts[] = {"a",     "b",     "b.a", "ab.a",   "z.a",    "c.b.a",
                                     "z.b.a", "z.z.a", "z.b", "z.ab.a", "z.c.b.a"};
  std::vector<ArgumentConstraint> lists = {Host({})};
  for (const std::string_view first : kPatterns) {
    for (const std::string_view second : kPatterns) {
      lists.push_back(Host({std::string(first), std::string(second)}));
    }
  }
  int contained = 0;
  int others = 0;
  for (const ArgumentConstraint& wider : lists) {
    for (const ArgumentConstraint& narrower : lists) {
      const bool expected = std::ranges::all_of(kHosts, [&](std::string_view host) {
        return wider.Accepts(Text(host)) || !narrower.Accepts(Text(host));
      });
      ASSERT_EQ(wider.Contains(narrower), expected)
          << wider.texts().size() << " and " << narrower.texts().size();
      ++(expected ? contained : others);
    }
  }
  EXPECT_GT(contained, 500);
  EXPECT_GT(others, 500);
}

// Ranges of four bits in front of, around and behind the mapped addresses, and of IPv4: for every
// list the answer is whether there is a range that says otherwise.
TEST(ArgumentConstraint, OfRangesContainsExactlyWhatNoRangeContradictsAtRandom) {
  std::vector<IpAddress> universe;
  for (const bool is_v6 : {true, false}) {
    IpAddress base = is_v6 ? *ParseAddress("::fff0:0:0/92") : *ParseAddress("10.0.0.0/28");
    const uint8_t first = base.prefix;
    for (unsigned bits = 0; bits < 16; ++bits) {
      for (uint8_t prefix = first; prefix <= first + 4; ++prefix) {
        IpAddress range = base;
        range.prefix = prefix;
        uint8_t& byte = range.bytes[is_v6 ? 11 : 3];
        byte = static_cast<uint8_t>((byte & 0xf0) | bits);
        universe.push_back(range);
      }
    }
  }
  std::mt19937_64 random(41);
  const auto list = [&] {
    std::vector<IpAddress> ranges;
    for (uint64_t count = 1 + random() % 5; count > 0; --count) {
      const IpAddress& range = universe[random() % universe.size()];
      if (!IsInside(range, kMappedAddresses)) ranges.push_back(range);
    }
    return ranges;
  };
  const auto constraint = [](const std::vector<IpAddress>& ranges) {
    Texts texts;
    for (const IpAddress& range : ranges) {
      std::string text = value::Print(Value::Ipaddr(&range));  // ip("...")
      texts.push_back(text.substr(4, text.size() - 6));
    }
    return Cidr(texts);
  };
  int contained = 0;
  int with_mapped = 0;
  constexpr int kRounds = 40'000;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<IpAddress> inner = list();
    const ArgumentConstraint wider = constraint(list());
    const ArgumentConstraint narrower = constraint(inner);
    bool expected = true;
    for (const IpAddress& range : universe) {
      const Value argument = Value::Ipaddr(&range);
      if (narrower.Accepts(argument) && !wider.Accepts(argument)) expected = false;
    }
    ASSERT_EQ(wider.Contains(narrower), expected) << "round " << round;
    if (!expected) continue;
    ++contained;
    if (std::ranges::any_of(inner, TouchesMapped)) ++with_mapped;
  }
  EXPECT_GT(contained, kRounds / 50);
  EXPECT_LT(contained, kRounds * 9 / 10);
  EXPECT_GT(with_mapped, 10);
}

}  // namespace
}  // namespace thuja::grants
