// SPDX-License-Identifier: Apache-2.0
// Lines from many threads into one file, without making any of them wait.
//
// Each producer has a ring of bytes of its own; a thread of the writer empties the rings. A line
// for which a ring has no room is dropped and counted, and the file says so: `{"dropped":17}`. When
// the file cannot be written, lines stay in the rings until it can.
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace thuja::server {

struct LineWriterOptions {
  std::string file;                      // `-` for standard output
  size_t queue_bytes = size_t{4} << 20;  // for each producer; rounded up to a power of two
  size_t producers = 1;
};

class LineWriter {
 public:
  static absl::StatusOr<std::unique_ptr<LineWriter>> Open(const LineWriterOptions& options);
  ~LineWriter();  // writes what is queued, for at most two seconds
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Queues a line (without its newline); false if it was dropped. Takes no lock. REQUIRES: one
  // thread a producer.
  bool Write(size_t producer, std::string_view line);

  // Opens the file again under its name, for those who have moved it away. Thread-safe.
  void Reopen() { reopen_.store(true, std::memory_order_relaxed); }

  uint64_t written() const { return written_.load(std::memory_order_relaxed); }  // bytes
  uint64_t dropped() const;                                                      // lines
  uint64_t queued() const;                                                       // bytes
  uint64_t errors() const { return errors_.load(std::memory_order_relaxed); }

 private:
  struct Ring;

  LineWriter(LineWriterOptions options, int fd);
  void Run();
  // These are false if the file takes no more for now.
  bool DrainAll();
  bool Drain(Ring& ring);
  bool WriteNotice();
  void ReportDrops(Ring& ring);
  size_t WriteSome(std::string_view bytes);
  void OpenAgain();

  LineWriterOptions options_;
  int fd_;
  bool is_file_ = false;
  std::vector<std::unique_ptr<Ring>> rings_;
  size_t next_ = 0;     // the ring that is emptied next
  std::string notice_;  // of dropped lines, what of it is not written yet
  std::atomic<uint64_t> written_ = 0;
  std::atomic<uint64_t> errors_ = 0;
  std::atomic<bool> reopen_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace thuja::server
