// SPDX-License-Identifier: Apache-2.0
// Requests out of bytes: where one ends, what is in it, what it may cost.
#include "server/http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/http/read_requests.h"

namespace thuja::server {
namespace {

using State = RequestReader::State;

constexpr std::string_view kChunkedShown = "POST / v11 [Host=h|Transfer-Encoding=chunked] ";

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(RequestReader, ReadsMethodTargetVersionFieldsAndBody) {
  const std::pair<std::string, std::string> kRows[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / v11 [Host=h] "},
      {"GET /a/b?c=d&e HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a/b?c=d&e v11 [Host=h] "},
      {"GET /a? HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a? v11 [Host=h] "},
      {"GET /a?b?c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a?b?c v11 [Host=h] "},
      {"GET /%2e%2F%00 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%2e%2F%00 v11 [Host=h] "},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
       "POST /a v11 [Host=h|Content-Length=5] hello"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
       "POST /a v11 [Host=h|Content-Length=0] "},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0005\r\n\r\nhello",
       "POST /a v11 [Host=h|Content-Length=0005] hello"},
      {"GET / HTTP/1.0\r\nHost: h\r\n\r\n", "GET / v10 [Host=h]  close"},
      {"POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
       "POST / v10 [Host=h|Content-Length=2] hi close"},
      {"PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n", "PROPFIND / v11 [Host=h] "},
      {"GET / HTTP/1.1\r\nhOsT:h\r\nA: \t b c \t \r\nB:\r\nA:2\r\n\r\n",
       "GET / v11 [hOsT=h|A=b c|B=|A=2] "},
      {"GET / HTTP/1.1\r\nHost: h\r\nA: \xC3\xA9\xFF\r\n\r\n",
       "GET / v11 [Host=h|A=\xC3\xA9\xFF] "},
  };
  for (const auto& [bytes, shown] : kRows) EXPECT_EQ(ReadOne(bytes), shown) << bytes;
}

TEST(RequestReader, AbsoluteFormIsItsPath) {
  const auto read = [](std::string_view target) {
    return ReadOne("GET " + std::string(target) + " HTTP/1.1\r\nHost: h:81\r\n\r\n");
  };
  EXPECT_EQ(read("http://h:81/a?b"), "GET /a?b v11 [Host=h:81] ");
  EXPECT_EQ(read("HTTPS://H:81/"), "GET / v11 [Host=h:81] ");
}

TEST(RequestReader, ABodyMayHoldAnyByte) {
  std::string body;
  for (int byte = 0; byte < 256; ++byte) body.push_back(static_cast<char>(byte));
  EXPECT_EQ(ReadOne("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 256\r\n\r\n" + body),
            "POST / v11 [Host=h|Content-Length=256] " + body);
  EXPECT_EQ(ReadOne(Chunked("100\r\n" + body + "\r\n0\r\n\r\n")),
            std::string(kChunkedShown) + body);
}

TEST(RequestReader, AsksForMoreUntilTheLastByte) {
  const std::string kWholes[] = {
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
      Chunked("2;e=\"x\"\r\nab\r\n0\r\nT: u\r\n\r\n"),
  };
  for (const std::string& whole : kWholes) {
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(ReadOne(whole.substr(0, size)), "more") << whole.substr(0, size);
    }
  }
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
  const std::string kTexts[] = {
      "GET /a?b HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
      Chunked("5;ext=\"a;b\"\r\nhello\r\n00a\r\n0123456789\r\n000\r\nX-Trailer: v\r\nB: c\r\n\r\n"),
      // Two on one connection, and one that is refused.
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: i\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\nGET /",
      "GET / HTTP/1.1\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\na",
      Chunked("5\r\nhello0\r\n\r\n"),
      Chunked("zz\r\n"),
      Chunked("5 \r\nhello\r\n0\r\n\r\n"),
  };
  for (const std::string& text : kTexts) {
    const Reading whole = ReadAll(text, {text.size()});
    for (size_t cut = 1; cut < text.size(); ++cut) {
      const Reading parts = ReadAll(text, {cut, text.size()});
      EXPECT_EQ(parts.requests, whole.requests) << "cut at " << cut << " of " << text;
      EXPECT_EQ(parts.refusal, whole.refusal) << "cut at " << cut << " of " << text;
      EXPECT_EQ(parts.started, whole.started) << "cut at " << cut << " of " << text;
    }
    const Reading bytes = ReadAll(text, {1});
    EXPECT_EQ(bytes.requests, whole.requests) << text;
    EXPECT_EQ(bytes.refusal, whole.refusal) << text;
  }
}

