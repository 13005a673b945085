// SPDX-License-Identifier: Apache-2.0
// The gateways' configurations, and their starting.
#include "tests/gateways/gateway.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <vector>

#include "tests/support/run_program.h"

namespace thuja::testing {
namespace {

// One process: a master that is killed would leave its workers behind. The map's keys are patterns
// because nginx compares plain ones without regard to case.
constexpr const char* kNginx = R"(daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log error.log info;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  map $http_authorization $agent {
    default "";
    "~^Bearer reader-key$" reader;
    "~^Bearer admin-key$" admin;
  }
  server {
    listen 127.0.0.1:@PORT@;
    location / {
      auth_request /thuja;
      proxy_pass http://127.0.0.1:@UPSTREAM@;
      proxy_set_header Host $host;
      proxy_set_header X-Agent $agent;
    }
    location = /thuja {
      internal;
      proxy_pass http://127.0.0.1:@DECISION@@PATH@;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-Original-Host $host;
      proxy_set_header X-Agent $agent;
      proxy_set_header Thuja-Enforcement-Point @TOKEN@;
      proxy_connect_timeout @LIMIT@ms;
      proxy_send_timeout @LIMIT@ms;
      proxy_read_timeout @LIMIT@ms;
    }
  }
}
)";

// The identity is set by header_up, not request_header: what it sets stays when the client names
// X-Agent in its Connection header. `route` keeps the order of its directives.
constexpr const char* kCaddy = R"({
	admin off
	auto_https off
}
http://:@PORT@ {
	bind 127.0.0.1
	map {header.Authorization} {agent} {
		"Bearer reader-key" reader
		"Bearer admin-key" admin
		default ""
	}
	route {
		forward_auth 127.0.0.1:@DECISION@ {
			uri @PATH@
			header_up X-Agent {agent}
			header_up -X_Agent
			header_up Thuja-Enforcement-Point @TOKEN@
			transport http {
				dial_timeout @LIMIT@ms
				response_header_timeout @LIMIT@ms
			}
		}
		reverse_proxy 127.0.0.1:@UPSTREAM@ {
			header_up X-Agent {agent}
			header_up -X_Agent
		}
	}
}
)";

// restrict-req-hdr-names removes X_Agent and its like.
constexpr const char* kHaproxy = R"(global
  lua-load "@SOURCE@/tests/gateways/thuja_auth.lua"
defaults
  mode http
  timeout connect 20s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:@PORT@
  option http-restrict-req-hdr-names delete
  http-request del-header X-Agent
  http-request set-header X-Agent reader if { req.fhdr(authorization) -m str "Bearer reader-key" }
  http-request set-header X-Agent admin if { req.fhdr(authorization) -m str "Bearer admin-key" }
  http-request set-var(txn.thuja_enforcement_point) str(@TOKEN@)
  http-request lua.thuja_auth http://127.0.0.1:@DECISION@@PATH@ @LIMIT@
  http-request deny deny_status 401 if { var(txn.thuja_status) -m int 401 }
  http-request deny deny_status 403 unless { var(txn.thuja_allowed) -m bool }
  default_backend upstream
backend upstream
  server upstream 127.0.0.1:@UPSTREAM@
)";

struct Recipe {
  const char* name;  // of the gateway and of its program
  const char* package;
  const char* configuration;
};

Recipe RecipeOf(GatewayKind kind) {
  switch (kind) {
    case GatewayKind::kNginx: return {"nginx", "nginx-light", kNginx};
    case GatewayKind::kCaddy: return {"caddy", "caddy", kCaddy};
    case GatewayKind::kHaproxy: return {"haproxy", "haproxy", kHaproxy};
  }
  return {};
}

std::vector<std::string> CommandOf(GatewayKind kind, const std::string& program,
                                   const std::string& folder, const std::string& file) {
  switch (kind) {
    case GatewayKind::kNginx: return {program, "-p", folder, "-e", "error.log", "-c", file};
    case GatewayKind::kHaproxy: return {program, "-db", "-f", file};
    case GatewayKind::kCaddy:
      return {"env", "HOME=" + folder, "XDG_DATA_HOME=" + folder, "XDG_CONFIG_HOME=" + folder,
              // `env` becomes the program: the process id is Caddy's.
              program, "run", "--config", file, "--adapter", "caddyfile"};
  }
  return {};
}

// Servers are not on the PATH of every user. Empty if it is nowhere.
std::string FindProgram(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/local/sbin";
  while (!folders.empty()) {
    const std::string folder = folders.substr(0, folders.find(':'));
    folders.erase(0, folder.size() + 1);
    const std::string program = folder + "/" + name;
    if (!folder.empty() && access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

std::string Replace(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace

std::string NameOf(GatewayKind kind) { return RecipeOf(kind).name; }

Gateway::Gateway(GatewayKind kind, const GatewaySetup& setup) {
  const std::string program = FindProgram(RecipeOf(kind).name);
  if (program.empty()) {
    ADD_FAILURE() << RecipeOf(kind).name << " is not installed: it is in the Debian package "
                  << RecipeOf(kind).package;
    return;
  }
  // Between its choice and its use somebody else may take the port.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (Start(kind, setup, program)) return;
  }
  ADD_FAILURE() << program << " did not start:\n" << Log();
}

bool Gateway::Start(GatewayKind kind, const GatewaySetup& setup, const std::string& program) {
  const int port = FreePort();
  const std::string folder = folder_.path().string();
  const std::string file =
      WriteFile(folder + "/gateway.conf",
                Replace(RecipeOf(kind).configuration,
                        {{"@PORT@", std::to_string(port)},
                         {"@DECISION@", std::to_string(setup.decision_port)},
                         {"@PATH@", setup.decision_path},
                         {"@UPSTREAM@", std::to_string(setup.upstream_port)},
                         {"@LIMIT@", std::to_string(setup.decision_limit.count())},
                         {"@TOKEN@", kGatewayToken},
                         {"@SOURCE@", std::filesystem::absolute(THUJA_SOURCE_DIR).string()}}));
  process_ = std::make_unique<ChildProcess>(CommandOf(kind, program, folder, file),
                                            folder + "/gateway.log");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (process_->running() && std::chrono::steady_clock::now() < end) {
    if (!WaitForPort(port, std::chrono::milliseconds(100))) continue;
    // Somebody else may listen there, while the gateway is about to fail.
    if (!process_->running()) return false;
    port_ = port;
    return true;
  }
  return false;
}

Gateway::~Gateway() {
  if (!process_) return;
  process_->Signal(SIGTERM);
  process_->Wait(std::chrono::seconds(10));
}

std::string Gateway::Log() const { return process_ ? process_->Log() : ""; }

}  // namespace thuja::testing
