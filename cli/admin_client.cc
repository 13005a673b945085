// SPDX-License-Identifier: Apache-2.0
// Requests and answers over cpp-httplib, whose types and exceptions stay in here.
//
// Its timeouts are those of single reads, so a server that sends a byte now and then could hold the
// program for ever: a timer of our own ends the whole exchange.
//
// Tested by tests/unit/cli/admin_client_test.cc.
#include "cli/admin_client.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <httplib.h>
#include <signal.h>

#include <charconv>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "cli/terminal_text.h"
#include "engine/diagnostics.h"

namespace thuja::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Of what somebody who is no grant server answers, in a message.
constexpr size_t kShownOfAnswer = 200;
constexpr size_t kLongestUnixPath = sizeof(sockaddr_un::sun_path) - 1;

// The library looks whether the other side is there and then writes without MSG_NOSIGNAL: a server
// that goes in between would end the program without a word. While this lives, the thread has no
// SIGPIPE.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipeSignal() {
    // One that came meanwhile would be delivered as soon as it is let through.
    const timespec at_once{};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

// Stops the client at a time, unless this ends before.
class Timer {
 public:
  Timer(httplib::Client& client, Clock::time_point end)
      : thread_([this, &client, end] {
          std::unique_lock lock(mutex_);
          if (!done_changed_.wait_until(lock, end, [this] { return done_; })) client.stop();
        }) {}
  ~Timer() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    done_changed_.notify_one();
    thread_.join();
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

std::string HostField(const AdminAddress& address) {
  // What the admin listener knows as a name of its machine.
  if (!address.unix_path.empty()) return "localhost";
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return absl::StrCat(is_v6 ? "[" : "", address.host, is_v6 ? "]" : "", ":", address.port);
}

std::unique_ptr<httplib::Client> MakeClient(const AdminClientOptions& options) {
  const AdminAddress& address = options.address;
  const bool is_unix = !address.unix_path.empty();
  auto client = std::make_unique<httplib::Client>(is_unix ? address.unix_path : address.host,
                                                  is_unix ? 80 : address.port);
  if (is_unix) client->set_address_family(AF_UNIX);
  client->set_connection_timeout(options.connect_limit);
  client->set_read_timeout(options.answer_limit);
  client->set_write_timeout(options.answer_limit);
  client->set_url_encode(false);
  client->set_decompress(false);
  return client;
}

httplib::Headers HeadersOf(const AdminClientOptions& options, const std::string& body,
                           const std::string& request_id) {
  httplib::Headers headers = {{"Host", HostField(options.address)},
                              {"Accept", "application/json"},
                              {"Accept-Encoding", "identity"},
                              {"User-Agent", "thuja"}};
  if (!options.token.empty()) headers.emplace("Authorization", "Bearer " + options.token);
  if (!body.empty()) headers.emplace("Content-Type", "application/json");
  if (!request_id.empty()) headers.emplace("Idempotency-Key", request_id);
  return headers;
}

}  // namespace

std::string AdminAddress::ToString() const {
  return unix_path.empty() ? absl::StrCat("http://", HostField(*this))
                           : absl::StrCat("unix:", unix_path);
}

absl::StatusOr<AdminAddress> AdminAddress::Parse(const std::string& text) {
  const auto refuse = [&text](const std::string& why) {
    return absl::InvalidArgumentError(absl::StrCat("the server's address ", Quote(text), " ", why));
  };
  AdminAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    if (address.unix_path.empty()) return refuse("names no socket");
    if (address.unix_path.size() > kLongestUnixPath) return refuse("is too long for a socket");
    return address;
  }
  if (text.starts_with("https://")) return refuse("is one of TLS, which the listener has not");
  std::string_view rest = text;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t colon = rest.rfind(':');
  std::string_view host = rest.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string_view port = colon == rest.npos ? "" : rest.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool has_port = error == std::errc() && end == port.data() + port.size();
  const bool is_host = !host.empty() && host.find_first_of("/@?# []") == host.npos &&
                       (bracketed || host.find(':') == host.npos);
  if (!has_port || address.port < 1 || address.port > 65535 || !is_host) {
    return refuse("is neither http://HOST:PORT nor unix:PATH");
  }
  address.host = host;
  return address;
}

std::string AdminAnswer::message() const {
  const Json* message = json().Find("message");
  return message != nullptr && message->IsString() ? std::string(message->text) : "";
}

// How one sending of a request went.
struct AdminClient::Attempt {
  enum class End { kAnswered, kNotConnected, kBroken, kTooLate, kTooLong };
  End end = End::kBroken;
  int status = 0;
  std::string body;
};

AdminClient::AdminClient(AdminClientOptions options) : options_(std::move(options)) {}

