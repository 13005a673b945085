// SPDX-License-Identifier: Apache-2.0
// Thuja's decision listener as http_bench measures it, with one handler more that does nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/decide.h"
#include "server/config/config.h"

namespace thuja::bench {

struct OwnServer {
  server::Config config;
  std::shared_ptr<const Snapshot> snapshot;
  std::string unix_path;
  std::string records;  // file of decision records; empty: none
};

// Answers decisions and `POST /empty` over TCP and on `unix_path`. If its configuration has a
// guard, the question of http_workload.h is asked under a grant three levels deep. Comes back only
// if something is wrong.
void ServeDecisions(OwnServer own, const std::function<void(uint16_t)>& opened);

}  // namespace thuja::bench