TEST(RequestReader, PipelinedRequestsShareNothing) {
  const std::string text =
      "POST /a?q HTTP/1.1\r\nHost: h\r\nX: 1\r\nExpect: 100-continue\r\nContent-Length: "
      "3\r\n\r\nabc"
      "GET /b HTTP/1.1\r\nHost: i\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nX: 2\r\n\r\n"
      "GET /d HTTP/1.0\r\nHost: h\r\n\r\n"
      "GET /e HTTP/1.1\r\nHost: h\r\n\r\n";
  const Reading reading = ReadAll(text, {text.size()});
  EXPECT_EQ(reading.refusal, "");
  EXPECT_EQ(reading.requests,
            (std::vector<std::string>{
                "POST /a?q v11 [Host=h|X=1|Expect=100-continue|Content-Length=3] abc",
                "GET /b v11 [Host=i] ", "POST /c v11 [Host=h|Transfer-Encoding=chunked] z",
                "GET /d v10 [Host=h]  close", "GET /e v11 [Host=h] "}));
}

TEST(RequestReader, LeavesTheBytesOfTheNextRequest) {
  const Limits limits;
  const Peer peer;
  RequestReader reader(limits, peer);
  const std::string text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /x";
  std::string_view bytes = text;
  EXPECT_FALSE(reader.started());
  ASSERT_EQ(reader.Feed(&bytes), State::kComplete);
  EXPECT_EQ(bytes, "GET /x");
  EXPECT_TRUE(reader.started());
  EXPECT_EQ(reader.request().peer, &peer);
  reader.Next();
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(reader.request().peer, &peer);
  EXPECT_EQ(reader.request().body, "");
  EXPECT_TRUE(reader.request().fields.empty());
  ASSERT_EQ(reader.Feed(&bytes), State::kNeedMore);
  EXPECT_TRUE(reader.started());
}

