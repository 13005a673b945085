// SPDX-License-Identifier: Apache-2.0
// Starting, watching and ending of child processes.
#include "tests/support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "tests/support/run_program.h"

namespace thuja::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool Poll(std::chrono::milliseconds limit, const std::function<bool()>& done) {
  const Clock::time_point end = Clock::now() + limit;
  while (!done()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The port behind `listener=NAME address=127.0.0.1:` in a log; 0 if it is not there.
int PortOf(const std::string& log, const std::string& listener) {
  const std::string key = "listener=" + listener + " address=127.0.0.1:";
  const size_t at = log.find(key);
  return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + key.size());
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::string& log,
                           const std::string& out)
    : log_(log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (out.empty()) {
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
  } else {
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  std::vector<std::string> copy = words;
  std::vector<char*> pointers;
  for (std::string& word : copy) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  if (posix_spawnp(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ) != 0) {
    ADD_FAILURE() << words[0] << " could not be started";
    pid_ = -1;
    ended_ = true;
  }
  posix_spawn_file_actions_destroy(&actions);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  Signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool ChildProcess::running() {
  if (ended_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  ended_ = true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return false;
}

void ChildProcess::Signal(int signal) const {
  if (pid_ > 0 && !ended_) kill(pid_, signal);
}

int ChildProcess::Wait(std::chrono::milliseconds limit) {
  return Poll(limit, [this] { return !running(); }) ? status_ : -1;
}

std::string ChildProcess::Log() const { return ReadFile(log_); }

ServerProcess::ServerProcess(const std::string& yaml, const Files& files) {
  std::string config = yaml;
  if (config.find("\nlisten:") == std::string::npos) config += "\nlisten: 127.0.0.1:0\n";
  if (config.find("\nadmin:") == std::string::npos) config += "\nadmin: {listen: 127.0.0.1:0}\n";
  for (const auto& [name, text] : files) WriteFile(Path(name), text);
  WriteFile(Path("thuja.yaml"), config);
  Restart();
}

void ServerProcess::Restart(const std::vector<std::string>& environment,
                            const std::vector<std::string>& arguments) {
  log_begin_ = ReadFile(Path("server.log")).size();
  std::vector<std::string> words;
  if (!environment.empty()) words.push_back("env");
  words.insert(words.end(), environment.begin(), environment.end());
  for (const std::string& word : {std::string(THUJA_PROGRAM), std::string("serve"),
                                  std::string("--config"), Path("thuja.yaml")}) {
    words.push_back(word);
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  process_ = std::make_unique<ChildProcess>(words, Path("server.log"), Path("server.out"));
  // `ready` is logged once all listeners are open.
  const auto ready = [this] {
    return LastLog().find(" ready") != std::string::npos || !process_->running();
  };
  Poll(std::chrono::seconds(60), ready);
  const std::string log = LastLog();
  if (log.find(" ready") == std::string::npos) {
    ADD_FAILURE() << "the server did not start:\n" << log;
  }
  port_ = PortOf(log, "decision");
  admin_port_ = PortOf(log, "admin");
}

std::string ServerProcess::LastLog() const { return Log().substr(log_begin_); }

bool ServerProcess::WaitForLog(const std::string& text, int times,
                               std::chrono::milliseconds limit) const {
  return Poll(limit,
              [&] {
                return Count(Log(), text) >= static_cast<size_t>(times) || !process_->running();
              }) &&
         Count(Log(), text) >= static_cast<size_t>(times);
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

bool WaitForPort(int port, std::chrono::milliseconds limit) {
  return Poll(limit, [port] {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(port);
    const bool connected =
        connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    return connected;
  });
}

}  // namespace thuja::testing