absl::StatusOr<AdminAnswer> AdminClient::Get(const std::string& target) {
  return Exchange("GET", target, "", "");
}

absl::StatusOr<AdminAnswer> AdminClient::Post(const std::string& target, const std::string& body,
                                              const std::string& request_id) {
  return Exchange("POST", target, body, request_id);
}

AdminClient::Attempt AdminClient::Try(const std::string& method, const std::string& target,
                                      const std::string& body,
                                      const std::string& request_id) const {
  Attempt attempt;
  const std::unique_ptr<httplib::Client> client = MakeClient(options_);
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.headers = HeadersOf(options_, body, request_id);
  request.body = body;
  bool too_long = false;
  request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    too_long = size > options_.longest_answer - attempt.body.size();
    if (!too_long) attempt.body.append(data, size);
    return !too_long;
  };
  const NoBrokenPipeSignal no_signal;
  const Clock::time_point end = Clock::now() + options_.answer_limit;
  const Timer timer(*client, end);
  const httplib::Result result = client->send(request);
  if (result) {
    attempt.end = Attempt::End::kAnswered;
    attempt.status = result->status;
  } else if (too_long) {
    attempt.end = Attempt::End::kTooLong;
  } else if (result.error() == httplib::Error::Connection ||
             result.error() == httplib::Error::ConnectionTimeout) {
    attempt.end = Attempt::End::kNotConnected;
  } else if (Clock::now() >= end) {
    attempt.end = Attempt::End::kTooLate;
  }
  return attempt;
}

absl::StatusOr<AdminAnswer> AdminClient::Exchange(const std::string& method,
                                                  const std::string& target,
                                                  const std::string& body,
                                                  const std::string& request_id) try {
  using End = Attempt::End;
  const std::string server = options_.address.ToString();
  Attempt attempt = Try(method, target, body, request_id);
  // What one attempt may have done, the failure of the next does not undo.
  bool may_be_done = attempt.end != End::kNotConnected;
  if (attempt.end == End::kNotConnected || attempt.end == End::kBroken) {
    std::this_thread::sleep_for(options_.pause);
    attempt = Try(method, target, body, request_id);
    may_be_done = may_be_done || attempt.end != End::kNotConnected;
  }
  const std::string doubt =
      may_be_done && !request_id.empty()
          ? absl::StrCat("; whether it was done is not known, and --request-id ", request_id,
                         " repeats it safely")
          : "";
  switch (attempt.end) {
    case End::kAnswered: {
      absl::StatusOr<AdminAnswer> answer = Read(attempt.status, std::move(attempt.body));
      const bool is_clear = answer.ok() || (attempt.status >= 300 && attempt.status < 500);
      if (is_clear) return answer;
      return absl::Status(answer.status().code(), absl::StrCat(answer.status().message(), doubt));
    }
    case End::kNotConnected:
      return absl::UnavailableError(absl::StrCat("cannot connect to ", server, doubt));
    case End::kBroken:
      return absl::UnavailableError(
          absl::StrCat(server, " ended the connection without a whole answer", doubt));
    case End::kTooLate:
      return absl::DeadlineExceededError(absl::StrCat(server, " did not answer in time", doubt));
    case End::kTooLong:
      return absl::ResourceExhaustedError(absl::StrCat("the answer of ", server, " is longer than ",
                                                       options_.longest_answer, " bytes", doubt));
  }
  return absl::InternalError("no attempt was made");
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("the request cannot be sent: ", error.what()));
}

// A refusal has its code; everything else that is no success is not from a grant server.
absl::StatusOr<AdminAnswer> AdminClient::Read(int status, std::string body) const {
  const std::string server = options_.address.ToString();
  Diagnostics diagnostics;
  const auto source = std::make_shared<const SourceText>("answer", std::move(body));
  std::optional<JsonDocument> document = ReadJson(source, diagnostics);
  const bool is_object = diagnostics.empty() && document && document->root().IsObject();
  if (is_object && status >= 200 && status < 300) return AdminAnswer(status, *std::move(document));
  const Json* code = is_object ? document->root().Find("error") : nullptr;
  if (status >= 400 && code != nullptr && code->IsString()) {
    return AdminAnswer(status, *std::move(document));
  }
  if (status >= 200 && status < 300) {
    return absl::DataLossError(
        absl::StrCat("what ", server, " answered is no JSON object; is it an admin listener?"));
  }
  const std::string shown = Visible(source->text().substr(0, kShownOfAnswer));
  return absl::UnknownError(
      absl::StrCat(server, " answered ", status, shown.empty() ? "" : ": ", shown));
}

std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += absl::StrFormat("%08x", random());
  return id;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += absl::StrFormat("%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace thuja::cli
