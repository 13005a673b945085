// SPDX-License-Identifier: Apache-2.0
// Which argument constraints contain which: one that contains another accepts all that it does.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/grants/address.h"
#include "engine/grants/argument_constraint.h"
#include "engine/grants/canonical.h"
#include "tests/unit/grants/constraint_samples.h"

namespace thuja::grants {
namespace {

using value::IpAddress;

using Kind = ArgumentConstraint::Kind;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

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
