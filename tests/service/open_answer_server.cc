// SPDX-License-Identifier: Apache-2.0
// Handlers that answer what their query says, now or later.
#include "tests/service/open_answer_server.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

namespace thuja::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

class OpenAnswerServer::Handlers : public server::Application {
 public:
  explicit Handlers(OpenAnswerServer& owner) : owner_(owner) {}

  void Handle(const server::HttpRequest& request, server::HttpResponse& response) override {
    response.AddHeader("X-Before", "1");
    Dispatch(request, response);
    response.AddHeader("X-Behind", "1");
  }

  void OnAnswered(const server::HttpRequest& request,
                  const server::HttpResponse& response) override {
    const std::lock_guard lock(owner_.mutex_);
    owner_.answered_.push_back(std::string(request.method) + " " + std::string(request.target) +
                               " " + std::to_string(response.status));
  }

 private:
  void Dispatch(const server::HttpRequest& request, server::HttpResponse& response) {
    if (request.path == "/now") {
      response.SetText(200, request.query);
    } else if (request.path == "/big") {
      response.SetText(200, std::string(kBig, 'x'));
    } else if (request.path == "/later") {
      Leave({std::string(request.query), response.AnswerLater(), nullptr, nullptr});
    } else if (request.path == "/parts" && streams_begin_later) {
      Leave({std::string(request.query), nullptr, nullptr, response.AnswerLater()});
    } else if (request.path == "/parts") {
      response.SetText(200, "this is no part");
      Leave({std::string(request.query), nullptr, response.AnswerInParts(), nullptr});
    } else if (request.path == "/drop") {
      response.AnswerLater();
    } else if (request.path == "/own") {
      response.AnswerLater()->Finish(Saying(request.query));
    } else if (request.path == "/twice") {
      Leave({std::string(request.query), response.AnswerLater(), nullptr, nullptr});
      response.AnswerLater()->Finish(Saying("the second"));
      EXPECT_FALSE(response.AnswerInParts()->Write("the third"));
    }
  }

  void Leave(LeftOpen left) {
    const std::lock_guard lock(owner_.mutex_);
    owner_.open_.push_back(std::move(left));
    owner_.left_.notify_one();
  }

  OpenAnswerServer& owner_;
};

OpenAnswerServer::OpenAnswerServer(const server::Limits& limits, size_t threads) {
  server::HttpServerOptions options;
  options.addresses.emplace_back().host = boost::asio::ip::address_v4::loopback();
  options.threads = threads;
  options.limits = limits;
  options.make_application = [this](size_t) { return std::make_unique<Handlers>(*this); };
  http_ = std::make_unique<server::HttpServer>(std::move(options));
  const absl::Status status = http_->Open();
  EXPECT_TRUE(status.ok()) << status;
  port_ = http_->addresses()[0].port;
  http_->Start();
}

OpenAnswerServer::~OpenAnswerServer() = default;

std::optional<LeftOpen> OpenAnswerServer::TryNext(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!left_.wait_for(lock, limit, [this] { return !open_.empty(); })) return std::nullopt;
  LeftOpen next = std::move(open_.front());
  open_.pop_front();
  lock.unlock();
  if (const auto later = std::exchange(next.stream_later, nullptr)) {
    next.stream = later->FinishInParts(Saying("this is no part"));
  }
  return next;
}

LeftOpen OpenAnswerServer::Next() {
  std::optional<LeftOpen> next = TryNext(kPatience);
  EXPECT_TRUE(next.has_value()) << "no handler left its answer open";
  return next ? *std::move(next) : LeftOpen();
}

std::vector<std::string> OpenAnswerServer::Answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

server::HttpResponse Saying(std::string_view text) {
  server::HttpResponse response;
  response.SetText(200, text);
  return response;
}

std::string Ask(const std::string& target, const std::string& headers, const std::string& method,
                const std::string& version) {
  return method + " " + target + " HTTP/" + version + "\r\nHost: localhost\r\n" + headers + "\r\n";
}

bool Becomes(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace thuja::testing
