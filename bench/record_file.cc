// SPDX-License-Identifier: Apache-2.0
// Counting lines of a file that another process appends to.
#include "bench/record_file.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace thuja::bench {

uint64_t RecordFile::ReadOn() {
  constexpr std::string_view kDropped = R"({"dropped":)";
  std::ifstream file(path_, std::ios::binary);
  file.seekg(offset_);
  uint64_t decisions = 0;
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // the rest of this line is still to come
    offset_ += static_cast<int64_t>(line.size()) + 1;
    if (line.starts_with(kDropped)) {
      const uint64_t count = std::strtoull(line.c_str() + kDropped.size(), nullptr, 10);
      dropped_ += count;
      decisions += count;
    } else {
      ++decisions;
    }
  }
  return decisions;
}

absl::Status RecordFile::Await(uint64_t decisions) {
  constexpr int kTries = 1000;
  uint64_t found = 0;
  for (int i = 0; i < kTries && found < decisions; ++i) {
    found += ReadOn();
    if (found < decisions) usleep(10'000);
  }
  if (found != decisions) {
    return absl::InternalError(std::to_string(decisions) + " decisions left " +
                               std::to_string(found) + " records");
  }
  // The server appends, so it goes on at the new end.
  offset_ = 0;
  if (truncate(path_.c_str(), 0) != 0) return absl::UnavailableError("cannot empty " + path_);
  return absl::OkStatus();
}

}  // namespace thuja::bench
