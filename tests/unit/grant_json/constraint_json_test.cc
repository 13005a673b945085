// SPDX-License-Identifier: Apache-2.0
// Constraints as JSON: every kind in both directions, and what is none with the place of the fault.
#include "server/grants/constraint_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/diagnostics.h"

namespace thuja::server {
namespace {

using grants::ArgumentConstraint;
using Kind = ArgumentConstraint::Kind;

// Read as the argument `a` of a form, which is an object as JSON texts are.
struct Reading {
  std::optional<ArgumentConstraint> constraint;
  std::string problem;
};

Reading Read(const std::string& text) {
  Diagnostics diagnostics;
  JsonDocument document;
  const std::string form = "{\"a\":" + text + "}";
  Reading reading;
  if (document.Read(LentText("test", form), diagnostics)) {
    base::Arena arena;
    ValueReader reader(document, arena, diagnostics, Escapes::kPlain);
    const Place place("arguments");
    reading.constraint =
        ReadConstraint(document.root().members[0].value, Place(place, "a"), reader);
  }
  EXPECT_EQ(reading.constraint.has_value(), diagnostics.empty()) << text;
  if (!diagnostics.empty()) reading.problem = diagnostics.kept().front().message;
  return reading;
}

std::string Write(const ArgumentConstraint& constraint) {
  std::string text;
  AppendConstraint(constraint, &text);
  return text;
}

TEST(ConstraintJson, EachKindIsReadAndWritten) {
  const struct {
    Kind kind;
    std::string text;
    std::string canonical;  // if it is another
  } kCases[] = {
      {Kind::kAny, R"("any")", ""},
      {Kind::kExact, R"({"exact":"main"})", ""},
      {Kind::kExact, R"({"exact":""})", ""},
      {Kind::kExact, R"({"exact":false})", ""},
      {Kind::kExact, R"({"exact":-9223372036854775808})", ""},
      {Kind::kExact, R"({"exact":9223372036854775807})", ""},
      {Kind::kExact, R"({"exact":[]})", ""},
      {Kind::kExact, R"({"exact":{}})", ""},
      {Kind::kExact, R"({"exact":[2,1,2]})", R"({"exact":[1,2]})"},
      {Kind::kExact, R"({"exact":{"b":[true],"a":{"c":"d"}}})",
       R"({"exact":{"a":{"c":"d"},"b":[true]}})"},
      {Kind::kExact, R"({ "exact" : "\u0000\u001f\"\\\/\ud83d\ude00\u202e" })",
       "{\"exact\":\"\\u0000\\u001f\\\"\\\\/\xF0\x9F\x98\x80\xE2\x80\xAE\"}"},
      // What would be an entity or a decimal elsewhere is a record here.
      {Kind::kExact, R"({"exact":{"__entity":{"id":"a","type":"A"}}})", ""},
      {Kind::kExact, R"({"exact":{"__extn":{"arg":"1.0.0.0","fn":"ip"}}})", ""},
      {Kind::kExact, R"({"exact":{"decimal":"9.99"}})", ""},
      {Kind::kOneOf, R"({"one_of":[]})", ""},
      {Kind::kOneOf, R"({"one_of":["b","a",7,"a",true,{"decimal":"9.9"}]})",
       R"({"one_of":[true,7,"a","b",{"decimal":"9.9000"}]})"},
      {Kind::kRange, R"({"range":{"min":0,"max":10000}})", ""},
      {Kind::kRange, R"({"range":{"min":5}})", ""},
      {Kind::kRange, R"({"range":{"max":-5}})", ""},
      {Kind::kRange, R"({"range":{"max":7,"min":7}})", R"({"range":{"min":7,"max":7}})"},
      {Kind::kRange, R"({"range":{"min":{"decimal":"-0.5"},"max":{"decimal":"9.99"}}})",
       R"({"range":{"min":{"decimal":"-0.5000"},"max":{"decimal":"9.9900"}}})"},
      {Kind::kRange, R"({"range":{"min":{"decimal":"-922337203685477.5808"}}})", ""},
      {Kind::kPathPrefix, R"({"path":"/data/a/"})", R"({"path":"/data/a"})"},
      {Kind::kPathPrefix, R"({"path":"/"})", ""},
      {Kind::kHost, R"({"host":[]})", ""},
      {Kind::kHost, R"({"host":["b.test","*.ACME.test","[::1]","10.0.0.1","b.test"]})",
       R"({"host":["*.acme.test","10.0.0.1","[::1]","b.test"]})"},
      {Kind::kCidr, R"({"cidr":[]})", ""},
      {Kind::kCidr, R"({"cidr":["10.0.0.0/8","10.0.0.1","2001:DB8::/32","10.0.0.0/8"]})",
       R"({"cidr":["10.0.0.0/8","10.0.0.1/32","2001:db8::/32"]})"},
      // All of IPv6, and a range of which mapped addresses are a part.
      {Kind::kCidr, R"({"cidr":["::/0","::ffff:1:2/90"]})", ""},
      {Kind::kRegex, R"({"regex":"agent/[a-z0-9-]+"})", ""},
      {Kind::kRegex, R"({"regex":"\\d+\"?"})", ""},
  };
  for (const auto& test : kCases) {
    const Reading reading = Read(test.text);
    ASSERT_TRUE(reading.constraint) << test.text << ": " << reading.problem;
    EXPECT_EQ(reading.constraint->kind(), test.kind) << test.text;
    const std::string written = Write(*reading.constraint);
    EXPECT_EQ(written, test.canonical.empty() ? test.text : test.canonical);
    const Reading again = Read(written);
    ASSERT_TRUE(again.constraint) << written << ": " << again.problem;
    EXPECT_TRUE(*again.constraint == *reading.constraint) << written;
  }
}

