// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests, has them answered, writes the answers in order.
//
// A request costs four system calls: wait, receive, send, and a receive that finds nothing yet.
// Nothing is read while answers wait to be written, so that a client which does not read costs no
// memory. Time limits are looked at by a sweep over all connections of a thread (http_server.h),
// not by a timer for each.
//
// An answer may be left open: it comes later, or in parts (later_answer.h). Until it is complete no
// further request is looked at. A client that waits for a whole answer is not listened to, so that
// one which has said all it has to say still gets it; a client of a stream is, so that its end is
// noticed.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <memory>
#include <string>

#include "server/http/later_answer.h"
#include "server/http/limits.h"
#include "server/http/message.h"
#include "server/http/request_reader.h"

namespace thuja::server {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

// What a connection shares with the others of its thread.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  virtual Application& application() = 0;
  virtual const Limits& limits() const = 0;
  // True once the server ends: connections close behind the answer that they are writing.
  virtual bool draining() const = 0;
  // The value of Date, made once a second.
  virtual std::string_view date() = 0;
  // It waits for a request from now on. Not called when that is over.
  virtual void OnIdle(class Connection& connection) = 0;
  virtual void OnClosed(class Connection& connection) = 0;
};

// Lives until its socket is closed and its last operation has ended. Not thread-safe: belongs to
// the thread of its host.
class Connection : public std::enable_shared_from_this<Connection>, private AnswerRoom {
 public:
  Connection(StreamSocket socket, Peer peer, ConnectionHost& host);

  void Start();

  // Closes the connection if its time is over at `now` (nanoseconds of the steady clock).
  void Sweep(int64_t now);

  // The server ends: closes now if nothing is under way, and ends a stream.
  void Drain();

  // An open answer has something to send.
  void GoOn();

  void Close();

  // Closes it to make room for another, unless a byte of a request has come: also one that was not
  // read yet, for a thread with much to do has many of those. True if it is closed.
  bool CloseIfIdle();

  // Kept by the host:
  size_t index = 0;                             // in its list
  std::list<Connection*>::iterator idle_place;  // in the order of those that became idle
  bool has_idle_place = false;

 private:
  // The first two are those in which requests are looked at.
  enum class Phase : uint8_t {
    kIdle,       // no byte of a request has come
    kReading,    // a part of a request has come
    kWaiting,    // a request has come, its answer comes later
    kStreaming,  // the answer comes in parts, and all that came is written
    kWriting,    // an answer waits for the client to read; another may be open behind it
    kLingering,  // all is written; what still comes is thrown away, so that the answer arrives
    kClosed,
  };

  void Read();
  void OnRead(const boost::system::error_code& error, size_t size);
  // While no request is looked at.
  void OnReadAside(const boost::system::error_code& error, size_t size);
  // Answers what is there, writes, and goes on until it must wait for the client.
  void Advance(std::string_view bytes);
  // Takes requests from the front and appends their answers to out_; returns what is left.
  std::string_view Consume(std::string_view bytes);
  // Keeps what was received for the time when the answer is written or complete.
  void Pause(std::string_view bytes);
  // False if the answer is left open.
  bool Answer();
  // Appends response_ as the answer to the request that was read, and goes on to the next.
  void Complete();
  void Refuse(const Refusal& refusal);
  void AppendAnswer(const HttpRequest& request, bool keep);
  void AppendStatusAndDate();
  void AppendConnectionAndEnd(const HttpRequest& request, bool keep);
  // True if all of out_ is written; otherwise goes on when the client has read.
  bool Flush();
  void OnWritable(const boost::system::error_code& error);
  void Linger();
  void Enter(Phase phase, std::chrono::nanoseconds time);

  std::shared_ptr<LaterAnswer> MakeLater() override;
  std::shared_ptr<AnswerStream> MakeStream() override;
  void TakeLater(HttpResponse response);
  void FinishLater(HttpResponse response);
  void BeginLaterStream(HttpResponse head, std::shared_ptr<OpenStream> stream);
  void BeginStream();
  // Sends what came, unless the client has still to read what came before.
  void SendParts();
  // Appends what was written to the stream. True if that is the end.
  bool AppendParts();
  void EndStream();
  // EndStream, but for what comes behind. Both return what may be the last that holds this.
  std::shared_ptr<Connection> FinishStream();
  std::shared_ptr<Connection> CloseOpenAnswer();
  // Takes up the requests behind an answer that was open.
  void TakeUp();

  StreamSocket socket_;
  const Peer peer_;
  ConnectionHost& host_;
  RequestReader reader_;
  HttpResponse response_;
  std::string out_;       // answers that are not written yet
  size_t written_ = 0;    // bytes of out_ that are
  std::string unread_;    // received, but not looked at while answers wait or are open
  int64_t deadline_ = 0;  // when the phase must have ended
  Phase phase_ = Phase::kIdle;
  bool close_when_written_ = false;
  bool reading_ = false;              // a read is under way
  bool ended_ = false;                // nothing more can be read; the system says so only once
  bool chunked_ = false;              // the stream's parts are chunks
  std::shared_ptr<OpenLater> later_;  // of these two at most one is there
  std::shared_ptr<OpenStream> stream_;
  std::array<char, 16384> buffer_;
};

// Nanoseconds of the steady clock.
int64_t SteadyNow();

}  // namespace thuja::server
