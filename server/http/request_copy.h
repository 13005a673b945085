// SPDX-License-Identifier: Apache-2.0
// A request that is kept for longer than its reader has it.
#pragma once

#include <string>

#include "server/http/message.h"

namespace thuja::server {

// Has no peer: that is the connection's, which may be gone.
class RequestCopy {
 public:
  explicit RequestCopy(const HttpRequest& request);
  RequestCopy(const RequestCopy&) = delete;
  RequestCopy& operator=(const RequestCopy&) = delete;

  const HttpRequest& request() const { return request_; }

 private:
  std::string bytes_;  // that all texts of the request lie in
  HttpRequest request_;
};

}  // namespace thuja::server
