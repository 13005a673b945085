// SPDX-License-Identifier: Apache-2.0
// cpp-httplib in this process, nginx by a configuration written for it.
#include "bench/other_servers.h"

#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace thuja::bench {
namespace {

void Prepare(httplib::Server& server, size_t connections) {
  server.Post("/empty", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("{}", "application/json");
  });
  server.new_task_queue = [connections] { return new httplib::ThreadPool(connections); };
  server.set_keep_alive_max_count(SIZE_MAX);
  server.set_keep_alive_timeout(3600);
  server.set_tcp_nodelay(true);  // as the other servers do
}

// nginx cannot say which port it took. Whoever takes this one meanwhile makes nginx fail, which the
// benchmark reports.
uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

// Nothing is logged and no connection is ended, so that a request is all that costs. The folders
// are named because the default ones belong to root.
std::string NginxConfig(size_t threads, uint16_t port, const std::string& unix_path,
                        const std::string& folder) {
  std::ostringstream out;
  out << "daemon off;\n"
      << "worker_processes " << threads << ";\n"
      << "pid " << folder << "/nginx.pid;\n"
      << "error_log " << folder << "/nginx.log;\n"
      << "events { worker_connections 2048; }\n"
      << "http {\n"
      << "  access_log off;\n"
      << "  keepalive_requests 1000000000;\n"
      << "  keepalive_timeout 1h;\n"
      << "  default_type application/json;\n";
  for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    out << "  " << use << "_temp_path " << folder << "/" << use << ";\n";
  }
  out << "  server {\n"
      << "    listen 127.0.0.1:" << port << " reuseport;\n"
      << "    listen unix:" << unix_path << ";\n"
      << "    location = /empty { return 200 '{}'; }\n"
      << "  }\n"
      << "}\n";
  return out.str();
}

}  // namespace

void ServeHttplib(size_t connections, const std::string& unix_path,
                  const std::function<void(uint16_t)>& opened) {
  httplib::Server tcp;
  httplib::Server local;
  Prepare(tcp, connections);
  Prepare(local, connections);
  local.set_address_family(AF_UNIX);
  const int port = tcp.bind_to_any_port("127.0.0.1");
  // The port of a Unix socket has no meaning, but must not be 0.
  if (port > 0 && local.bind_to_port(unix_path, 80)) {
    std::thread second([&local] { local.listen_after_bind(); });
    opened(static_cast<uint16_t>(port));
    tcp.listen_after_bind();
    second.join();
  }
  std::fprintf(stderr, "http_bench: cpp-httplib cannot listen\n");
}

std::string FindNginx() {
  const char* path = std::getenv("PATH");
  // Debian keeps it where users who are not root do not look.
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string program = folder + "/nginx";
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

void ServeNginx(size_t threads, const std::string& unix_path, const std::string& folder,
                const std::function<void(uint16_t)>& opened) {
  const uint16_t port = FreePort();
  const std::string config = folder + "/nginx.conf";
  const std::string log = folder + "/nginx.log";
  std::ofstream(config) << NginxConfig(threads, port, unix_path, folder);
  opened(port);
  const std::string program = FindNginx();
  execl(program.c_str(), "nginx", "-p", folder.c_str(), "-e", log.c_str(), "-c", config.c_str(),
        nullptr);
  std::perror("http_bench: nginx");
}

}  // namespace thuja::bench
