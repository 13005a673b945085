// SPDX-License-Identifier: Apache-2.0
// Who may see the admin endpoints, and what they show.
//
// Tested by tests/service/admin_test.cc.
#include "server/operations/admin.h"

#include <algorithm>

namespace thuja::server {
namespace {

// The host without its port.
std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

AdminApplication::AdminApplication(AdminSources sources) : sources_(std::move(sources)) {
  routes_.Add({"GET", "/health/live", false, "200 while the process runs",
               [](const HttpRequest&, HttpResponse& response) {
                 response.SetJson(200, "{\"live\":true}");
               }});
  routes_.Add({"GET", "/health/ready", false, "200 when decisions are answered",
               [this](const HttpRequest&, HttpResponse& response) {
                 response.SetJson(sources_.ready() ? 200 : 503, sources_.readiness());
               }});
  routes_.Add({"GET", "/metrics", false, "Prometheus text",
               [this](const HttpRequest&, HttpResponse& response) {
                 response.SetText(200, sources_.metrics->Text());
                 response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               }});
  if (sources_.credentials->empty()) return;
  routes_.Add({"GET", "/v1/status", false, "revision, digests, last reload",
               [this](const HttpRequest& request, HttpResponse& response) {
                 if (sources_.credentials->Admit(request, AdminRole::kRead, response) != nullptr) {
                   response.SetJson(200, sources_.status());
                 }
               }});
  if (sources_.grants != nullptr) sources_.grants->AddRoutes(routes_);
  if (sources_.grants_lost) AddRoutesOfLostGrants(*sources_.credentials, routes_);
}

void AdminApplication::OnTick() {
  if (sources_.grants != nullptr) sources_.grants->OnTick();
}

void AdminApplication::Handle(const HttpRequest& request, HttpResponse& response) {
  response.AddHeader("Cache-Control", "no-store");
  if (!AcceptsHost(request)) return response.SetText(403, "Host is no name of this machine");
  if (!AcceptsOrigin(request)) return response.SetText(403, "requests of other sites are refused");
  try {
    routes_.Dispatch(request, response);
  } catch (const std::exception&) {
    // Out of memory, most likely. Whatever was half written is no answer.
    response.Clear();
    response.SetText(500, Describe(ReasonCode::kInternalError).name);
  }
}

bool AdminApplication::AcceptsHost(const HttpRequest& request) const {
  const std::string_view name = HostName(request.Find("Host").value);
  const auto is_name = [&](std::string_view known) { return EqualsIgnoringCase(name, known); };
  return is_name("localhost") || is_name("127.0.0.1") || is_name("[::1]") ||
         std::ranges::any_of(sources_.hosts, is_name);
}

// A browser says from which site a request comes; only the listener's own site may ask.
bool AdminApplication::AcceptsOrigin(const HttpRequest& request) const {
  const HttpRequest::Occurrence origin = request.Find("Origin");
  if (origin.count == 0) return true;
  const size_t scheme = origin.value.find("://");
  return origin.count == 1 && scheme != std::string_view::npos &&
         EqualsIgnoringCase(origin.value.substr(scheme + 3), request.Find("Host").value);
}

}  // namespace thuja::server
