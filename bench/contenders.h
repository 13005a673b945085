// SPDX-License-Identifier: Apache-2.0
// Who takes part in http_bench: each contender with its running server and its exchange.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/child_server.h"
#include "bench/load_client.h"
#include "bench/record_file.h"
#include "server/http/address.h"

namespace thuja::bench {

struct Contender {
  std::string name;
  Exchange exchange;
  std::shared_ptr<const ChildServer> server;  // null: it is not here, for the reason `absent`
  std::string absent;
  server::ListenAddress tcp;
  server::ListenAddress local;          // a Unix socket
  std::shared_ptr<RecordFile> records;  // null: it writes none
};

// Starts all servers and waits until they listen. Their files go to `folder`; `connections` is the
// most that will be open at once. REQUIRES: this process has one thread.
absl::StatusOr<std::vector<Contender>> StartContenders(size_t threads, const std::string& more,
                                                       size_t connections,
                                                       const std::string& folder);

}  // namespace thuja::bench
