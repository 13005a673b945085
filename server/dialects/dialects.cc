// SPDX-License-Identifier: Apache-2.0
// The table of dialects, and what they share.
//
// Tested by tests/authzen/authzen_test.cc and tests/gateways/gateways_test.cc.
#include <utility>

#include "server/dialects/dialect.h"

namespace thuja::server {
namespace {

constexpr Dialect kDialects[] = {
    {"authzen", &MountAuthzen},
    {"cedar_agent", &MountCedarAgent},
    {"forward_auth", &MountForwardAuth},
};

// A tree takes up to a hundred times the memory of its text.
constexpr size_t kUsualBody = size_t{64} << 10;

bool IsTrue(const HttpRequest::Occurrence& header) {
  return header.count == 1 && EqualsIgnoringCase(header.value, "true");
}

}  // namespace

void ReadingMemory::Finish(size_t body_bytes) {
  if (body_bytes > kUsualBody) *this = ReadingMemory();
}

void MountDialects(const DialectOptions& options, Decider& decider, RouteTable& routes) {
  for (const Dialect& dialect : kDialects) dialect.mount(options, decider, routes);
}

bool ReadBody(const HttpRequest& http, ReadingMemory& memory, Diagnostics& diagnostics) {
  memory.request.Clear();
  return memory.document.Read(LentText("body", http.body), diagnostics);
}

bool WantsDetails(const DialectOptions& options, const HttpRequest& request) {
  return options.details_on_request && IsTrue(request.Find("Thuja-Details"));
}

bool WantsExplanation(const DialectOptions& options, const HttpRequest& request) {
  return options.explanations_on_request && IsTrue(request.Find("Thuja-Explain"));
}

void AnswerUnwelcome(ReasonCode why, Decider& decider, HttpResponse& response) {
  const ReasonCodeInfo& reason = DescribeToStranger(decider.Refuse(why).decision.code);
  const bool malformed = reason.code == ReasonCode::kMalformedRequest;
  response.SetText(malformed ? 400 : reason.http_status,
                   std::string(reason.name) + ": " + std::string(reason.text));
  if (response.status == 401) response.AddHeader("WWW-Authenticate", "Bearer");
}

void ForbidCaching(HttpResponse& response) { response.AddHeader("Cache-Control", "no-store"); }

}  // namespace thuja::server
