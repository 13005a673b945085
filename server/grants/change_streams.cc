// SPDX-License-Identifier: Apache-2.0
// One thread, and what it sends.
//
// Tested by tests/grants_api/change_streams_test.cc and tests/grants_api/changes_test.cc.
#include "server/grants/change_streams.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/json.h"
#include "server/grants/times.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Changes read at once.
constexpr size_t kReadAtOnce = 256;
// Between two looks at clients that have too much to read, and after an error of storage.
constexpr milliseconds kShortPause{10};
constexpr milliseconds kLongPause{1000};

// A comment: clients pass over it.
constexpr std::string_view kStillHere = ":\n\n";

}  // namespace

void AppendEvent(const GrantChange& change, std::string* out) {
  const std::string revision = std::to_string(change.revision);
  *out += "id: " + revision + "\nevent: " + change.event + "\ndata: {\"revision\":" + revision;
  *out += ",\"time\":\"" + FormatTime(change.time) + "\",\"event\":" + QuoteJson(change.event);
  if (change.id) {
    *out += ",\"grant\":\"" + change.id.ToString() + "\"";
  } else if (!change.subject.empty()) {
    *out += ",\"subject\":" + change.subject;
  }
  *out += ",\"grants\":" + std::to_string(change.grants);
  if (!change.caller.empty()) *out += ",\"caller\":" + QuoteJson(change.caller);
  *out += "}\n\n";
}

void ChangeStreams::Bell::Ring() {
  {
    const std::lock_guard lock(mutex);
    ringing = true;
  }
  rung.notify_one();
}

void ChangeStreams::Bell::Wait(milliseconds time) {
  std::unique_lock lock(mutex);
  rung.wait_for(lock, time, [this] { return ringing; });
  ringing = false;
}

ChangeStreams::ChangeStreams(GrantStore& store, const ChangeStreamLimits& limits)
    : store_(store), limits_(limits) {
  store_.SetListener([bell = bell_](uint64_t) { bell->Ring(); });
  thread_ = std::thread([this] { Run(); });
}

ChangeStreams::~ChangeStreams() { Stop(); }

void ChangeStreams::Stop() {
  Streams ended;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    ended.swap(streams_);
  }
  store_.SetListener(nullptr);
  bell_->Ring();
  thread_.join();
}

bool ChangeStreams::Begin(uint64_t after,
                          const std::function<std::shared_ptr<AnswerStream>()>& make) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || streams_.size() >= limits_.most) return false;
    auto stream = std::make_shared<Stream>();
    stream->out = make();
    stream->sent = after;
    streams_.push_back(std::move(stream));
  }
  bell_->Ring();
  return true;
}

size_t ChangeStreams::size() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

void ChangeStreams::Run() {
  milliseconds pause = limits_.silence;
  for (;;) {
    bell_->Wait(pause);
    Streams streams;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      streams = streams_;
    }
    pause = streams.empty() ? limits_.silence : Round(streams);
    Forget();
  }
}

void ChangeStreams::Forget() {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& stream) { return stream->over; });
}

milliseconds ChangeStreams::Round(const Streams& streams) {
  const Time now = steady_clock::now();
  milliseconds pause = limits_.silence;
  // Most streams have been sent the same, and share what is read.
  std::map<uint64_t, Streams> behind;
  for (const auto& stream : streams) {
    if (!HasRoom(*stream, now)) {
      pause = kShortPause;
    } else if (stream->sent < store_.revision()) {
      behind[stream->sent].push_back(stream);
    }
  }
  if (!behind.empty()) {
    const absl::StatusOr<bool> more = SendTo(behind);
    if (!more.ok()) pause = std::min(pause, kLongPause);
    if (more.ok() && *more) pause = milliseconds(0);
  }
  for (const auto& stream : streams) pause = std::min(pause, KeepAlive(*stream));
  return pause;
}

absl::StatusOr<bool> ChangeStreams::SendTo(const std::map<uint64_t, Streams>& behind) {
  const auto view = store_.OpenView();
  if (!view.ok()) return view.status();
  const auto first = (*view)->FirstChange();
  if (!first.ok()) return first.status();
  bool more = false;
  for (const auto& [sent, streams] : behind) {
    if (*first == 0 || sent + 1 < *first) {
      // What comes next is no longer kept. They find out when they ask again.
      for (const auto& stream : streams) stream->over = true;
      continue;
    }
    const auto changes = (*view)->Changes(sent, kReadAtOnce);
    if (!changes.ok()) return changes.status();
    if (changes->empty()) continue;
    std::string text;
    for (const GrantChange& change : *changes) AppendEvent(change, &text);
    for (const auto& stream : streams) {
      stream->sent = changes->back().revision;
      Write(*stream, text);
    }
    more = more || changes->size() == kReadAtOnce;
  }
  return more;
}

// A client that has enough to read gets more later, unless that lasts too long.
bool ChangeStreams::HasRoom(Stream& stream, Time now) const {
  if (stream.out->waiting() < limits_.waiting) {
    stream.hurried = Time();
    return !stream.over;
  }
  if (stream.hurried == Time()) stream.hurried = now;
  if (now - stream.hurried > limits_.patience) stream.over = true;
  return false;
}

// Returns how long it may be silent from now on.
milliseconds ChangeStreams::KeepAlive(Stream& stream) const {
  const auto silent = steady_clock::now() - stream.written;
  if (silent < limits_.silence) {
    return std::chrono::ceil<milliseconds>(limits_.silence - silent);
  }
  Write(stream, kStillHere);
  return limits_.silence;
}

void ChangeStreams::Write(Stream& stream, std::string_view text) {
  stream.written = steady_clock::now();
  if (!stream.over && !stream.out->Write(text)) stream.over = true;
}

}  // namespace thuja::server
