// SPDX-License-Identifier: Apache-2.0
// Streams of what changes: each gets every change behind the one where it began, in ascending
// order, once.
//
// Nothing is handed from the store to a stream. What has changed is kept by the store, a stream
// knows the last change that it was sent, and one thread reads on from there, as fast as the client
// does: those of the past in the same way as those that happen now. So there is no moment between
// the two where one could be lost or sent twice, and a client that reads slowly costs a place and
// no memory. One that reads nothing for a while is let go.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/http/message.h"
#include "server/store/grant_store.h"

namespace thuja::server {

struct ChangeStreamLimits {
  size_t most = 64;
  size_t waiting = size_t{64} << 10;           // bytes for a client to read before it gets more
  std::chrono::milliseconds silence{15'000};   // then a comment shows that both are there
  std::chrono::milliseconds patience{30'000};  // with a client that has too much to read
};

// Appends the change as one event of a stream.
void AppendEvent(const GrantChange& change, std::string* out);

// Thread-safe, but for the destructor. Must be gone before the store is.
class ChangeStreams {
 public:
  ChangeStreams(GrantStore& store, const ChangeStreamLimits& limits);
  ~ChangeStreams();  // Stop
  ChangeStreams(const ChangeStreams&) = delete;
  ChangeStreams& operator=(const ChangeStreams&) = delete;

  // Begins a stream behind the change `after`. `make` is called unless there are too many streams,
  // or none are taken any more: false then.
  bool Begin(uint64_t after, const std::function<std::shared_ptr<AnswerStream>()>& make);

  // Ends all of them.
  void Stop();

  size_t size() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  // Wakes the thread. The store may call it when the streams are gone already.
  struct Bell {
    std::mutex mutex;
    std::condition_variable rung;
    bool ringing = false;

    void Ring();
    // Until it rings, or the time is over.
    void Wait(std::chrono::milliseconds time);
  };

  // The thread's, but for the pointer itself.
  struct Stream {
    std::shared_ptr<AnswerStream> out;
    uint64_t sent = 0;  // revision of the last change
    Time written;       // when something was; at first long ago
    Time hurried;       // since when it has had too much to read
    bool over = false;
  };
  using Streams = std::vector<std::shared_ptr<Stream>>;

  void Run();
  // Sends to each stream what it can take, and returns how long to wait for more.
  std::chrono::milliseconds Round(const Streams& streams);
  // The same for those that are behind, by the last change that they were sent. Whether there is
  // more for one of them; an error of storage.
  absl::StatusOr<bool> SendTo(const std::map<uint64_t, Streams>& behind);
  bool HasRoom(Stream& stream, Time now) const;
  std::chrono::milliseconds KeepAlive(Stream& stream) const;
  static void Write(Stream& stream, std::string_view text);
  void Forget();

  GrantStore& store_;
  const ChangeStreamLimits limits_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  mutable std::mutex mutex_;
  Streams streams_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace thuja::server