TEST(RequestReader, AfterALargeBodyASmallOneIsItself) {
  Limits limits;
  limits.body = size_t{1} << 20;
  const std::string large(size_t{1} << 20, 'L');
  const std::string text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + large +
                           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\ns";
  const Reading reading = ReadAll(text, {70'000}, limits);
  ASSERT_EQ(reading.requests.size(), 2u) << reading.refusal;
  EXPECT_EQ(reading.requests[0], "POST / v11 [Host=h|Content-Length=1048576] " + large);
  EXPECT_EQ(reading.requests[1], "POST / v11 [Host=h|Content-Length=1] s");
}

TEST(RequestReader, UndoesChunks) {
  const std::pair<const char*, const char*> kRows[] = {
      {"0\r\n\r\n", ""},
      {"000\r\n\r\n", ""},
      {"3\r\nabc\r\n0\r\n\r\n", "abc"},
      {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"},
      {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"},
      {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
      {"5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"},
      // Extensions mean nothing to anybody here.
      {"3;a\r\nabc\r\n0;b=c;d=\"e\"\r\n\r\n", "abc"},
      {"3;\r\nabc\r\n0;\t\r\n\r\n", "abc"},
  };
  for (const auto& [coded, body] : kRows) {
    EXPECT_EQ(ReadOne(Chunked(coded)), std::string(kChunkedShown) + body) << coded;
  }
}

TEST(RequestReader, TrailersAreNoFields) {
  const std::string text =
      Chunked("1\r\na\r\n0\r\nHost: evil\r\nContent-Length: 9\r\nX-Agent: root\r\n\r\n") +
      "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  const Reading reading = ReadAll(text, {text.size()});
  EXPECT_EQ(reading.refusal, "");
  EXPECT_EQ(reading.requests, (std::vector<std::string>{std::string(kChunkedShown) + "a",
                                                        "GET /next v11 [Host=h] "}));
}

TEST(RequestReader, RefusesMalformedChunks) {
  const std::string kRows[] = {
      "\r\n",
      ";a\r\n",
      "x\r\n",
      "-1\r\n",
      "+1\r\n",
      "0x1\r\n",
      "1 \r\na\r\n",
      " 1\r\na\r\n",
      "1\na\r\n",
      "1\r\ra",
      "1\r\na\n",
      "1\r\na\r\r",
      "1\r\nab\r\n",
      "3\r\nab\r\n0\r\n\r\n",
      "1;a\nb\r\n",
      "1;a\rb\r\n",
      std::string("1;a\0\r\n", 6),
      "1;a\x7f\r\n",
      "00000000000000001\r\na",
      "0\r\nA: b\n\r\n",
      "0\r\nA: \x01\r\n\r\n",
      "0\r\nA: b\r\r\n",
      "0\r\n\rx",
      // What is no field is no trailer; it may be the next request.
      "0\r\nGET / HTTP/1.1\r\n",
      "0\r\nA\r\n\r\n",
      "0\r\n: b\r\n",
      "0\r\n A: b\r\n",
      "0\r\nA : b\r\n",
      "0\r\nA: b\r\n c\r\n",
      "0\r\r",
  };
  for (const std::string& coded : kRows) {
    EXPECT_EQ(ReadOne(Chunked(coded)), "400 a malformed chunk") << coded;
  }
}

TEST(RequestReader, WhatChunksBringBesidesTheirDataIsBounded) {
  const std::string kData = "\r\na\r\n0\r\n\r\n";
  EXPECT_EQ(ReadOne(Chunked("1;" + std::string(4096, 'x') + kData)),
            std::string(kChunkedShown) + "a");
  EXPECT_EQ(ReadOne(Chunked("1;" + std::string(4097, 'x'))), "400 a malformed chunk");
  // Of trailers the sum counts, so that many small ones are no way around.
  EXPECT_EQ(ReadOne(Chunked("0\r\n" + Repeat("A:12345\r\n", 400) + "\r\n")), kChunkedShown);
  for (const char* field : {"A:12345\r\n", "ABCDEF:\r\n", "A:\r\n"}) {
    EXPECT_EQ(ReadOne(Chunked("0\r\n" + Repeat(field, 5000))), "400 a malformed chunk") << field;
  }
  // A small bound on headers bounds them too.
  Limits limits;
  limits.header = 100;
  EXPECT_EQ(ReadOne(Chunked("1;" + std::string(100, 'x') + kData), limits),
            std::string(kChunkedShown) + "a");
  EXPECT_EQ(ReadOne(Chunked("1;" + std::string(101, 'x')), limits), "400 a malformed chunk");
}

TEST(RequestReader, ALineMayBeAsLongAsItsLimit) {
  Limits limits;
  limits.line = 64;
  const auto request_line = [](size_t size) {
    const std::string rest = "GET / HTTP/1.1";
    return "GET /" + std::string(size - rest.size(), 'a') + " HTTP/1.1";
  };
  const std::string host = "\r\nHost: h\r\n\r\n";
  EXPECT_EQ(ReadOne(request_line(64) + host, limits).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(request_line(65) + host, limits), "414 the request line is too long");
  const auto header_line = [](size_t size) { return "A:" + std::string(size - 2, 'b') + "\r\n"; };
  EXPECT_EQ(ReadOne(WithLines(header_line(64)), limits).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(WithLines(header_line(65)), limits), "431 a header line is too long");
}

TEST(RequestReader, ALineThatNeverEndsIsRefusedAtItsLimit) {
  Limits limits;
  limits.line = 64;
  EXPECT_EQ(ReadOne(std::string(66, 'G'), limits), "more");
  EXPECT_EQ(ReadOne(std::string(67, 'G'), limits), "414 the request line is too long");
  const std::string begin = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(ReadOne(begin + std::string(66, 'A'), limits), "more");
  EXPECT_EQ(ReadOne(begin + std::string(67, 'A'), limits), "431 a header line is too long");
}

TEST(RequestReader, TakesAsManyFieldsAsItsLimit) {
  Limits limits;
  limits.fields = 8;
  EXPECT_EQ(ReadOne(WithLines(Repeat("A:b\r\n", 7)), limits).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(WithLines(Repeat("A:b\r\n", 8)), limits), "431 too many header fields");
  EXPECT_EQ(ReadOne(WithLines(Repeat("A:b\r\n", 99))).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(WithLines(Repeat("A:b\r\n", 100))), "431 too many header fields");
}

TEST(RequestReader, AHeaderMayBeAsLongAsItsLimit) {
  Limits limits;
  limits.header = 512;
  const auto of_size = [](size_t size) {
    const size_t fixed = WithLines("A:\r\n").size();
    return WithLines("A:" + std::string(size - fixed, 'b') + "\r\n");
  };
  ASSERT_EQ(of_size(512).size(), 512u);
  EXPECT_EQ(ReadOne(of_size(512), limits).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(of_size(513), limits), "431 the header is too long");
  // Also where no end comes.
  EXPECT_EQ(ReadOne(of_size(600).substr(0, 512), limits), "more");
  EXPECT_EQ(ReadOne(of_size(600).substr(0, 513), limits), "431 the header is too long");
  // By default too, with lines of allowed length.
  const std::string line = "A:" + std::string(1000, 'b') + "\r\n";
  EXPECT_EQ(ReadOne(WithLines(Repeat(line, 16))).substr(0, 5), "GET /");
  EXPECT_EQ(ReadOne(WithLines(Repeat(line, 17))), "431 the header is too long");
}

// Both limits are passed in the same line; which one is told must not hang on the cut.
TEST(RequestReader, TheLimitThatIsToldDoesNotDependOnTheCut) {
  struct Row {
    size_t line;
    size_t header;
    std::string text;
  };
  const Row kRows[] = {
      {64, 100, "GET / HTTP/1.1\r\nA: " + std::string(40, 'b') + "\r\nC: " + std::string(90, 'd')},
      {64, 50, "GET /" + std::string(90, 'a')},
  };
  for (const Row& row : kRows) {
    Limits limits;
    limits.line = row.line;
    limits.header = row.header;
    const Reading whole = ReadAll(row.text, {row.text.size()}, limits);
    const Reading bytes = ReadAll(row.text, {1}, limits);
    EXPECT_NE(whole.refusal, "");
    EXPECT_EQ(bytes.refusal, whole.refusal) << row.text;
  }
}

TEST(RequestReader, ABodyMayBeAsLongAsItsLimit) {
  Limits limits;
  limits.body = 16;
  const auto plain = [](const std::string& length) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n";
  };
  const std::string kTooLarge = "413 the body is too large";
  EXPECT_EQ(ReadOne(plain("16") + std::string(16, 'b'), limits),
            "POST / v11 [Host=h|Content-Length=16] " + std::string(16, 'b'));
  // Refused before any of it is there.
  EXPECT_EQ(ReadOne(plain("17"), limits), kTooLarge);
  EXPECT_EQ(ReadOne(plain("1048577")), kTooLarge);
  EXPECT_EQ(ReadOne(plain("18446744073709551615")), kTooLarge);
  // Whichever part of the reader sees that the number has no 64 bits.
  const std::string beyond = ReadOne(plain("18446744073709551617"));
  EXPECT_TRUE(beyond.starts_with("413 ") || beyond.starts_with("400 ")) << beyond;

  EXPECT_EQ(ReadOne(Chunked("10\r\n" + std::string(16, 'b') + "\r\n0\r\n\r\n"), limits),
            std::string(kChunkedShown) + std::string(16, 'b'));
  EXPECT_EQ(ReadOne(Chunked("11"), limits), kTooLarge);
  EXPECT_EQ(ReadOne(Chunked(Repeat("4\r\nabcd\r\n", 4) + "0\r\n\r\n"), limits),
            std::string(kChunkedShown) + Repeat("abcd", 4));
  EXPECT_EQ(ReadOne(Chunked(Repeat("4\r\nabcd\r\n", 4) + "1\r\n"), limits), kTooLarge);
  EXPECT_EQ(ReadOne(Chunked("ffffffffffffffff")), kTooLarge);
}

TEST(RequestReader, KnowsWhetherTheConnectionStays) {
  struct Row {
    const char* version;
    const char* lines;
    bool keep;
  };
  const Row kRows[] = {
      {"1.1", "", true},
      {"1.1", "Connection: keep-alive\r\n", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: CLOSE\r\n", false},
      {"1.1", "connection: x, close\r\n", false},
      {"1.1", "Connection: x\r\nConnection: close\r\n", false},
      {"1.1", "Connection: closed\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: close\r\n", false},
      {"1.0", "Connection: keep-alive\r\n", true},
      {"1.0", "Connection: Keep-Alive\r\n", true},
  };
  for (const Row& row : kRows) {
    const std::string shown =
        ReadOne("GET / HTTP/" + std::string(row.version) + "\r\nHost: h\r\n" + row.lines + "\r\n");
    ASSERT_TRUE(shown.starts_with("GET / v1")) << shown;
    EXPECT_EQ(!shown.ends_with(" close"), row.keep) << row.version << row.lines;
  }
}

TEST(RequestReader, TellsOnceThatTheSenderWaits) {
  struct Row {
    const char* version;
    const char* lines;
    bool waits;
  };
  const Row kRows[] = {
      {"1.1", "Expect: 100-continue\r\nContent-Length: 5\r\n", true},
      {"1.1", "expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", true},
      {"1.1", "Content-Length: 5\r\n", false},
      {"1.0", "Expect: 100-continue\r\nContent-Length: 5\r\n", false},
  };
  for (const Row& row : kRows) {
    const Limits limits;
    const Peer peer;
    RequestReader reader(limits, peer);
    const std::string text =
        "POST / HTTP/" + std::string(row.version) + "\r\nHost: h\r\n" + row.lines + "\r\n";
    std::string_view bytes = text;
    ASSERT_EQ(reader.Feed(&bytes), State::kNeedMore) << row.lines;
    EXPECT_EQ(reader.TakeExpectation(), row.waits) << row.lines;
    EXPECT_FALSE(reader.TakeExpectation()) << row.lines;
  }
}

TEST(RequestReader, NobodyWaitsForABodyThatIsNotThere) {
  for (const char* lines :
       {"Expect: 100-continue\r\n", "Expect: 100-continue\r\nContent-Length: 0\r\n"}) {
    const Limits limits;
    const Peer peer;
    RequestReader reader(limits, peer);
    const std::string text = WithLines(lines);
    std::string_view bytes = text;
    ASSERT_EQ(reader.Feed(&bytes), State::kComplete);
    EXPECT_FALSE(reader.TakeExpectation()) << lines;
  }
}

TEST(RequestReader, AnExpectationDoesNotOutliveItsRequest) {
  const Limits limits;
  const Peer peer;
  RequestReader reader(limits, peer);
  const std::string text =
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n";
  std::string_view bytes = text;
  ASSERT_EQ(reader.Feed(&bytes), State::kComplete);
  reader.Next();
  ASSERT_EQ(reader.Feed(&bytes), State::kNeedMore);
  EXPECT_FALSE(reader.TakeExpectation());
}

}  // namespace
}  // namespace thuja::server
