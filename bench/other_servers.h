// SPDX-License-Identifier: Apache-2.0
// The servers that http_bench compares with: each answers `POST /empty` with `{}` and does nothing
// else. Both come back only if something is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace thuja::bench {

// cpp-httplib gives each connection a thread for as long as it lasts, so it cannot be held to a
// number of threads; `connections` are served at the same time, on TCP and on the Unix socket each.
void ServeHttplib(size_t connections, const std::string& unix_path,
                  const std::function<void(uint16_t)>& opened);

// Empty if nginx is not installed.
std::string FindNginx();

// Becomes nginx with as many workers as `threads`. Its files go to `folder`.
void ServeNginx(size_t threads, const std::string& unix_path, const std::string& folder,
                const std::function<void(uint16_t)>& opened);

}  // namespace thuja::bench
