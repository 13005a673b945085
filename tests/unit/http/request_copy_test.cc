// SPDX-License-Identifier: Apache-2.0
// A copy has what the request had when that is gone.
#include "server/http/request_copy.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace thuja::server {
namespace {

TEST(RequestCopy, OutlivesTheRequestAndItsPeer) {
  std::unique_ptr<RequestCopy> copy;
  {
    const Peer peer;
    const std::string target = "/v1/grants?task=T1";
    const std::string fields[] = {"Content-Type", "application/json", "Idempotency-Key", ""};
    const std::string body(100'000, 'x');
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.path = request.target.substr(0, 10);
    request.query = request.target.substr(11);
    request.has_query = true;
    request.version = 10;
    request.fields = {{fields[0], fields[1]}, {fields[2], fields[3]}};
    request.body = body;
    request.peer = &peer;
    request.received = 7;
    copy = std::make_unique<RequestCopy>(request);
  }
  const HttpRequest& request = copy->request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/grants?task=T1");
  EXPECT_EQ(request.path, "/v1/grants");
  EXPECT_EQ(request.query, "task=T1");
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.version, 10);
  EXPECT_EQ(request.Find("content-type").value, "application/json");
  EXPECT_EQ(request.Find("Idempotency-Key").count, 1u);
  EXPECT_EQ(request.Find("Idempotency-Key").value, "");
  EXPECT_EQ(request.body, std::string(100'000, 'x'));
  EXPECT_EQ(request.peer, nullptr);
  EXPECT_EQ(request.received, 7);
}

}  // namespace
}  // namespace thuja::server
