// SPDX-License-Identifier: Apache-2.0
// Where other threads and a connection's meet.
//
// Tested by tests/service/later_answer_test.cc and tests/service/answer_stream_test.cc.
#include "server/http/later_answer.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "server/http/connection.h"

namespace thuja::server {
namespace {

class LaterHolder final : public LaterAnswer {
 public:
  explicit LaterHolder(std::shared_ptr<OpenLater> open) : open_(std::move(open)) {}

  // Whoever was to answer has forgotten it, unless this comes second.
  ~LaterHolder() override {
    HttpResponse forgotten;
    forgotten.SetText(500, "internal_error");
    Finish(std::move(forgotten));
  }

  void Finish(HttpResponse response) override {
    if (open_ != nullptr) open_->Finish(std::move(response));
  }

  std::shared_ptr<AnswerStream> FinishInParts(HttpResponse head) override {
    return MakeHolder(open_ != nullptr ? open_->FinishInParts(std::move(head)) : nullptr);
  }

  bool IsAwaited() const override { return open_ != nullptr && open_->IsAwaited(); }

 private:
  const std::shared_ptr<OpenLater> open_;
};

class StreamHolder final : public AnswerStream {
 public:
  explicit StreamHolder(std::shared_ptr<OpenStream> open) : open_(std::move(open)) {}

  ~StreamHolder() override {
    if (open_ != nullptr) open_->End();
  }

  bool Write(std::string_view bytes) override { return open_ != nullptr && open_->Write(bytes); }

  size_t waiting() const override { return open_ != nullptr ? open_->waiting() : 0; }

 private:
  const std::shared_ptr<OpenStream> open_;
};

}  // namespace

OpenAnswer::OpenAnswer(std::shared_ptr<Connection> connection,
                       boost::asio::any_io_executor executor)
    : connection_(std::move(connection)), executor_(std::move(executor)) {}

std::shared_ptr<Connection> OpenAnswer::Close() {
  const std::lock_guard lock(mutex_);
  return std::exchange(connection_, nullptr);
}

// Under the lock, so that the loop is there: it ends only after its connections are closed.
void OpenAnswer::Wake() {
  boost::asio::post(executor_, [self = shared_from_this()] {
    // The only thread that writes it is this one.
    if (const std::shared_ptr<Connection> connection = self->connection_) connection->GoOn();
  });
}

void OpenLater::Finish(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  if (!is_open() || response_.has_value()) return;
  response_ = std::move(response);
  Wake();
}

std::shared_ptr<OpenStream> OpenLater::FinishInParts(HttpResponse head) {
  const std::lock_guard lock(mutex_);
  if (!is_open() || response_.has_value()) return nullptr;
  response_ = std::move(head);
  stream_ = std::make_shared<OpenStream>(connection(), executor(), limit_);
  // Before anything that the stream may wake for, so that it is there by then.
  Wake();
  return stream_;
}

bool OpenLater::IsAwaited() const {
  const std::lock_guard lock(mutex_);
  return is_open() && !response_.has_value();
}

std::optional<HttpResponse> OpenLater::Take() {
  const std::lock_guard lock(mutex_);
  return std::move(response_);
}

std::shared_ptr<OpenStream> OpenLater::TakeStream() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stream_, nullptr);
}

bool OpenStream::Write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!is_open() || overflowed_) return false;
  const size_t waiting = written_.size() + unsent_;
  overflowed_ = waiting > limit_ || bytes.size() > limit_ - waiting;
  if (!overflowed_) written_.append(bytes);
  // A client that does not read is dropped at once; its connection may be waiting for it.
  if (!std::exchange(woken_, true) || overflowed_) Wake();
  return !overflowed_;
}

size_t OpenStream::waiting() const {
  const std::lock_guard lock(mutex_);
  return is_open() ? written_.size() + unsent_ : 0;
}

void OpenStream::End() {
  const std::lock_guard lock(mutex_);
  if (!is_open()) return;
  ended_ = true;
  if (!std::exchange(woken_, true)) Wake();
}

OpenStream::Parts OpenStream::Take(size_t unsent) {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  unsent_ = unsent + written_.size();
  return {std::exchange(written_, {}), ended_, overflowed_};
}

void OpenStream::SetUnsent(size_t bytes) {
  const std::lock_guard lock(mutex_);
  unsent_ = bytes;
}

bool OpenStream::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

std::shared_ptr<LaterAnswer> MakeHolder(std::shared_ptr<OpenLater> open) {
  return std::make_shared<LaterHolder>(std::move(open));
}

std::shared_ptr<AnswerStream> MakeHolder(std::shared_ptr<OpenStream> open) {
  return std::make_shared<StreamHolder>(std::move(open));
}

}  // namespace thuja::server
