// SPDX-License-Identifier: Apache-2.0
// Other programs that tests need running: `thuja serve`, gateways. Each is stopped by its own
// process id, whatever way the test ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/shared_material.h"

namespace thuja::testing {

// A child process, its standard output and error going to files.
class ChildProcess {
 public:
  // The words of the command; the first is found on the PATH. Output goes to `log`, both streams,
  // unless `out` names another file for standard output.
  ChildProcess(const std::vector<std::string>& words, const std::string& log,
               const std::string& out = "");
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void Signal(int signal) const;
  // The exit status; -1 if a signal ended it or the time is over.
  int Wait(std::chrono::milliseconds limit = std::chrono::seconds(20));
  std::string Log() const;

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
  std::string log_;
};

// `thuja serve --config`, over files in a folder of its own.
class ServerProcess {
 public:
  using Files = std::map<std::string, std::string>;  // name in the folder -> text

  // Writes the files and `thuja.yaml` into a new folder and starts the server there. What the YAML
  // leaves out of `listen` and `admin` is loopback with a free port. Waits until it listens;
  // fails the test, with the server's log, if it does not.
  ServerProcess(const std::string& yaml, const Files& files);

  // Starts it anew over the same files, with `environment` (`NAME=value`) added and `arguments` at
  // the end of the command. REQUIRES: it has ended.
  void Restart(const std::vector<std::string>& environment = {},
               const std::vector<std::string>& arguments = {});

  // Ports of the first TCP listener of each kind; 0 if there is none.
  int port() const { return port_; }
  int admin_port() const { return admin_port_; }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  ChildProcess& process() { return *process_; }
  std::string Log() const { return process_->Log(); }

  // Waits until the log holds the text, at least `times` times.
  bool WaitForLog(const std::string& text, int times = 1,
                  std::chrono::milliseconds limit = std::chrono::seconds(20)) const;

 private:
  // The lines of the log that the last start wrote.
  std::string LastLog() const;

  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
  size_t log_begin_ = 0;  // bytes of the log before the last start
  int port_ = 0;
  int admin_port_ = 0;
};

// A TCP port of the loopback that nobody listens on now.
int FreePort();

// True once somebody accepts connections there.
bool WaitForPort(int port, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace thuja::testing
