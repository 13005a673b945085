// SPDX-License-Identifier: Apache-2.0
// Values: order, equality, look-up, copies, text.
#include "engine/value/value.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace thuja::value {
namespace {

using base::Arena;

class ValueTest : public ::testing::Test {
 protected:
  Value Text(std::string_view text) { return Value::String(arena_.CopyString(text)); }
  Value Uid(std::string_view type, std::string_view id) {
    return Value::Entity(arena_.New(EntityUidView{type, id}));
  }
  Value Set(const std::vector<Value>& elements) {
    Value* storage = arena_.AllocateArray<Value>(elements.size());
    std::uninitialized_copy(elements.begin(), elements.end(), storage);
    return Value::Set({storage, elements.size()});
  }
  Value Record(const std::vector<Field>& fields) {
    Field* storage = arena_.AllocateArray<Field>(fields.size());
    std::uninitialized_copy(fields.begin(), fields.end(), storage);
    return Value::Record({storage, fields.size()});
  }
  Value Ip(uint8_t first, uint8_t prefix, bool v6 = false) {
    IpAddress address{};
    address.bytes[0] = first;
    address.prefix = prefix;
    address.is_v6 = v6;
    return Value::Ipaddr(arena_.New(address));
  }

  // One of each type, and close relatives.
  std::vector<Value> Samples() {
    return {Value::Bool(false),
            Value::Bool(true),
            Value::Long(0),
            Value::Long(1),
            Value::Long(INT64_MIN),
            Value::Decimal(0),
            Value::Decimal(1),
            Value::Datetime(0),
            Value::Datetime(1),
            Value::Duration(0),
            Value::Duration(1),
            Text(""),
            Text("0"),
            Text("A"),
            Text("é"),
            Uid("A", "0"),
            Uid("A", "1"),
            Uid("B", "0"),
            Ip(10, 8),
            Ip(10, 16),
            Ip(10, 8, true),
            Value::EmptySet(),
            Set({Value::Long(0)}),
            Set({Value::Bool(false)}),
            Set({Value::EmptySet()}),
            Value::EmptyRecord(),
            Record({{"a", Value::Long(0)}}),
            Record({{"b", Value::Long(0)}}),
            Record({{"a", Value::Long(1)}})};
  }

  Arena arena_;
};

TEST_F(ValueTest, EveryValueEqualsItselfAndNoOther) {
  const std::vector<Value> samples = Samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    for (size_t j = 0; j < samples.size(); ++j) {
      EXPECT_EQ(samples[i] == samples[j], i == j) << Print(samples[i]) << " " << Print(samples[j]);
    }
  }
}

TEST_F(ValueTest, CompareIsATotalOrder) {
  const std::vector<Value> samples = Samples();
  for (const Value& a : samples) {
    for (const Value& b : samples) {
      EXPECT_EQ(Value::Compare(a, b), -Value::Compare(b, a));
      for (const Value& c : samples) {
        if (Value::Compare(a, b) < 0 && Value::Compare(b, c) < 0) {
          EXPECT_LT(Value::Compare(a, c), 0) << Print(a) << Print(b) << Print(c);
        }
      }
    }
  }
}

TEST_F(ValueTest, SetsKnowNeitherOrderNorRepetition) {
  const Value a = Set({Value::Long(2), Text("x"), Value::Long(1), Value::Long(2)});
  const Value b = Set({Text("x"), Text("x"), Value::Long(1), Value::Long(2)});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.AsSet().size(), 3u);
  EXPECT_EQ(Set({a, b}).AsSet().size(), 1u);  // sets within sets, too
  EXPECT_FALSE(a == Set({Value::Long(1), Value::Long(2)}));
}

TEST_F(ValueTest, AShuffledSetIsTheSameSet) {
  std::mt19937 random(3);
  std::vector<Value> samples = Samples();
  const Value set = Set(samples);
  for (int i = 0; i < 50; ++i) {
    for (size_t j = samples.size() - 1; j > 0; --j)
      std::swap(samples[j], samples[random() % (j + 1)]);
    EXPECT_EQ(Set(samples), set);
  }
  for (const Value& sample : samples) EXPECT_TRUE(set.Contains(sample)) << Print(sample);
  EXPECT_FALSE(set.Contains(Value::Long(77)));
  EXPECT_FALSE(Value::EmptySet().Contains(Value::Long(0)));
}

TEST_F(ValueTest, RecordsAreFoundByKey) {
  const Value record = Record({{"b", Value::Long(2)}, {"", Value::Long(0)}, {"a b", Text("x")}});
  EXPECT_EQ(*record.Find("b"), Value::Long(2));
  EXPECT_EQ(*record.Find(""), Value::Long(0));
  EXPECT_EQ(*record.Find("a b"), Text("x"));
  EXPECT_EQ(record.Find("c"), nullptr);
  EXPECT_EQ(record.Find("a"), nullptr);
  EXPECT_EQ(Value::EmptyRecord().Find("a"), nullptr);
}

TEST_F(ValueTest, ACopyNeedsNothingOfTheOriginal) {
  Arena copies;
  std::vector<Value> copied;
  std::vector<std::string> printed;
  {
    Arena original = std::move(arena_);
    arena_ = Arena();
    for (const Value& sample : Samples()) {
      copied.push_back(Record({{"k", Set({sample})}}).CopyInto(copies));
      printed.push_back(Print(copied.back()));
    }
    arena_ = Arena();  // frees what the samples pointed to
  }
  for (size_t i = 0; i < copied.size(); ++i) EXPECT_EQ(Print(copied[i]), printed[i]);
}

TEST_F(ValueTest, PrintsInCedarsSyntax) {
  EXPECT_EQ(Print(Value::Long(-5)), "-5");
  EXPECT_EQ(Print(Text("a\"b")), "\"a\\\"b\"");
  EXPECT_EQ(Print(Uid("N::A", "x")), "N::A::\"x\"");
  EXPECT_EQ(Print(Value::Decimal(-5000)), "decimal(\"-0.5000\")");
  EXPECT_EQ(Print(Value::Duration(-1)), "duration(\"-1ms\")");
  EXPECT_EQ(Print(Value::Datetime(5)), "datetime(\"1970-01-01\").offset(duration(\"5ms\"))");
  EXPECT_EQ(Print(Ip(10, 8)), "ip(\"10.0.0.0/8\")");
  EXPECT_EQ(Print(Value::EmptySet()), "[]");
  EXPECT_EQ(Print(Set({Value::Long(2), Value::Long(1)})), "[1, 2]");
  EXPECT_EQ(Print(Value::EmptyRecord()), "{}");
  EXPECT_EQ(Print(Record({{"if", Value::Bool(true)}, {"a", Value::Bool(false)}})),
            "{a: false, \"if\": true}");
}

}  // namespace
}  // namespace thuja::value
