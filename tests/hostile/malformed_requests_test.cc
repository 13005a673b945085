// SPDX-License-Identifier: Apache-2.0
// Request lines and framing that are wrong, or right and unusual. Where two readers could find two
// different ends of one request, the connection must not be used again.
#include <random>

#include "tests/hostile/exchange.h"

namespace thuja::testing {
namespace {

using MalformedRequests = HostileSuite;

const std::string kBodyText = kGoodBody;
const std::string kSize = std::to_string(kBodyText.size());

Row WrongLength(const std::string& name, const std::string& value) {
  return Malformed("length " + name, WithFraming("Content-Length:" + value + "\r\n"));
}

Row WrongCoding(const std::string& name, const std::string& lines) {
  return Malformed("coding " + name, WithFraming(lines, Chunk(kGoodBody) + kLastChunk));
}

Row WrongChunks(const std::string& name, const std::string& coded) {
  return {"chunks " + name, Chunked(coded), {400, 413}, After::kClosed};
}

Row WrongLine(const std::string& name, const std::string& line) {
  return Malformed("line " + name, WithRequestLine(line));
}

// What is wrong stands where the version begins, so that it may be taken for another version.
Row WrongVersion(const std::string& name, const std::string& line) {
  return {"line " + name, WithRequestLine(line), {400, 505}, After::kClosed};
}

// A method or path that is well-formed, and that nobody has to know.
Row Unknown(const std::string& name, const std::string& line, std::set<int> statuses) {
  return {"line " + name, WithRequestLine(line), std::move(statuses), After::kEither};
}

TEST_F(MalformedRequests, ContentLength) {
  const std::string line = LengthOf(kGoodBody);
  Run({
      Malformed("length twice, equal", WithFraming(line + line)),
      Malformed("length twice, different", WithFraming(line + "Content-Length: 2\r\n")),
      Malformed("length twice, in other case", WithFraming(line + "content-LENGTH: 2\r\n")),
      WrongLength("list of equals", " " + kSize + ", " + kSize),
      WrongLength("list of different", " " + kSize + ",2"),
      WrongLength("list with nothing", " " + kSize + ","),
      WrongLength("plus", " +" + kSize),
      WrongLength("minus", " -1"),
      WrongLength("hexadecimal", " 0x2"),
      WrongLength("with a space", " 9 7"),
      WrongLength("decimal", " " + kSize + ".0"),
      WrongLength("exponent", " 1e2"),
      WrongLength("empty", ""),
      WrongLength("spaces only", "   "),
      WrongLength("letters", " many"),
      WrongLength("quoted", " \"" + kSize + "\""),
      WrongLength("digits of other scripts", " \xd9\xa2"),
      WrongLength("semicolon", " " + kSize + ";x"),
      {"length of 20 digits", WithFraming("Content-Length: 99999999999999999999\r\n"), {400, 413}},
      {"length 2^64", WithFraming("Content-Length: 18446744073709551616\r\n"), {400, 413}},
      {"length 2^64 + 2", WithFraming("Content-Length: 18446744073709551618\r\n"), {400, 413}},
      {"length 2^63", WithFraming("Content-Length: 9223372036854775808\r\n"), {400, 413}},
      {"length too long for its body", WithFraming("Content-Length: 999\r\n"), {408, kNoAnswer}},
      {"length zero", WithFraming("Content-Length: 0\r\n", ""), {400}, After::kEither},
      {"no length", WithFraming("", ""), {400, 411}, After::kEither},
      {"length with zeros in front",
       WithFraming("Content-Length: 00" + kSize + "\r\n"),
       {200, 400},
       After::kEither},
      Fine("length with space behind", WithFraming("Content-Length:\t" + kSize + " \t\r\n")),
      Fine("length without space", WithFraming("content-length:" + kSize + "\r\n")),
      Fine("length under another name", WithFraming(line + "Content_Length: 2\r\n")),
  });
}

TEST_F(MalformedRequests, TransferEncoding) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string length = LengthOf(kGoodBody);
  const std::string coded = Chunk(kGoodBody) + kLastChunk;
  Run({
      WrongCoding("identity", "Transfer-Encoding: identity\r\n"),
      WrongCoding("gzip", "Transfer-Encoding: gzip\r\n"),
      WrongCoding("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n"),
      WrongCoding("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n"),
      WrongCoding("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n"),
      WrongCoding("chunked, identity", "Transfer-Encoding: chunked, identity\r\n"),
      WrongCoding("twice", chunked + chunked),
      WrongCoding("twice, the other unknown", chunked + "Transfer-Encoding: x\r\n"),
      WrongCoding("xchunked", "Transfer-Encoding: xchunked\r\n"),
      WrongCoding("chunkedx", "Transfer-Encoding: chunkedx\r\n"),
      WrongCoding("with a parameter", "Transfer-Encoding: chunked;q=1\r\n"),
      WrongCoding("quoted", "Transfer-Encoding: \"chunked\"\r\n"),
      WrongCoding("empty", "Transfer-Encoding:\r\n"),
      WrongCoding("comma behind", "Transfer-Encoding: chunked,\r\n"),
      WrongCoding("comma before", "Transfer-Encoding: , chunked\r\n"),
      WrongCoding("vertical tab", "Transfer-Encoding: \vchunked\r\n"),
      WrongCoding("form feed behind", "Transfer-Encoding: chunked\f\r\n"),
      WrongCoding("no-break space",
                  "Transfer-Encoding: \xa0"
                  "chunked\r\n"),
      WrongCoding("NUL behind", AroundNul("Transfer-Encoding: chunked", "\r\n")),
      WrongCoding("folded", "Transfer-Encoding:\r\n chunked\r\n"),
      WrongCoding("space before the colon", "Transfer-Encoding : chunked\r\n"),
      WrongCoding("tab before the colon", "Transfer-Encoding\t: chunked\r\n"),
      WrongCoding("with a length behind", chunked + "Content-Length: 4\r\n"),
      WrongCoding("with a length before", "Content-Length: 4\r\n" + chunked),
      WrongCoding("unknown, with a length", length + "Transfer-Encoding: x\r\n"),
      Malformed("coding in HTTP/1.0",
                Assemble("POST /access/v1/evaluation HTTP/1.0", kHost, "", chunked, coded)),
      Malformed("coding on GET, unknown",
                "GET /health HTTP/1.1\r\nHost: localhost\r\n"
                "Transfer-Encoding: x\r\n\r\n"),
      Fine("coding in other case", WithFraming("transfer-encoding: CHUNKED\r\n", coded)),
      Fine("coding with tabs", WithFraming("Transfer-Encoding:\t chunked\t\r\n", coded)),
      Fine("coding under another name", WithFraming(length + "Transfer_Encoding: chunked\r\n")),
  });
}

TEST_F(MalformedRequests, Chunks) {
  const std::string coded = Chunk(kGoodBody);
  const std::string size = coded.substr(0, coded.find('\r'));
  const std::string data = kBodyText + "\r\n";
  Run({
      WrongChunks("not hexadecimal", "xyz\r\n" + data + kLastChunk),
      WrongChunks("negative", "-5\r\n" + data + kLastChunk),
      WrongChunks("plus", "+" + size + "\r\n" + data + kLastChunk),
      WrongChunks("0x", "0x" + size + "\r\n" + data + kLastChunk),
      WrongChunks("space in front", " " + size + "\r\n" + data + kLastChunk),
      WrongChunks("no size", "\r\n" + data + kLastChunk),
      WrongChunks("17 digits", "fffffffffffffffff\r\n" + data + kLastChunk),
      WrongChunks("2^64", "10000000000000000\r\n" + data + kLastChunk),
      WrongChunks("2^64 + size", "100000000000000" + size + "\r\n" + data + kLastChunk),
      WrongChunks("2^63", "8000000000000000\r\n" + data + kLastChunk),
      WrongChunks("largest", "ffffffffffffffff\r\n" + data + kLastChunk),
      WrongChunks("no CRLF behind the data", size + "\r\n" + kBodyText + kLastChunk),
      WrongChunks("other bytes behind the data", size + "\r\n" + kBodyText + "xx" + kLastChunk),
      WrongChunks("LF behind the data", size + "\r\n" + kBodyText + "\n" + kLastChunk),
      WrongChunks("LF behind the size", size + "\n" + data + kLastChunk),
      WrongChunks("CR behind the size", size + "\r" + data + kLastChunk),
      WrongChunks("two sizes", size + " " + size + "\r\n" + data + kLastChunk),
      WrongChunks("LF in an extension", size + ";a\nb\r\n" + data + kLastChunk),
      WrongChunks("control character in an extension", size + ";a=\x01\r\n" + data + kLastChunk),
      WrongChunks("NUL in the size", AroundNul(size, "\r\n") + data + kLastChunk),
      {"chunks with a huge extension",
       Chunked(size + ";a=" + std::string(100'000, 'x') + "\r\n" + data + kLastChunk),
       {400, 413, 431}},
      WrongChunks("a request where a trailer could be", coded + "0\r\n" + Good()),
      WrongChunks("a trailer without a colon", coded + "0\r\nnonsense\r\n\r\n"),
      WrongChunks("a trailer with a space in its name", coded + "0\r\nX Y: z\r\n\r\n"),
      {"chunks with trailers without end",
       Chunked(coded + "0\r\nX: " + std::string(10'000, 'x')),
       {400, 413, 431}},
      {"chunks that stop", Chunked(coded), {408, kNoAnswer}},
      {"chunks that stop within one", Chunked("ff\r\n" + kBodyText), {408, kNoAnswer}},
      {"chunks with a folded trailer",
       Chunked(coded + "0\r\nX: y\r\n z\r\n\r\n"),
       {200, 400},
       After::kEither},
      {"chunks with a trailer that frames",
       Chunked(coded + "0\r\nContent-Length: 50\r\n\r\n"),
       {200, 400},
       After::kEither},
      {"chunks with space behind the size",
       Chunked(size + " \r\n" + data + kLastChunk),
       {200, 400},
       After::kEither},
      Fine("chunks", Chunked(coded + kLastChunk)),
      Fine("chunks of one byte",
           [] {
             std::string all;
             for (const char c : kBodyText) all += Chunk(std::string(1, c));
             return Chunked(all + kLastChunk);
           }()),
      Fine("chunks with zeros in front", Chunked("000" + size + "\r\n" + data + "000\r\n\r\n")),
      Fine("chunks with an extension", Chunked(size + ";a=\"b\"\r\n" + data + kLastChunk)),
      Fine("chunks with a trailer", Chunked(coded + "0\r\nX-Sum: 1\r\n\r\n")),
      {"chunks of nothing", Chunked(kLastChunk), {400}, After::kEither},
  });
}

TEST_F(MalformedRequests, RequestLines) {
  const std::string path = "/access/v1/evaluation";
  Run({
      Unknown("method in lower case", "post " + path + " HTTP/1.1", {400, 405, 501}),
      Unknown("unknown method", "BREW " + path + " HTTP/1.1", {405, 501}),
      Unknown("TRACE", "TRACE " + path + " HTTP/1.1", {400, 405, 501}),
      {"line with a method of 1000 characters",
       WithRequestLine(std::string(1000, 'M') + " " + path + " HTTP/1.1"),
       {400, 405, 414, 431, 501}},
      {"line with a method of 200 characters",
       WithRequestLine(std::string(200, 'M') + " " + path + " HTTP/1.1"),
       {400, 405, 501},
       After::kEither},
      WrongVersion("without a version", "POST " + path),
      WrongVersion("without a target", "POST HTTP/1.1"),
      WrongVersion("with an empty target", "POST  HTTP/1.1"),
      WrongLine("method alone", "POST"),
      WrongLine("no method", " " + path + " HTTP/1.1"),
      WrongLine("method with a colon", "PO:ST " + path + " HTTP/1.1"),
      WrongLine("method of other bytes", "PO\xc3\x96ST " + path + " HTTP/1.1"),
      WrongLine("space in front", " POST " + path + " HTTP/1.1"),
      WrongVersion("space behind", "POST " + path + " HTTP/1.1 "),
      WrongLine("two spaces before the target", "POST  " + path + " HTTP/1.1"),
      WrongVersion("two spaces before the version", "POST " + path + "  HTTP/1.1"),
      WrongLine("tabs", "POST\t" + path + "\tHTTP/1.1"),
      WrongVersion("target with a space", "POST /access /v1 HTTP/1.1"),
      WrongLine("target with a fragment", "POST " + path + "#a HTTP/1.1"),
      WrongLine("target with a NUL", AroundNul("POST " + path, " HTTP/1.1")),
      WrongLine("target with 8-bit bytes", "POST /acc\xc3\xa9s HTTP/1.1"),
      WrongLine("target with DEL", "POST " + path + "\x7f HTTP/1.1"),
      WrongLine("target with a CR", "POST " + path + "\r HTTP/1.1"),
      WrongLine("target without a slash", "POST access/v1/evaluation HTTP/1.1"),
      WrongVersion("version in lower case", "POST " + path + " http/1.1"),
      WrongVersion("version without a dot", "POST " + path + " HTTP/11"),
      WrongVersion("version of three numbers", "POST " + path + " HTTP/1.1.1"),
      WrongVersion("version of letters", "POST " + path + " HTTP/x.y"),
      WrongVersion("other protocol", "POST " + path + " ICY/1.1"),
      WrongVersion("HTTP/0.9", "POST " + path + " HTTP/0.9"),
      WrongVersion("HTTP/1.2", "POST " + path + " HTTP/1.2"),
      WrongVersion("HTTP/2.0", "POST " + path + " HTTP/2.0"),
      WrongVersion("HTTP/1.10", "POST " + path + " HTTP/1.10"),
      {"line PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}},
      {"line CONNECT", WithRequestLine("CONNECT localhost:443 HTTP/1.1"), {400, 405, 501}},
      {"line OPTIONS *", WithRequestLine("OPTIONS * HTTP/1.1"), {400, 405, 501}},
      WrongLine("asterisk", "POST * HTTP/1.1"),
      WrongLine("absolute, another host", "POST http://elsewhere" + path + " HTTP/1.1"),
      WrongLine("absolute, another port", "POST http://localhost:1" + path + " HTTP/1.1"),
      WrongLine("absolute, with a user", "POST http://a@localhost" + path + " HTTP/1.1"),
      WrongLine("absolute, another scheme", "POST ftp://localhost" + path + " HTTP/1.1"),
      WrongLine("absolute, no host", "POST http://" + path + " HTTP/1.1"),
      Fine("absolute", WithRequestLine("POST http://localhost" + path + " HTTP/1.1")),
      Unknown("escaped path", "POST /access/v1/evaluatio%6e HTTP/1.1", {400, 404}),
      Unknown("dot segments", "POST /access/x/../v1/evaluation HTTP/1.1", {400, 404}),
      Unknown("two slashes", "POST //access/v1/evaluation HTTP/1.1", {400, 404}),
      Unknown("slash behind", "POST " + path + "/ HTTP/1.1", {404}),
      Unknown("other case of the path", "POST /Access/v1/evaluation HTTP/1.1", {404}),
      {"line with an empty one in front", "\r\n" + Good(), {200, 400}, After::kEither},
      {"line with many empty ones in front",
       "\r\n\r\n\r\n\r\n\r\n" + Good(),
       {200, 400},
       After::kEither},
      Malformed("line with a bare LF in front", "\n" + Good()),
  });
}

// Clients of other protocols, and of none.
TEST_F(MalformedRequests, OtherProtocols) {
  const std::string hello =
      std::string("\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03", 11) + std::string(36, '\x07');
  const std::set<int> any = {400, 408, 414, 431, 505, kNoAnswer};
  std::vector<Row> rows = {
      {"TLS", hello, any},
      {"TLS with a line end", hello + "\r\n\r\n", any},
      {"SSH", "SSH-2.0-OpenSSH_9.6\r\n", any},
      {"SMTP", "EHLO example.com\r\nMAIL FROM:<a@example.com>\r\n\r\n", any},
      {"Redis", "*1\r\n$4\r\nPING\r\n\r\n", any},
      {"PROXY protocol", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + Good(), any},
      {"JSON alone", kBodyText + "\r\n\r\n", any},
      {"line ends without end", std::string(5000, '\n'), any},
      {"NUL bytes", std::string(5000, '\0'), any},
  };
  std::mt19937 random(20'260'302);
  for (int i = 0; i < 40; ++i) {
    std::string bytes(600 + random() % 3000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xff);
    rows.push_back({"random bytes " + std::to_string(i), bytes, any});
  }
  Run(rows);
}

// Good requests with one byte changed: whatever the answer is, the server lives and goes on.
TEST_F(MalformedRequests, OneByteOfTheHeaderIsAnother) {
  const std::string good = Good("X-Request-ID: original\r\n");
  const size_t head = good.find("\r\n\r\n") + 4;
  std::mt19937 random(7);
  RawConnection witness(port());
  for (size_t at = 0; at < head; ++at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(random() & 0xff);
    RawConnection connection(port());
    ASSERT_TRUE(connection.Send(bytes));
    connection.FinishSending();
    const auto answer = ReadFinal(connection);
    if (answer) {
      EXPECT_GE(answer->status, 200) << "byte " << at;
      EXPECT_LT(answer->status, 600) << "byte " << at;
    }
    ASSERT_TRUE(IsAnswered(witness)) << "byte " << at;
  }
}

}  // namespace
}  // namespace thuja::testing
