// SPDX-License-Identifier: Apache-2.0
// Answers that are completed on another thread than their connection's.
//
// The connection and whoever completes the answer share an OpenAnswer, and meet only under its
// lock. It holds the connection, since one that waits has no operation under way that would; and it
// lets go of it when the answer is complete or the connection closes. What is done to the answer
// from then on has no effect, even when the event loop is gone.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace thuja::server {

class Connection;

// What both kinds have in common.
class OpenAnswer : public std::enable_shared_from_this<OpenAnswer> {
 public:
  OpenAnswer(std::shared_ptr<Connection> connection, boost::asio::any_io_executor executor);
  OpenAnswer(const OpenAnswer&) = delete;
  OpenAnswer& operator=(const OpenAnswer&) = delete;

  // Nothing that comes now counts. Returns what may be the last that holds the connection.
  // REQUIRES: the connection's thread.
  std::shared_ptr<Connection> Close();

 protected:
  ~OpenAnswer() = default;

  // Has the connection's thread call Connection::GoOn. REQUIRES: mutex_ is held, is_open().
  void Wake();

  // REQUIRES, for both: mutex_ is held.
  bool is_open() const { return connection_ != nullptr; }
  const std::shared_ptr<Connection>& connection() const { return connection_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }

  mutable std::mutex mutex_;

 private:
  std::shared_ptr<Connection> connection_;  // written under mutex_, on the connection's thread
  const boost::asio::any_io_executor executor_;
};

// A body that comes in parts.
class OpenStream final : public OpenAnswer {
 public:
  OpenStream(std::shared_ptr<Connection> connection, boost::asio::any_io_executor executor,
             size_t limit)
      : OpenAnswer(std::move(connection), std::move(executor)), limit_(limit) {}

  // As AnswerStream says. Thread-safe.
  bool Write(std::string_view bytes);
  size_t waiting() const;
  void End();

  struct Parts {
    std::string bytes;
    bool ended = false;
    bool overflowed = false;  // more waited than may: the client does not read
  };
  // What was written since the last call. It goes on to wait, behind `unsent` bytes, until
  // SetUnsent says otherwise.
  Parts Take(size_t unsent);
  void SetUnsent(size_t bytes);
  bool overflowed() const;

 private:
  const size_t limit_;
  std::string written_;  // and not taken
  size_t unsent_ = 0;    // bytes that were taken, and that the socket has not
  bool woken_ = false;   // Take will be called
  bool ended_ = false;
  bool overflowed_ = false;
};

// An answer that comes later, whole or in parts.
class OpenLater final : public OpenAnswer {
 public:
  // `limit`: as OpenStream.
  OpenLater(std::shared_ptr<Connection> connection, boost::asio::any_io_executor executor,
            size_t limit)
      : OpenAnswer(std::move(connection), std::move(executor)), limit_(limit) {}

  // Thread-safe; the first call of the two counts. The stream is null if it does not.
  void Finish(HttpResponse response);
  std::shared_ptr<OpenStream> FinishInParts(HttpResponse head);

  // Whether Finish would still have an effect. Thread-safe.
  bool IsAwaited() const;

  // The answer or its head, once it is there.
  std::optional<HttpResponse> Take();
  // The stream behind the head, if it has one; once.
  std::shared_ptr<OpenStream> TakeStream();

 private:
  const size_t limit_;
  std::optional<HttpResponse> response_;
  std::shared_ptr<OpenStream> stream_;
};

// What the handler gets. Leads nowhere if `open` is null.
std::shared_ptr<LaterAnswer> MakeHolder(std::shared_ptr<OpenLater> open);
std::shared_ptr<AnswerStream> MakeHolder(std::shared_ptr<OpenStream> open);

}  // namespace thuja::server
