// SPDX-License-Identifier: Apache-2.0
// Thuja's decision listener as http_bench measures it, with one handler more that does nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace thuja::bench {

// Answers decisions and `POST /empty` over TCP and on `unix_path`, with one thread for each of
// `threads`. `more` is a file of policies that are added;
// decision records go to `records`; empty: none. Comes back only if something is wrong.
void ServeDecisions(size_t threads, const std::string& more, const std::string& unix_path,
                    const std::string& records, const std::function<void(uint16_t)>& opened);

}  // namespace thuja::bench
