// SPDX-License-Identifier: Apache-2.0
// Building of requests and running of tables.
#include "tests/hostile/exchange.h"

#include <array>
#include <charconv>

namespace thuja::testing {
namespace {

constexpr const char* kPolicies =
    "permit (principal == User::\"a\", action == Action::\"read\", resource == Doc::\"d\");\n";

constexpr const char* kType = "Content-Type: application/json\r\n";

void CheckAfter(const Row& row, RawConnection& connection) {
  if (row.after == After::kClosed) {
    EXPECT_TRUE(connection.ClosedWithin()) << "more is sent, or the connection stays";
  } else if (row.after == After::kOpen) {
    EXPECT_TRUE(IsAnswered(connection)) << "the connection is out of step";
  } else if (connection.Send(Good("X-Request-ID: behind\r\n"))) {
    // It may be closed; if it is not, nothing may be left over on it.
    std::optional<RawAnswer> next = ReadFinal(connection);
    if (next) {
      EXPECT_EQ(next->headers["x-request-id"], "behind");
    }
  }
}

void RunRow(int port, const Row& row) {
  RawConnection connection(port);
  ASSERT_TRUE(connection.connected());
  connection.Send(row.bytes);
  const std::optional<RawAnswer> answer = ReadFinal(connection);
  if (!answer && row.statuses.contains(kNoAnswer)) {
    EXPECT_TRUE(connection.ClosedWithin());
    return;
  }
  ASSERT_TRUE(answer) << "no answer";
  EXPECT_TRUE(row.statuses.contains(answer->status))
      << "status " << answer->status << ": " << answer->body;
  if (answer->status == 200 && row.bytes.starts_with("POST ")) {
    EXPECT_EQ(answer->body, kAllowed);
  }
  CheckAfter(row, connection);
}

}  // namespace

std::unique_ptr<ServerProcess> StartServer(const std::string& yaml) {
  return std::make_unique<ServerProcess>(
      "version: 1\npolicies: [p.cedar]\ndecisions: {file: none}\nlog: {access: none}\n" + yaml,
      ServerProcess::Files{{"p.cedar", kPolicies}});
}

std::string LengthOf(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

std::string Assemble(const std::string& request_line, const std::string& host,
                     const std::string& headers, const std::string& framing,
                     const std::string& body) {
  return request_line + "\r\n" + host + kType + headers + framing + "\r\n" + body;
}

std::string Good(const std::string& headers, const std::string& body) {
  return Assemble(kRequestLine, kHost, headers, LengthOf(body), body);
}

std::string WithRequestLine(const std::string& request_line) {
  return Assemble(request_line, kHost, "", LengthOf(kGoodBody), kGoodBody);
}

std::string WithHost(const std::string& host_lines) {
  return Assemble(kRequestLine, host_lines, "", LengthOf(kGoodBody), kGoodBody);
}

std::string WithFraming(const std::string& framing_lines, const std::string& body) {
  return Assemble(kRequestLine, kHost, "", framing_lines, body);
}

std::string Chunked(const std::string& coded, const std::string& headers) {
  return Assemble(kRequestLine, kHost, headers, "Transfer-Encoding: chunked\r\n", coded);
}

std::string Chunk(const std::string& data) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), data.size(), 16);
  return std::string(digits.data(), end.ptr) + "\r\n" + data + "\r\n";
}

std::string AroundNul(const std::string& before, const std::string& after) {
  return before + std::string(1, '\0') + after;
}

std::optional<RawAnswer> ReadFinal(RawConnection& connection) {
  std::optional<RawAnswer> answer = connection.Read();
  while (answer && answer->status == 100) answer = connection.Read();
  return answer;
}

bool IsAnswered(RawConnection& connection) {
  static int count = 0;
  const std::string id = "probe-" + std::to_string(++count);
  if (!connection.Send(Good("X-Request-ID: " + id + "\r\n"))) return false;
  std::optional<RawAnswer> answer = ReadFinal(connection);
  return answer && answer->status == 200 && answer->body == kAllowed &&
         answer->headers["x-request-id"] == id;
}

Row Malformed(const std::string& name, const std::string& bytes) {
  return {name, bytes, {400}, After::kClosed};
}

Row Fine(const std::string& name, const std::string& bytes) {
  return {name, bytes, {200}, After::kOpen};
}

std::unique_ptr<ServerProcess> HostileSuite::server_;

void HostileSuite::SetUpTestSuite() {
  // Bytes that never become a request end with request_time; the rest is answered at once.
  server_ = StartServer(
      "limits: {line: " + std::to_string(kLine) + ", fields: " + std::to_string(kFields) +
      ", header: " + std::to_string(kHeader) + ", body: " + std::to_string(kBody) +
      ", pipelined: " + std::to_string(kPipelined) + ", request_time: 3s}\n");
}

void HostileSuite::TearDownTestSuite() { server_.reset(); }

void HostileSuite::SetUp() {
  RawConnection fresh(port());
  ASSERT_TRUE(fresh.connected() && IsAnswered(fresh)) << "before the test";
}

void HostileSuite::TearDown() {
  ASSERT_TRUE(server_->process().running()) << server_->Log();
  RawConnection fresh(port());
  EXPECT_TRUE(fresh.connected() && IsAnswered(fresh)) << "after the test";
}

void HostileSuite::Run(const std::vector<Row>& rows) {
  RawConnection witness(port());
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    RunRow(port(), row);
    ASSERT_TRUE(IsAnswered(witness)) << "somebody else is not answered behind this";
  }
}

}  // namespace thuja::testing
