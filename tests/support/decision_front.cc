// SPDX-License-Identifier: Apache-2.0
// Assembly of the listener's parts in one thread.
#include "tests/support/decision_front.h"

#include <cstdio>
#include <cstdlib>

#include "server/http/connection.h"
#include "server/http/request_reader.h"
#include "tests/support/decide_fixture.h"

namespace thuja::testing {
namespace {

server::Config MakeConfig(const std::string& yaml) {
  auto config = server::ParseConfig("version: 1\npolicies: [none]\n" + yaml, "test.yaml", ".");
  if (config.ok()) return *std::move(config);
  std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
  std::abort();
}

}  // namespace

DecisionFront::DecisionFront(std::string_view policies, std::string_view entities,
                             const std::string& yaml)
    : config_(MakeConfig(yaml)),
      log_(server::LogLevel::kError, server::LogFormat::kText),
      masker_({}),
      source_(std::make_unique<server::SnapshotSource>(MakeSnapshot(policies, entities))) {
  application_ = std::make_unique<server::DecisionApplication>(config_, *source_, std::nullopt,
                                                               metrics_, nullptr, masker_, log_, 0);
  peer_.is_unix = true;
  peer_.trusted = true;
  peer_.text = "unix";
}

DecisionFront::~DecisionFront() = default;

server::HttpResponse DecisionFront::Post(const std::string& path, std::string_view body,
                                         const std::string& headers) {
  const std::vector<server::HttpResponse> answers = Send(
      "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
      headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  return answers.empty() ? server::HttpResponse() : answers[0];
}

std::vector<server::HttpResponse> DecisionFront::Send(std::string_view bytes, size_t piece) {
  std::vector<server::HttpResponse> answers;
  server::RequestReader reader(config_.limits, peer_);
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      switch (reader.Feed(&part)) {
        case server::RequestReader::State::kNeedMore: break;
        case server::RequestReader::State::kComplete: {
          server::HttpResponse& answer = answers.emplace_back();
          reader.request().received = server::SteadyNow();
          application_->Handle(reader.request(), answer);
          const bool keep = reader.keep_alive();
          reader.Next();
          if (!keep) return answers;
          break;
        }
        case server::RequestReader::State::kRefused:
          answers.emplace_back().SetText(reader.refusal().status, reader.refusal().reason);
          return answers;
      }
    }
  }
  return answers;
}

}  // namespace thuja::testing
