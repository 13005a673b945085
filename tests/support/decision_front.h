// SPDX-License-Identifier: Apache-2.0
// The decision listener without its sockets: bytes or requests in, answers out.
//
// For fuzz targets and tests that ask more questions than sockets could carry.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/decision_application.h"

namespace thuja::testing {

class DecisionFront {
 public:
  // `yaml` holds keys of the configuration besides `version` and `policies`. The texts are good.
  DecisionFront(std::string_view policies, std::string_view entities, const std::string& yaml = "");
  ~DecisionFront();

  // One request on this path, its body JSON; `headers` as `Name: value` lines with CRLF each.
  server::HttpResponse Post(const std::string& path, std::string_view body,
                            const std::string& headers = "");

  // One request that was read already.
  void Answer(const server::HttpRequest& request, server::HttpResponse& response) {
    application_->Handle(request, response);
  }

  // Bytes as they would come from a connection, in pieces of at most `piece` bytes. The answers of
  // all requests that were read; a refusal is the last of them.
  std::vector<server::HttpResponse> Send(std::string_view bytes, size_t piece = SIZE_MAX);

  server::Limits& limits() { return config_.limits; }

 private:
  server::Config config_;
  server::OperationalLog log_;
  server::Masker masker_;
  server::ThreadMetrics metrics_;
  std::unique_ptr<server::SnapshotSource> source_;
  std::unique_ptr<server::DecisionApplication> application_;
  server::Peer peer_;
};

}  // namespace thuja::testing
