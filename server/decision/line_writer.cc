// SPDX-License-Identifier: Apache-2.0
// Rings with one producer and one consumer, and the thread that empties them.
//
// Tested by tests/unit/decision/line_writer_test.cc.
#include "server/decision/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace thuja::server {
namespace {

// How long a record may lie in a ring; rings are sized for far more than this at full speed.
constexpr std::chrono::milliseconds kPeriod{10};
constexpr std::chrono::seconds kFlushTime{2};
constexpr int kReopenPatience = 100;  // periods
// What a pipe takes without blocking once it says that it is writable.
constexpr size_t kPipeBytes = 4096;

int OpenFile(const std::string& path) {
  if (path == "-") return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

bool IsRegularFile(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

// `head` and `tail` count bytes since the beginning; their difference is what is queued.
struct LineWriter::Ring {
  explicit Ring(size_t capacity) : bytes(std::make_unique<char[]>(capacity)), mask(capacity - 1) {}

  const std::unique_ptr<char[]> bytes;
  const size_t mask;
  alignas(64) std::atomic<uint64_t> head = 0;  // written by the producer
  std::atomic<uint64_t> dropped = 0;           // likewise
  alignas(64) std::atomic<uint64_t> tail = 0;  // written by the consumer
  uint64_t reported = 0;                       // of the dropped, by the consumer
};

absl::StatusOr<std::unique_ptr<LineWriter>> LineWriter::Open(const LineWriterOptions& options) {
  const int fd = OpenFile(options.file);
  if (fd < 0) return absl::UnavailableError(options.file + ": " + std::strerror(errno));
  return std::unique_ptr<LineWriter>(new LineWriter(options, fd));
}

LineWriter::LineWriter(LineWriterOptions options, int fd)
    : options_(std::move(options)), fd_(fd), is_file_(IsRegularFile(fd)) {
  const size_t capacity = std::bit_ceil(std::max<size_t>(options_.queue_bytes, 1024));
  for (size_t i = 0; i < options_.producers; ++i)
    rings_.push_back(std::make_unique<Ring>(capacity));
  thread_ = std::thread([this] { Run(); });
}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  close(fd_);
}

bool LineWriter::Write(size_t producer, std::string_view line) {
  Ring& ring = *rings_[producer];
  const uint64_t head = ring.head.load(std::memory_order_relaxed);
  const uint64_t used = head - ring.tail.load(std::memory_order_acquire);
  if (line.size() + 1 > ring.mask + 1 - used) {
    ring.dropped.store(ring.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    return false;
  }
  const size_t at = head & ring.mask;
  const size_t first = std::min(line.size(), ring.mask + 1 - at);
  std::memcpy(ring.bytes.get() + at, line.data(), first);
  std::memcpy(ring.bytes.get(), line.data() + first, line.size() - first);
  ring.bytes[(head + line.size()) & ring.mask] = '\n';
  ring.head.store(head + line.size() + 1, std::memory_order_release);
  return true;
}

uint64_t LineWriter::dropped() const {
  uint64_t sum = 0;
  for (const auto& ring : rings_) sum += ring->dropped.load(std::memory_order_relaxed);
  return sum;
}

uint64_t LineWriter::queued() const {
  uint64_t sum = 0;
  for (const auto& ring : rings_) {
    // The tail first: read second, it could have passed the head that was read.
    const uint64_t tail = ring->tail.load(std::memory_order_acquire);
    sum += ring->head.load(std::memory_order_acquire) - tail;
  }
  return sum;
}

void LineWriter::Run() {
  int waited = 0;  // periods, for a chance to open the file again
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(lock, kPeriod, [this] { return stop_; });
    lock.unlock();
    // What was queued before belongs to the file before, and no line is cut in two; but a file that
    // takes nothing more is given up after a while.
    const bool drained = DrainAll();
    waited = reopen_.load(std::memory_order_relaxed) ? waited + 1 : 0;
    if (waited > 0 && (drained || waited > kReopenPatience)) {
      reopen_.store(false, std::memory_order_relaxed);
      OpenAgain();
    }
    lock.lock();
  }
  lock.unlock();
  const auto end = std::chrono::steady_clock::now() + kFlushTime;
  while (!DrainAll() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(kPeriod);
}

// Goes on with the ring that was left within a line: no other line may come between.
bool LineWriter::DrainAll() {
  for (size_t i = 0; i < rings_.size(); ++i) {
    if (!WriteNotice() || !Drain(*rings_[next_])) return false;
    if (++next_ == rings_.size()) next_ = 0;
  }
  return WriteNotice();
}

bool LineWriter::Drain(Ring& ring) {
  const uint64_t head = ring.head.load(std::memory_order_acquire);
  uint64_t tail = ring.tail.load(std::memory_order_relaxed);
  while (tail < head) {
    const size_t at = tail & ring.mask;
    const size_t size = std::min<size_t>(head - tail, ring.mask + 1 - at);
    const size_t wrote = WriteSome({ring.bytes.get() + at, size});
    if (wrote == 0) return false;
    tail += wrote;
    ring.tail.store(tail, std::memory_order_release);
  }
  ReportDrops(ring);
  return true;
}

// Behind whole lines only: Drain has written up to the end of one.
void LineWriter::ReportDrops(Ring& ring) {
  const uint64_t dropped = ring.dropped.load(std::memory_order_acquire);
  if (dropped == ring.reported) return;
  notice_ = "{\"dropped\":" + std::to_string(dropped - ring.reported) + "}\n";
  ring.reported = dropped;
}

bool LineWriter::WriteNotice() {
  while (!notice_.empty()) {
    const size_t wrote = WriteSome(notice_);
    if (wrote == 0) return false;
    notice_.erase(0, wrote);
  }
  return true;
}

size_t LineWriter::WriteSome(std::string_view bytes) {
  if (!is_file_) {
    pollfd waiting{fd_, POLLOUT, 0};
    if (poll(&waiting, 1, static_cast<int>(kPeriod.count())) <= 0) return 0;
    bytes = bytes.substr(0, kPipeBytes);
  }
  const ssize_t wrote = write(fd_, bytes.data(), bytes.size());
  if (wrote < 0) {
    if (errno != EINTR && errno != EAGAIN) errors_.fetch_add(1, std::memory_order_relaxed);
    return 0;
  }
  written_.fetch_add(static_cast<uint64_t>(wrote), std::memory_order_relaxed);
  return static_cast<size_t>(wrote);
}

void LineWriter::OpenAgain() {
  if (options_.file == "-") return;
  const int fd = OpenFile(options_.file);
  if (fd < 0) {
    errors_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  close(fd_);
  fd_ = fd;
  is_file_ = IsRegularFile(fd);
}

}  // namespace thuja::server
