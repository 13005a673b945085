// SPDX-License-Identifier: Apache-2.0
// The strict rules for headers: what two readers could read differently is refused.
#include "server/http/header_check.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/http/read_requests.h"

namespace thuja::server {
namespace {

constexpr std::string_view kNotWellFormed = "400 not well-formed HTTP";

std::string WithRequestLine(std::string_view line) {
  return std::string(line) + "\r\nHost: h\r\n\r\n";
}

std::string WithTarget(std::string_view target) {
  return WithRequestLine("GET " + std::string(target) + " HTTP/1.1");
}

std::string WithHost(std::string_view lines) {
  return "GET / HTTP/1.1\r\n" + std::string(lines) + "\r\n";
}

TEST(HeaderCheck, TakesOneContentLengthThatIsANumber) {
  const std::pair<const char*, const char*> kRows[] = {
      {"Content-Length: 1\r\nContent-Length: 1\r\n", "400 more than one Content-Length"},
      {"Content-Length: 1\r\ncontent-length: 1\r\n", "400 more than one Content-Length"},
      {"Content-Length: 1, 1\r\n", "400 "},
      {"Content-Length: 1,\r\n", "400 "},
      {"Content-Length: 1 1\r\n", "400 "},
      {"Content-Length:\r\n", "400 "},
      {"Content-Length: +1\r\n", "400 "},
      {"Content-Length: -1\r\n", "400 "},
      {"Content-Length: 0x1\r\n", "400 "},
      {"Content-Length: 1.0\r\n", "400 "},
      {"Content-Length: 1e0\r\n", "400 "},
      {"Content-Length: \"1\"\r\n", "400 "},
      {"Content-Length: \xD9\xA1\r\n", "400 "},
      {"Content-Length: 1;\r\n", "400 "},
      {"Content-Length: one\r\n", "400 "},
  };
  for (const auto& [lines, refusal] : kRows) {
    EXPECT_TRUE(ReadOne(WithLines(lines) + "a").starts_with(refusal))
        << lines << ReadOne(WithLines(lines) + "a");
  }
}

TEST(HeaderCheck, TheOnlyTransferEncodingIsChunked) {
  const std::string kOther = "400 a Transfer-Encoding other than `chunked`";
  const std::string kBeside = "400 Content-Length beside Transfer-Encoding";
  const std::pair<const char*, std::string> kRows[] = {
      {"Transfer-Encoding: gzip, chunked\r\n", kOther},
      {"Transfer-Encoding: chunked, gzip\r\n", kOther},
      {"Transfer-Encoding: chunked, chunked\r\n", kOther},
      {"Transfer-Encoding: chunked,\r\n", kOther},
      {"Transfer-Encoding: identity\r\n", kOther},
      {"Transfer-Encoding: xchunked\r\n", kOther},
      {"Transfer-Encoding: chunkedx\r\n", kOther},
      {"Transfer-Encoding: chunked;a=b\r\n", kOther},
      {"Transfer-Encoding: \"chunked\"\r\n", kOther},
      {"Transfer-Encoding:\r\n", kOther},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kOther},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", kOther},
      {"Transfer-Encoding: identity\r\ntransfer-encoding: chunked\r\n", kOther},
      {"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", kBeside},
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", kBeside},
      {"Content-Length: 5\r\nTransfer-Encoding: identity\r\n", kBeside},
  };
  for (const auto& [lines, refusal] : kRows) {
    // Beast sees some of them first; what counts is that none is taken.
    const std::string got = ReadOne(WithLines(lines) + "0\r\n\r\n");
    EXPECT_TRUE(got == refusal || got == kNotWellFormed) << lines << got;
  }
  EXPECT_EQ(ReadOne(WithLines("Transfer-Encoding: CHUNKED\r\n") + "0\r\n\r\n"),
            "GET / v11 [Host=h|Transfer-Encoding=CHUNKED] ");
  EXPECT_EQ(ReadOne("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400 Transfer-Encoding in HTTP/1.0");
}

// `Transfer-Encoding : chunked` and the like would be read by some and passed over by others.
TEST(HeaderCheck, AFieldNameIsAToken) {
  for (const char* line : {"Content-Length : 1\r\n", "Transfer-Encoding : chunked\r\n",
                           "Transfer Encoding: chunked\r\n", "Content-Length\r\n", ": 1\r\n",
                           "A(b): 1\r\n", "A\xC3\xA9: 1\r\n", "A\"b: 1\r\n"}) {
    EXPECT_EQ(ReadOne(WithLines(line)), kNotWellFormed) << line;
  }
}

TEST(HeaderCheck, ThereIsOneHost) {
  const std::string kCount = "400 not exactly one Host";
  EXPECT_EQ(ReadOne(WithHost("")), kCount);
  EXPECT_EQ(ReadOne("GET / HTTP/1.0\r\n\r\n"), kCount);
  EXPECT_EQ(ReadOne(WithHost("Host: h\r\nHost: h\r\n")), kCount);
  EXPECT_EQ(ReadOne(WithHost("Host: h\r\nhost: i\r\n")), kCount);
}

TEST(HeaderCheck, AHostIsANameOrAnAddressWithOrWithoutAPort) {
  for (const char* host : {"h", "a.b-c.example", "A_b", "127.0.0.1", "127.0.0.1:80", "h:", "h:0",
                           "h:65535", "[::1]", "[::1]:80", "[::ffff:1.2.3.4]:1"}) {
    EXPECT_EQ(ReadOne(WithHost("Host: " + std::string(host) + "\r\n")),
              "GET / v11 [Host=" + std::string(host) + "] ");
  }
  for (const char* host :
       {"",      " ",   "a b",      "a,b",     "a/b",      "a?b",          "a#b",   "u@h",
        "u:p@h", "h:a", "h:80a",    "h:-1",    "h:123456", "h:80:80",      ":80",   "[::1",
        "::1",   "[]",  "[]:80",    "[::1]80", "[::1]]",   "[::1%25eth0]", "[g h]", "h%2e",
        "h\\i",  "h;i", "\xC3\xA9", "h\ti"}) {
    EXPECT_EQ(ReadOne(WithHost("Host: " + std::string(host) + "\r\n")), "400 Host is no host")
        << host;
  }
}

TEST(HeaderCheck, RefusesFoldedLines) {
  const std::string kFolded = "400 a folded header line";
  EXPECT_EQ(ReadOne(WithLines("A: b\r\n c\r\n")), kFolded);
  EXPECT_EQ(ReadOne(WithLines("A: b\r\n\tc\r\n")), kFolded);
  EXPECT_EQ(ReadOne(WithLines("A: b\r\n \r\n")), kFolded);
  EXPECT_EQ(ReadOne("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), kFolded);
}

TEST(HeaderCheck, LinesEndWithCarriageReturnAndLineFeed) {
  const std::string kEnd = "400 a line that does not end with CRLF";
  const std::string kBare = "400 a bare carriage return";
  const std::pair<const char*, std::string> kRows[] = {
      {"GET / HTTP/1.1\nHost: h\r\n\r\n", kEnd},
      {"GET / HTTP/1.1\r\nHost: h\n\r\n", kEnd},
      {"GET / HTTP/1.1\r\nHost: h\r\n\n", kEnd},
      {"\n", kEnd},
      {"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", kBare},
      {"GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", kBare},
      {"GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n", kBare},
      {"GET / HTTP/1.1\rHost: h\r\n\r\n", kBare},
      {"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "400 an empty line before the request"},
  };
  for (const auto& [bytes, refusal] : kRows) EXPECT_EQ(ReadOne(bytes), refusal) << bytes;
}

TEST(HeaderCheck, RefusesControlCharacters) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '\r' || byte == '\n') continue;
    const std::string c(1, static_cast<char>(byte));
    const std::string value = ReadOne(WithLines("A: b" + c + "c\r\n"));
    const std::string name = ReadOne(WithLines("A" + c + "b: c\r\n"));
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    if (control) {
      const std::string refusal =
          byte == 0 ? "400 a NUL byte in the header" : "400 a control character in the header";
      EXPECT_EQ(value, refusal) << byte;
      EXPECT_EQ(name, refusal) << byte;
      EXPECT_TRUE(ReadOne(WithTarget("/a" + c + "b")).starts_with("400 ")) << byte;
    } else {
      EXPECT_EQ(value, "GET / v11 [Host=h|A=b" + c + "c] ") << byte;
    }
  }
}

TEST(HeaderCheck, ARequestLineHasThreeWordsAndOneSpaceBetween) {
  for (const char* line :
       {"GET /", "GET", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
        "GET\t/\tHTTP/1.1", "GET / b HTTP/1.1", "GET  HTTP/1.1", "/ HTTP/1.1", "G(T / HTTP/1.1",
        "G\xC3\xA9T / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.1a",
        "GET / HTTP/11", "GET / HTTP/1,1", "GET / HTCPCP/1.1", "\x16\x03\x01"}) {
    const std::string got = ReadOne(WithRequestLine(line));
    EXPECT_TRUE(got.starts_with("400 ")) << line << ": " << got;
  }
}

TEST(HeaderCheck, SpeaksOnlyVersions10And11) {
  for (const char* version : {"0.9", "1.2", "2.0", "3.0", "9.9"}) {
    EXPECT_EQ(ReadOne(WithRequestLine("GET / HTTP/" + std::string(version))),
              "400 a version other than HTTP/1.1");
  }
}

TEST(HeaderCheck, AMethodIsNotEndless) {
  EXPECT_TRUE(ReadOne(WithRequestLine(std::string(32, 'M') + " / HTTP/1.1")).starts_with("MMM"));
  EXPECT_EQ(ReadOne(WithRequestLine(std::string(33, 'M') + " / HTTP/1.1")),
            "400 a method of this length");
}

TEST(HeaderCheck, IsNoTunnelAndSpeaksNothingElse) {
  EXPECT_EQ(ReadOne("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n"),
            "400 CONNECT is not for this server");
  EXPECT_EQ(ReadOne("CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n"), "400 CONNECT is not for this server");
  for (const char* lines :
       {"Connection: Upgrade\r\nUpgrade: h2c\r\n", "upgrade: websocket\r\n", "Upgrade:\r\n"}) {
    EXPECT_EQ(ReadOne(WithLines(lines)), "400 Upgrade is not for this server") << lines;
  }
}

TEST(HeaderCheck, ATargetIsAPathOfThisHost) {
  const std::pair<const char*, const char*> kRows[] = {
      {"*", "400 a target that is no path"},
      {"a", "400 a target that is no path"},
      {"h:80", "400 a target that is no path"},
      {"?a", "400 a target that is no path"},
      {"/a#b", "400 a byte that no target may hold"},
      {"#", "400 a byte that no target may hold"},
      {"http://h/#b", "400 a byte that no target may hold"},
      {"/\xC3\xA9", "400 a byte that no target may hold"},
      {"/\x7f", "400 a byte that no target may hold"},
      {"ftp://h/", "400 a target of another scheme"},
      {"://h/", "400 a target of another scheme"},
      {"http://i/", "400 a target of another host"},
      {"http://h:80/", "400 a target of another host"},
      {"http://u@h/", "400 a target of another host"},
      {"http:///", "400 a target of another host"},
      {"http://h", "400 a target without a path"},
      {"http://h?a", "400 a target without a path"},
      {"http:/h/", "400 a target that is no path"},
  };
  for (const auto& [target, refusal] : kRows) {
    const std::string got = ReadOne(WithTarget(target));
    EXPECT_TRUE(got == refusal || got == kNotWellFormed) << target << ": " << got;
  }
  // What only a handler can judge goes through as it is.
  for (const char* target : {"//a", "/../a", "/a//b", "/%", "/a\"<>`{}|^"}) {
    EXPECT_EQ(ReadOne(WithTarget(target)), "GET " + std::string(target) + " v11 [Host=h] ");
  }
}

TEST(HeaderCheck, TheOnlyExpectationIsContinue) {
  const std::string kRefused = "417 an expectation other than `100-continue`";
  for (const char* lines :
       {"Expect: x\r\n", "Expect:\r\n", "Expect: 100-continue, x\r\n",
        "Expect: 100-continue\r\nExpect: 100-continue\r\n", "Expect: 100-continuex\r\n"}) {
    EXPECT_EQ(ReadOne(WithLines(lines)), kRefused) << lines;
  }
}

}  // namespace
}  // namespace thuja::server
