// SPDX-License-Identifier: Apache-2.0
// The same bytes give the same requests and the same refusal, however they are cut: thousands of
// requests with random damage, each read whole, byte by byte and in random pieces.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/property/generator/random.h"
#include "tests/unit/http/read_requests.h"

namespace thuja::server {
namespace {

using generator::Random;

constexpr uint64_t kSeed = 20260302;
constexpr int kRounds = 6000;

const std::string kWholes[] = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET http://h/a?b HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /a?b=c HTTP/1.1\r\nHost: [::1]:80\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n"
    "hello, world",
    Chunked("5\r\nhello\r\n0\r\n\r\n"),
    Chunked("2;a=\"b\"\r\nhi\r\n00a\r\n0123456789\r\n0\r\nX-Trailer: t\r\nB: c\r\n\r\n"),
    "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nA: \xC3\xA9\r\n\r\n",
};

const std::string kPieces[] = {
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "/",
    "?",
    "#",
    "0",
    "1",
    "5",
    "f",
    std::string(1, '\0'),
    "\x7f",
    "\xFF",
    "Host: i\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 18446744073709551621\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Connection: close\r\n",
    "Upgrade: h2c\r\n",
    "Expect: x\r\n",
    " folded\r\n",
    "0\r\n\r\n",
    "3\r\nabc\r\n",
    "ffffffffffffffff\r\n",
    "GET / HTTP/1.1\r\n",
    std::string(40, 'a'),
};

void Damage(Random& random, std::string* text) {
  const size_t at = random.Below(text->size() + 1);
  const size_t size = random.Between(1, 8);
  switch (random.Below(6)) {
    case 0: text->insert(at, random.Pick(kPieces)); break;
    case 1: text->erase(at, size); break;
    case 2: text->insert(at, text->substr(random.Below(text->size() + 1), 4 * size)); break;
    case 3:
      if (at < text->size()) (*text)[at] = static_cast<char>(random.Below(256));
      break;
    case 4:
      if (at < text->size()) text->replace(at, size, random.Pick(kPieces));
      break;
    default: text->resize(at);
  }
}

std::string RandomBytes(Random& random) {
  std::string text;
  for (size_t requests = random.Between(1, 3); requests > 0; --requests) {
    text += random.Pick(kWholes);
  }
  for (size_t times = random.Below(4); times > 0; --times) Damage(random, &text);
  if (text.empty()) text = "G";
  return text;
}

// Of the limits that a header may pass, the one on all of it is so wide that no line can pass both:
// TheLimitThatIsToldDoesNotDependOnTheCut looks at that.
Limits RandomLimits(Random& random) {
  Limits limits;
  if (random.Chance(50)) return limits;
  limits.line = random.Between(30, 60);
  limits.fields = random.Between(2, 6);
  limits.body = random.Between(4, 16);
  return limits;
}

std::vector<size_t> RandomSizes(Random& random) {
  std::vector<size_t> sizes(random.Between(1, 40));
  for (size_t& size : sizes)
    size = random.Chance(50) ? random.Between(1, 3) : random.Between(1, 40);
  return sizes;
}

TEST(RequestCuts, DamagedRequestsAreReadTheSameHoweverTheyAreCut) {
  Random random(kSeed);
  int complete = 0;
  int refused = 0;
  int unfinished = 0;
  for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
    const std::string text = RandomBytes(random);
    const Limits limits = RandomLimits(random);
    const Reading whole = ReadAll(text, {text.size()}, limits);
    complete += whole.requests.empty() ? 0 : 1;
    refused += whole.refusal.empty() ? 0 : 1;
    unfinished += whole.started ? 1 : 0;
    for (const std::vector<size_t>& sizes :
         {std::vector<size_t>{1}, RandomSizes(random), RandomSizes(random)}) {
      const Reading parts = ReadAll(text, sizes, limits);
      EXPECT_EQ(parts.requests, whole.requests) << "round " << round << "\n" << text;
      EXPECT_EQ(parts.refusal, whole.refusal) << "round " << round << "\n" << text;
      EXPECT_EQ(parts.started, whole.started) << "round " << round << "\n" << text;
    }
  }
  // It says something only if all three ends are met often.
  EXPECT_GT(complete, kRounds / 10);
  EXPECT_GT(refused, kRounds / 10);
  EXPECT_GT(unfinished, kRounds / 10);
}

}  // namespace
}  // namespace thuja::server