TEST(ConstraintJson, WhatIsReadAcceptsWhatItSays) {
  const auto accepts = [](const char* text, const Value& value) {
    return Read(text).constraint.value().Accepts(value);
  };
  EXPECT_TRUE(accepts(R"({"exact":5})", Value::Long(5)));
  EXPECT_FALSE(accepts(R"({"exact":"5"})", Value::Long(5)));
  EXPECT_TRUE(accepts(R"({"range":{"max":{"decimal":"9.99"}}})", Value::Decimal(99'900)));
  EXPECT_FALSE(accepts(R"({"range":{"max":{"decimal":"9.99"}}})", Value::Decimal(99'901)));
  EXPECT_FALSE(accepts(R"({"range":{"max":10}})", Value::Decimal(1)));
  EXPECT_TRUE(accepts(R"({"one_of":[{"decimal":"1.5"}]})", Value::Decimal(15'000)));
  EXPECT_FALSE(accepts(R"({"exact":{"decimal":"1.5"}})", Value::Decimal(15'000)));
  EXPECT_FALSE(accepts(R"({"host":[]})", Value::String("acme.test")));
  EXPECT_TRUE(accepts(R"("any")", Value::EmptySet()));
}

TEST(ConstraintJson, ARefusalSaysWhereAndWhy) {
  const std::string many = [] {
    std::string list = "[0";
    for (size_t i = 1; i <= grants::kMostAlternatives; ++i) list += "," + std::to_string(i);
    return list + "]";
  }();
  const std::string deep = std::string(20, '[') + std::string(20, ']');
  const std::string long_path = "/" + std::string(grants::kLongestPathPrefix, 'a');
  const struct {
    std::string text;
    std::string problem;  // how it begins
  } kCases[] = {
      {R"("all")", "arguments.a: expected `\"any\"` or an object with one of `exact`, "},
      {"5", "arguments.a: expected `\"any\"` or an object"},
      {"null", "arguments.a: expected `\"any\"` or an object"},
      {R"(["any"])", "arguments.a: expected `\"any\"` or an object"},
      {"{}", "arguments.a: expected `\"any\"` or an object"},
      {R"({"exact":1,"regex":".*"})", "arguments.a: expected `\"any\"` or an object"},
      {R"({"any":true})", "arguments.a: expected `\"any\"` or an object"},
      {R"({"Exact":1})", "arguments.a: expected `\"any\"` or an object"},
      // Exact.
      {R"({"exact":null})", "arguments.a.exact: `null` is not a value"},
      {R"({"exact":1.5})", "arguments.a.exact: `1.5` is not a whole number of 64 bits"},
      {R"({"exact":1e2})", "arguments.a.exact: `1e2` is not a whole number of 64 bits"},
      {R"({"exact":9223372036854775808})", "arguments.a.exact: `9223372036854775808` is not"},
      {R"({"exact":{"b":[1,null]}})", "arguments.a.exact.b[1]: `null` is not a value"},
      {R"({"exact":)" + deep + "}", "arguments.a.exact: a constraint asks for a value that is too"},
      // One of.
      {R"({"one_of":"a"})", "arguments.a.one_of: expected an array of values, found a string"},
      {R"({"one_of":[1,null]})", "arguments.a.one_of[1]: `null` is not a value"},
      {R"({"one_of":[1,0.5]})", "arguments.a.one_of[1]: `0.5` is not a whole number"},
      {R"({"one_of":[[1]]})", "arguments.a.one_of[0]: expected a string, a whole number"},
      {R"({"one_of":[{"a":1}]})", "arguments.a.one_of[0]: the key `a` is not known here"},
      {R"({"one_of":[{}]})", "arguments.a.one_of[0]: the key `decimal` is missing"},
      {R"({"one_of":[{"decimal":"1"}]})", "arguments.a.one_of[0].decimal: expected a text such"},
      {R"({"one_of":)" + many + "}", "arguments.a.one_of: more than 1000 values"},
      // Range.
      {R"({"range":{}})", "arguments.a.range: a range has neither a minimum nor a maximum"},
      {R"({"range":5})", "arguments.a.range: expected an object, found a number"},
      {R"({"range":{"min":1,"most":2}})", "arguments.a.range: the key `most` is not known here"},
      {R"({"range":{"min":"1"}})", "arguments.a.range.min: expected a whole number or"},
      {R"({"range":{"min":null,"max":1}})", "arguments.a.range.min: expected a whole number or"},
      {R"({"range":{"max":1e300}})", "arguments.a.range.max: `1e300` is not a whole number"},
      {R"({"range":{"max":-0.5}})", "arguments.a.range.max: `-0.5` is not a whole number"},
      {R"({"range":{"min":2,"max":1}})", "arguments.a.range: the minimum of a range is above"},
      {R"({"range":{"min":1,"max":{"decimal":"2.0"}}})", "arguments.a.range: the bounds of a"},
      {R"({"range":{"max":{"decimal":9.99}}})", "arguments.a.range.max.decimal: expected a text"},
      {R"({"range":{"max":{"decimal":"9.99999"}}})",
       "arguments.a.range.max.decimal: expected a text such as `\"9.99\"`, found `9.99999`"},
      {R"({"range":{"max":{"decimal":"1.0","scale":2}}})",
       "arguments.a.range.max: the key `scale` is not known here"},
      // Path.
      {R"({"path":["/a"]})", "arguments.a.path: expected a string, found an array"},
      {R"({"path":"data"})", "arguments.a.path: the path \"data\" is not absolute"},
      {R"({"path":"/data/../etc"})", "arguments.a.path: the path \"/data/../etc\" is not"},
      {R"({"path":"/data/%2e%2e/etc"})", "arguments.a.path: the path"},
      {R"({"path":"/data\u200b"})", "arguments.a.path: the path"},
      {R"({"path":")" + long_path + "\"}", "arguments.a.path: a path has more than 4096 bytes"},
      // Host.
      {R"({"host":"acme.test"})", "arguments.a.host: expected an array of hosts, found a string"},
      {R"({"host":["acme.test",7]})", "arguments.a.host[1]: expected a string, found a number"},
      {R"({"host":["a*.test"]})", "arguments.a.host: the host \"a*.test\" is neither"},
      {R"({"host":["127.1"]})", "arguments.a.host: the host \"127.1\" is neither"},
      {R"({"host":["\u0430cme.test"]})", "arguments.a.host: the host"},
      {R"({"host":)" + many + "}", "arguments.a.host: more than 1000 hosts"},
      // Ranges of addresses.
      {R"({"cidr":"10.0.0.0/8"})", "arguments.a.cidr: expected an array of ranges"},
      {R"({"cidr":[null]})", "arguments.a.cidr[0]: expected a string, found null"},
      {R"({"cidr":["10.0.0.0/33"]})", "arguments.a.cidr: the range \"10.0.0.0/33\" is no"},
      {R"({"cidr":["::ffff:0:0/96"]})", "arguments.a.cidr: the range \"::ffff:0:0/96\" has mapped"},
      {R"({"cidr":)" + many + "}", "arguments.a.cidr: more than 1000 ranges"},
      // Regular expression.
      {R"({"regex":""})", "arguments.a.regex: a regular expression is empty"},
      {R"({"regex":5})", "arguments.a.regex: expected a string, found a number"},
      {R"({"regex":"(a"})", "arguments.a.regex: the regular expression \"(a\" cannot be used"},
      {R"x({"regex":"a(?=b)"})x", "arguments.a.regex: the regular expression"},
      {R"x({"regex":"(((a{100}){100}){100})"})x", "arguments.a.regex: the regular expression"},
      {R"({"regex":"a\u200bb"})", "arguments.a.regex: the regular expression"},
      // JSON that is none.
      {R"({"exact":"\ud800"})", "`\\ud800` is half of a surrogate pair"},
      {R"({"exact":1,"exact":2})", "the key `exact` stands twice"},
      {R"({"exact":{"a":1,"\u0061":2}})", "the key `a` stands twice"},
      {R"({"exact":)" + std::string(500, '[') + std::string(500, ']') + "}", "this is nested too"},
  };
  for (const auto& test : kCases) {
    const Reading reading = Read(test.text);
    EXPECT_FALSE(reading.constraint) << test.text.substr(0, 200);
    EXPECT_TRUE(reading.problem.starts_with(test.problem))
        << test.text.substr(0, 200) << "\n  said: " << reading.problem
        << "\n  not:  " << test.problem;
  }
}

// No caller can ask for one; what was written must not come back as something else.
TEST(ConstraintJson, AValueWithoutAFormIsNotReadBack) {
  const EntityUidView uid{"User", "alice"};
  Field field{"when", Value::Datetime(0)};
  const Value values[] = {Value::Entity(&uid), Value::Decimal(15'000), Value::Duration(1),
                          Value::Record({&field, 1})};
  for (const Value& value : values) {
    const std::string text = Write(ArgumentConstraint::Exact(value).value());
    EXPECT_FALSE(Read(text).constraint) << text;
  }
}

}  // namespace
}  // namespace thuja::server
