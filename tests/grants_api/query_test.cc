// SPDX-License-Identifier: Apache-2.0
// Queries, and what is no query.
#include "server/grants/query.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace thuja::server {
namespace {

absl::StatusOr<Query> Parse(std::string_view text) {
  HttpRequest request;
  request.query = text;
  request.has_query = true;
  return Query::Parse(request, {"a", "b", "n"});
}

// The value of `a`, or what is wrong.
std::string A(std::string_view text) {
  const auto query = Parse(text);
  if (!query.ok()) return "error: " + std::string(query.status().message());
  return query->Find("a").value_or("none");
}

TEST(Query, ParametersAreDecoded) {
  EXPECT_EQ(A(""), "none");
  EXPECT_EQ(A("a=1"), "1");
  EXPECT_EQ(A("b=2&a=1"), "1");
  EXPECT_EQ(A("a=1=2"), "1=2");
  EXPECT_EQ(A("a=%41%2b%20%2F%C3%a9"), "A+ /\xC3\xA9");
  EXPECT_EQ(A("a=%2541"), "%41") << "once";
}

TEST(Query, WhatCouldBeReadInTwoWaysIsAnError) {
  for (const char* text :
       {"a",     "a=",       "=1",          "c=1",   "A=1",     "a=1&a=1", "a=1&a=2",  "a=1&b",
        "a=+",   "a=1+2",    "a=%",         "a=%4",  "a=%4g",   "a=%zz",   "a=%-1",    "a=% 1",
        "a=%FF", "a=%C0%AF", "a=%ED%A0%80", "%61=1", "a=1&c=2", "&&",      "a=1&&b=2", "?a=1"}) {
    EXPECT_TRUE(A(text).starts_with("error: ")) << text << " is " << A(text);
  }
}

TEST(Query, NumbersHaveBounds) {
  const auto number = [](std::string_view text) -> std::string {
    const auto query = Parse(text);
    if (!query.ok()) return "error";
    const auto found = query->FindNumber("n", 1, 1000);
    if (!found.ok()) return "refused";
    return *found ? std::to_string(**found) : "none";
  };
  EXPECT_EQ(number("n=1"), "1");
  EXPECT_EQ(number("n=1000"), "1000");
  EXPECT_EQ(number("a=1"), "none");
  for (const char* text : {"n=0", "n=1001", "n=-1", "n=%2B1", "n=01", "n=1.0", "n=1e2", "n=x",
                           "n=0x1", "n=%201", "n=18446744073709551616"}) {
    EXPECT_EQ(number(text), "refused") << text;
  }
}

TEST(Query, DecimalsAreOfSixtyFourBits) {
  EXPECT_EQ(ParseDecimal("0"), 0u);
  EXPECT_EQ(ParseDecimal("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "00", "-0", "+1", " 1", "1 ", "18446744073709551616", "1a"}) {
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace thuja::server
