// SPDX-License-Identifier: Apache-2.0
// Header fields that are wrong, or right and unusual, and everything at and beyond its limit.
#include "tests/hostile/exchange.h"

namespace thuja::testing {
namespace {

using MalformedHeaders = HostileSuite;
using Limits = HostileSuite;

Row WrongHost(const std::string& name, const std::string& lines) {
  return Malformed("host " + name, WithHost(lines));
}

Row WrongField(const std::string& name, const std::string& lines) {
  return Malformed("field " + name, Good(lines));
}

Row FineField(const std::string& name, const std::string& lines) {
  return Fine("field " + name, Good(lines));
}

TEST_F(MalformedHeaders, Host) {
  Run({
      WrongHost("missing", ""),
      WrongHost("twice, equal", "Host: localhost\r\nHost: localhost\r\n"),
      WrongHost("twice, different", "Host: localhost\r\nhost: elsewhere\r\n"),
      WrongHost("empty", "Host:\r\n"),
      WrongHost("of spaces", "Host:   \r\n"),
      WrongHost("with a path", "Host: localhost/a\r\n"),
      WrongHost("with a query", "Host: localhost?a\r\n"),
      WrongHost("with a fragment", "Host: localhost#a\r\n"),
      WrongHost("with a user", "Host: a@localhost\r\n"),
      WrongHost("with a space", "Host: local host\r\n"),
      WrongHost("with a tab", "Host: local\thost\r\n"),
      WrongHost("list", "Host: localhost, elsewhere\r\n"),
      WrongHost("with a scheme", "Host: http://localhost\r\n"),
      WrongHost("with a backslash", "Host: localhost\\a\r\n"),
      WrongHost("with an escape", "Host: local%68ost\r\n"),
      WrongHost("with 8-bit bytes",
                "Host: l\xc3\xb6"
                "calhost\r\n"),
      WrongHost("port of letters", "Host: localhost:http\r\n"),
      WrongHost("port too long", "Host: localhost:99999999\r\n"),
      WrongHost("two ports", "Host: localhost:1:2\r\n"),
      WrongHost("port alone", "Host: :80\r\n"),
      WrongHost("bracket that is not closed", "Host: [::1\r\n"),
      WrongHost("empty brackets", "Host: []\r\n"),
      WrongHost("name in brackets", "Host: [local host]\r\n"),
      WrongHost("space before the colon", "Host : localhost\r\n"),
      Fine("host with a port", WithHost("Host: localhost:8180\r\n")),
      Fine("host of IPv4", WithHost("Host: 127.0.0.1:8180\r\n")),
      Fine("host of IPv6", WithHost("Host: [::1]:8180\r\n")),
      Fine("host with spaces around", WithHost("Host: \t localhost \t\r\n")),
      Fine("host in capitals", WithHost("HOST: LOCALHOST\r\n")),
      {"host missing in HTTP/1.0",
       Assemble("POST /access/v1/evaluation HTTP/1.0", "", "", LengthOf(kGoodBody), kGoodBody),
       {200, 400}},
      {"host twice in HTTP/1.0",
       Assemble("POST /access/v1/evaluation HTTP/1.0", std::string(kHost) + kHost, "",
                LengthOf(kGoodBody), kGoodBody),
       {400}},
  });
}

TEST_F(MalformedHeaders, Lines) {
  Run({
      WrongField("folded with a space", "X-A: b\r\n c\r\n"),
      WrongField("folded with a tab", "X-A: b\r\n\tc\r\n"),
      WrongField("folded to nothing", "X-A: b\r\n \r\n"),
      Malformed("space before the first field",
                std::string(kRequestLine) + "\r\n X: y\r\n" + kHost + "\r\n"),
      Malformed("tab before the first field",
                std::string(kRequestLine) + "\r\n\tHost: localhost\r\n\r\n"),
      Malformed("line ends of LF", "GET / HTTP/1.1\nHost: localhost\n\n"),
      Malformed("LF behind the request line",
                std::string(kRequestLine) + "\n" + kHost + LengthOf("") + "\r\n"),
      WrongField("that ends with LF", "X-A: b\n"),
      Malformed("LF as the empty line", std::string(kRequestLine) + "\r\n" + kHost + "\n"),
      Malformed("line ends of LF CR", "GET / HTTP/1.1\n\rHost: localhost\n\r\n\r"),
      WrongField("with CR in its value", "X-A: b\rc\r\n"),
      WrongField("with CR in its name", "X-\rA: b\r\n"),
      WrongField("with CR CR LF", "X-A: b\r\r\n"),
      WrongField("with CR that hides another", "X-A: b\rContent-Length: 2\r\n"),
      WrongField("with LF that hides another", "X-A: b\nContent-Length: 2\r\n"),
      WrongField("with NUL in its name", AroundNul("X-", "A: b\r\n")),
      WrongField("with NUL in its value", AroundNul("X-A: b", "c\r\n")),
      WrongField("with BEL in its value", "X-A: b\ac\r\n"),
      WrongField("with ESC in its value", "X-A: \x1b[2J\r\n"),
      WrongField("with DEL in its value", "X-A: b\x7f\r\n"),
      WrongField("with BS in its name", "X\b-A: b\r\n"),
      WrongField("with 8-bit bytes in its name", "X-\xc3\xa4: b\r\n"),
      WrongField("without a colon", "X-A\r\n"),
      WrongField("with another separator", "X-A = b\r\n"),
      WrongField("without a name", ": b\r\n"),
      WrongField("with a space as its name", " : b\r\n"),
      WrongField("with a space in its name", "X A: b\r\n"),
      WrongField("with a space behind its name", "X-A : b\r\n"),
      WrongField("with a tab behind its name", "X-A\t: b\r\n"),
      WrongField("with brackets in its name", "X(A): b\r\n"),
      WrongField("with a quote in its name", "\"X-A\": b\r\n"),
      WrongField("with a slash in its name", "X/A: b\r\n"),
      WrongField("Upgrade: websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
      WrongField("Upgrade: h2c",
                 "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
      FineField("without a value", "X-A:\r\n"),
      FineField("of marks", "!#$%&'*+-.^_`|~: b\r\n"),
      FineField("with colons", "X-A: b: c:\r\n"),
      FineField("with tabs inside", "X-A: b\tc\r\n"),
      FineField("twice", "X-A: b\r\nX-A: b\r\n"),
      {"field with 8-bit bytes in its value",
       Good("X-A: \xc3\xa4\r\n"),
       {200, 400},
       After::kEither},
  });
}

TEST_F(MalformedHeaders, Connections) {
  const std::string old = "POST /access/v1/evaluation HTTP/1.0";
  const std::string length = LengthOf(kGoodBody);
  Run({
      {"Connection: close", Good("Connection: close\r\n"), {200}, After::kClosed},
      {"Connection: CLOSE in a list", Good("Connection: x, CLOSE\r\n"), {200}, After::kClosed},
      Fine("Connection: keep-alive", Good("Connection: keep-alive\r\n")),
      {"Connection: nonsense", Good("Connection: @@@\r\n"), {200, 400}, After::kEither},
      {"HTTP/1.0", Assemble(old, kHost, "", length, kGoodBody), {200}, After::kClosed},
      Fine("HTTP/1.0 that stays",
           Assemble(old, kHost, "Connection: keep-alive\r\n", length, kGoodBody)),
  });
}

TEST_F(MalformedHeaders, Expectations) {
  Run({
      {"Expect: 200-ok", Good("Expect: 200-ok\r\n"), {417}},
      {"Expect of two", Good("Expect: 100-continue, 200-ok\r\n"), {417}},
      {"Expect twice", Good("Expect: 100-continue\r\nExpect: 200-ok\r\n"), {400, 417}},
      {"Expect in HTTP/1.0",
       Assemble("POST /access/v1/evaluation HTTP/1.0", kHost, "Expect: 100-continue\r\n",
                LengthOf(kGoodBody), kGoodBody),
       {200, 417}},
      Fine("Expect with the body at once", Good("Expect: 100-continue\r\n")),
      Fine("Expect in capitals", Good("EXPECT: 100-Continue\r\n")),
  });
}

TEST_F(MalformedHeaders, ABodyThatIsExpectedIsAskedFor) {
  const std::string whole = Good("Expect: 100-continue\r\n");
  const size_t head = whole.find("\r\n\r\n") + 4;
  RawConnection connection(port());
  connection.Send(whole.substr(0, head));
  const auto go_on = connection.Read();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  connection.Send(whole.substr(head));
  const auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, kAllowed);
  EXPECT_TRUE(IsAnswered(connection));
}

// A request line and a header line of so many bytes, without their CRLF.
std::string RequestLineOf(size_t bytes) {
  const std::string start = "GET /";
  const std::string end = " HTTP/1.1";
  return start + std::string(bytes - start.size() - end.size(), 'a') + end;
}

std::string FieldOf(size_t bytes) { return "X-Pad: " + std::string(bytes - 7, 'a') + "\r\n"; }

// A good request whose header, with the empty line behind it, has so many bytes.
std::string HeaderOf(size_t bytes) {
  size_t left = bytes - (Good().size() - std::string(kGoodBody).size());
  std::string fields;
  for (; left > 400; left -= 202) fields += FieldOf(200);
  return Good(fields + FieldOf(left - 2));
}

std::string FieldsOf(size_t count) {
  std::string fields;
  for (size_t i = 3; i < count; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  return Good(fields);
}

std::string BodyOf(size_t bytes) {
  const std::string body = kGoodBody;
  return body + std::string(bytes - body.size(), ' ');
}

TEST_F(Limits, HeaderAndLines) {
  const std::set<int> too_long = {400, 414, 431};
  const std::string host = std::string(kHost) + "\r\n";
  std::string fields_without_end = std::string(kRequestLine) + "\r\n";
  for (int i = 0; i < 10'000; ++i) fields_without_end += "X: y\r\n";
  Run({
      {"request line at its limit", RequestLineOf(kLine) + "\r\n" + host, {404}, After::kOpen},
      {"request line beyond its limit", RequestLineOf(kLine + 1) + "\r\n" + host, too_long},
      {"request line without end", "GET /" + std::string(100'000, 'a'), too_long},
      {"method without end", std::string(100'000, 'A'), too_long},
      Fine("header line at its limit", Good(FieldOf(kLine))),
      {"header line beyond its limit", Good(FieldOf(kLine + 1)), too_long},
      {"header line without end", std::string(kRequestLine) + "\r\nX: " + std::string(100'000, 'a'),
       too_long},
      {"header name without end", std::string(kRequestLine) + "\r\n" + std::string(100'000, 'a'),
       too_long},
      Fine("as many fields as there may be", FieldsOf(kFields)),
      {"one field too many", FieldsOf(kFields + 1), too_long},
      {"fields without end", fields_without_end, too_long},
      Fine("header at its limit", HeaderOf(kHeader)),
      {"header beyond its limit", HeaderOf(kHeader + 1), too_long},
  });
}

TEST_F(Limits, Body) {
  const std::string most = BodyOf(kBody);
  const std::string more = BodyOf(kBody + 1);
  const std::string half = most.substr(0, kBody / 2);
  std::string bytes;
  for (const char c : more) bytes += Chunk(std::string(1, c));
  Run({
      Fine("body at its limit", Good("", most)),
      {"body beyond its limit", Good("", more), {413}},
      {"body beyond its limit, announced", WithFraming("Content-Length: 4097\r\n", ""), {413}},
      {"body of 2 GiB, announced", WithFraming("Content-Length: 2147483648\r\n", ""), {413}},
      {"body beyond its limit, expected",
       Assemble(kRequestLine, kHost, "Expect: 100-continue\r\n", LengthOf(more), ""),
       {413, 417}},
      {"body beyond its limit, sent in full", Good("", std::string(1'000'000, ' ')), {413}},
      Fine("chunks at the limit", Chunked(Chunk(most) + kLastChunk)),
      Fine("two chunks at the limit",
           Chunked(Chunk(half) + Chunk(most.substr(half.size())) + kLastChunk)),
      {"chunk beyond the limit", Chunked(Chunk(more) + kLastChunk), {413}},
      {"chunk beyond the limit, announced", Chunked("1001\r\n"), {413}},
      {"chunks that are together beyond the limit",
       Chunked(Chunk(most) + Chunk(" ") + kLastChunk),
       {413}},
      {"chunks of one byte beyond the limit", Chunked(bytes + kLastChunk), {413}},
  });
}

}  // namespace
}  // namespace thuja::testing
