// SPDX-License-Identifier: Apache-2.0
// A request and its answer, as handlers see them: no socket, no library's types.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::server {

// Who holds the other end of a connection.
struct Peer {
  bool is_unix = false;
  boost::asio::ip::address address;  // unless is_unix
  std::string text;                  // for logs: `unix`, `127.0.0.1:4242`
  bool trusted = false;              // identity and forwarded headers of this peer count
};

struct HeaderField {
  std::string_view name;   // as sent
  std::string_view value;  // without the space around it
};

// True if the two are the same but for ASCII case.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// One request. Lifetime: its texts belong to the reader that made it, until the next request.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // as sent
  std::string_view path;    // of the target, not decoded
  std::string_view query;   // behind the `?`, not decoded
  bool has_query = false;
  int version = 11;  // 10 or 11
  std::vector<HeaderField> fields;
  std::string_view body;
  const Peer* peer = nullptr;
  int64_t received = 0;  // of the first byte; nanoseconds of the steady clock

  // How often the header has a field of this name, and the value of the first.
  struct Occurrence {
    size_t count = 0;
    std::string_view value;
  };
  Occurrence Find(std::string_view name) const;
};

struct HttpResponse;

// The body of an answer that goes on for as long as the client listens.
class AnswerStream {
 public:
  // The last who lets go of it ends it.
  virtual ~AnswerStream() = default;

  // Sends more. False once the client is gone, the server ends, or more waits for the client to
  // read than limits.unread: then nothing was sent, and nothing will be. Thread-safe.
  virtual bool Write(std::string_view bytes) = 0;

  // How many bytes wait for the client to read: who has much to write goes on when they are few.
  virtual size_t waiting() const { return 0; }
};

// An answer that its handler does not know yet. The connection reads no further request until then.
// If all who hold it let go without finishing it, the answer is 500; if it takes longer than
// limits.request_time, 503. Lifetime: may outlive the connection and the server. The request may
// not be used any more once Handle has returned: the client may be gone with it.
class LaterAnswer {
 public:
  virtual ~LaterAnswer() = default;

  // Sends the answer, if the client is still there. Thread-safe; the first call counts.
  virtual void Finish(HttpResponse response) = 0;

  // In its place: `head` without its body is the head of an answer in parts, as
  // HttpResponse::AnswerInParts has it. Never null; leads nowhere if the client is gone.
  virtual std::shared_ptr<AnswerStream> FinishInParts(HttpResponse head) = 0;

  // False once it was answered, as it is when its time is over, or the connection closed: what is
  // still done for it is done in vain. Thread-safe.
  virtual bool IsAwaited() const { return true; }
};

// Gives what is not answered at once a way to the client.
class AnswerRoom {
 public:
  virtual ~AnswerRoom() = default;
  virtual std::shared_ptr<LaterAnswer> MakeLater() = 0;
  virtual std::shared_ptr<AnswerStream> MakeStream() = 0;
};

// One answer. A handler fills it; the connection adds Date, Content-Length and Connection.
struct HttpResponse {
  int status = 200;
  std::string_view content_type;  // of a literal; empty: no body
  std::string body;
  std::string headers;  // whole lines, each with its CRLF
  bool close = false;   // end the connection behind this answer

  // Forgets everything but the memory.
  void Clear();

  // REQUIRES: neither holds a line break; what came out of a request's header has none.
  void AddHeader(std::string_view name, std::string_view value);

  // In place of an answer: it comes later. Of what Handle fills in only the headers count; they
  // come before those of the later answer.
  std::shared_ptr<LaterAnswer> AnswerLater();
  // What Handle fills in, without its body, is the head of an answer in parts. To a HEAD it is all
  // of the answer, and Write is false at once.
  std::shared_ptr<AnswerStream> AnswerInParts();
  // Both are never null. The first call for a request counts; another, or one where no answer can
  // come later (null, then the answer is 500), gives what leads nowhere. REQUIRES: in Handle.
  AnswerRoom* room = nullptr;

  void SetText(int new_status, std::string_view text);
  void SetJson(int new_status, std::string_view json);
};

// The phrase behind a status, such as `Not Found`.
std::string_view StatusPhrase(int status);

// What answers requests; one object for each thread, so that it needs no lock.
class Application {
 public:
  virtual ~Application() = default;

  virtual void Handle(const HttpRequest& request, HttpResponse& response) = 0;

  // After the answer is known, for requests that were no HTTP too (empty method).
  virtual void OnAnswered(const HttpRequest& request, const HttpResponse& response) = 0;

  // Now and then, on the thread of Handle.
  virtual void OnTick() {}
};

}  // namespace thuja::server
