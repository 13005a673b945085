// SPDX-License-Identifier: Apache-2.0
// What the hostile suites share: one request that is good, the same with something wrong in it,
// and tables of bytes with the answers that they may get.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {

// The body of a request that is allowed, and its answer.
inline constexpr const char* kGoodBody =
    R"({"subject":{"type":"User","id":"a"},"action":{"name":"read"},)"
    R"("resource":{"type":"Doc","id":"d"}})";
inline constexpr const char* kAllowed = R"({"decision":true})";

// Starts a server that allows kGoodBody, with these lines of YAML besides.
std::unique_ptr<ServerProcess> StartServer(const std::string& yaml = "");

// `Content-Length: N` for a body, as a whole line.
std::string LengthOf(const std::string& body);

// The good request, from its parts. `headers` and `framing` are whole lines.
inline constexpr const char* kRequestLine = "POST /access/v1/evaluation HTTP/1.1";
inline constexpr const char* kHost = "Host: localhost\r\n";
std::string Assemble(const std::string& request_line, const std::string& host,
                     const std::string& headers, const std::string& framing,
                     const std::string& body);

std::string Good(const std::string& headers = "", const std::string& body = kGoodBody);
std::string WithRequestLine(const std::string& request_line);
std::string WithHost(const std::string& host_lines);
std::string WithFraming(const std::string& framing_lines, const std::string& body = kGoodBody);

// `Transfer-Encoding: chunked` over bytes that are, or should be, chunks.
std::string Chunked(const std::string& coded, const std::string& headers = "");
std::string Chunk(const std::string& data);
inline constexpr const char* kLastChunk = "0\r\n\r\n";

// A text around a NUL byte, which a literal cannot hold.
std::string AroundNul(const std::string& before, const std::string& after);

// The next answer that is not 100 Continue.
std::optional<RawAnswer> ReadFinal(RawConnection& connection);

// True if a good request on this connection is answered, and with nobody else's answer.
bool IsAnswered(RawConnection& connection);

inline constexpr int kNoAnswer = 0;

enum class After { kClosed, kOpen, kEither };

// Bytes, the statuses that may answer them, and what the connection is good for afterwards.
struct Row {
  std::string name;
  std::string bytes;
  std::set<int> statuses;
  After after = After::kClosed;
};

// What is no HTTP: 400, and the connection ends. Silence is as good.
Row Malformed(const std::string& name, const std::string& bytes);
// What is good: 200, and the connection stays.
Row Fine(const std::string& name, const std::string& bytes);

// One server for the suite, with limits small enough to reach. REQUIRES of every test: the server
// still answers others when it is over.
class HostileSuite : public ::testing::Test {
 protected:
  static constexpr size_t kLine = 512;
  static constexpr size_t kFields = 20;
  static constexpr size_t kHeader = 2048;
  static constexpr size_t kBody = 4096;
  static constexpr size_t kPipelined = 8;

  static void SetUpTestSuite();
  static void TearDownTestSuite();

  void SetUp() override;
  void TearDown() override;

  static int port() { return server_->port(); }

  // Each row on a connection of its own, with a normal client beside it all the time.
  static void Run(const std::vector<Row>& rows);

 private:
  static std::unique_ptr<ServerProcess> server_;
};

}  // namespace thuja::testing
