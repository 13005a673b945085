// SPDX-License-Identifier: Apache-2.0
// What does one decision over HTTP cost, and how much of that is HTTP?
//
// Contenders, all asked by the same closed loop over keep-alive connections:
//   authzen               one AuthZEN evaluation, decision records off
//   authzen-with-records  the same, each decision recorded in a file
//   authzen-guarded       the like, under a grant three levels deep
//   forward-auth          the same decision as nginx's auth_request asks it
//   empty                 a handler of the same listener that does nothing
//   cpp-httplib           a handler that does nothing (it has a thread for each connection)
//   nginx                 `return 200`
//
// The servers are child processes. `CPU us/request` is the processor time of all threads of the
// server, user and kernel; the client's is not in it, and neither is what the kernel does for the
// client, such as delivering over loopback what it sends. Within a repetition the contenders take
// turns at each measurement, so that whatever else the machine does meets all of them; the report
// holds medians over the repetitions. Every answer is compared with the one expected, and nothing
// is timed before each contender has answered right.
//
// Nothing here passes or fails by time. Flags: --requests N (of one measurement), --repetitions N,
// --threads N (of the servers), --policies N (more of them, which concern others), --only TEXT
// (names such as `empty/tcp/16` that hold it). Words that are no flags, and flags of Google
// Benchmark, are for the other programs of `./dev bench`.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/contenders.h"
#include "bench/http_workload.h"
#include "bench/load_client.h"

namespace thuja::bench {
namespace {

constexpr std::array<size_t, 4> kConnections = {1, 16, 64, 256};

struct Flags {
  size_t requests = 20'000;
  size_t repetitions = 3;
  size_t threads = 1;
  size_t policies = 0;  // besides those of http_bench.cedar
  std::string only;
};

// Nothing, with a message, if a flag is wrong.
std::optional<Flags> ReadFlags(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (!name.starts_with("--") || name.starts_with("--benchmark")) continue;
    std::optional<std::string_view> value;
    if (const size_t equals = name.find('='); equals != std::string_view::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    size_t* number = name == "--requests"      ? &flags.requests
                     : name == "--repetitions" ? &flags.repetitions
                     : name == "--threads"     ? &flags.threads
                     : name == "--policies"    ? &flags.policies
                                               : nullptr;
    bool read = false;
    if (number != nullptr && value) {
      const char* end = value->data() + value->size();
      const auto [stopped, error] = std::from_chars(value->data(), end, *number);
      read = error == std::errc() && stopped == end && *number > 0;
    } else if (name == "--only" && value) {
      flags.only = *value;
      read = true;
    }
    if (!read) {
      std::fprintf(stderr,
                   "http_bench: `%s` is no flag or has no good value; flags: --requests N "
                   "--repetitions N --threads N --policies N --only TEXT\n",
                   argv[i]);
      return std::nullopt;
    }
  }
  return flags;
}

// One line of the report.
struct Cell {
  const Contender* contender = nullptr;
  bool is_unix = false;
  size_t connections = 0;
  std::vector<double> cpu_us, requests_per_second, p50_us, p99_us;  // one for each repetition

  std::string transport() const { return is_unix ? "unix" : "tcp"; }
  std::string name() const {
    return contender->name + "/" + transport() + "/" + std::to_string(connections);
  }
};

std::vector<Cell> MakeCells(const std::vector<Contender>& contenders, const std::string& only) {
  std::vector<Cell> cells;
  for (const bool is_unix : {false, true}) {
    for (const size_t connections : kConnections) {
      for (const Contender& contender : contenders) {
        Cell cell{&contender, is_unix, connections, {}, {}, {}, {}};
        if (cell.name().find(only) != std::string::npos) cells.push_back(std::move(cell));
      }
    }
  }
  return cells;
}

absl::Status AwaitRecords(const Contender& contender, size_t requests) {
  return contender.records == nullptr ? absl::OkStatus() : contender.records->Await(requests);
}

// Runs, and waits for the records that are due.
absl::StatusOr<LoadResult> RunWhole(const Contender& contender, LoadClient& client,
                                    size_t requests) {
  absl::StatusOr<LoadResult> result = client.Run(requests);
  if (!result.ok()) return result;
  if (absl::Status status = AwaitRecords(contender, requests); !status.ok()) return status;
  return result;
}

// One request on each connection of the cell; with `cell` null nothing is kept.
absl::Status Measure(Cell& cell, size_t requests, size_t warm_up, bool keep) {
  const Contender& contender = *cell.contender;
  absl::StatusOr<std::unique_ptr<LoadClient>> client = LoadClient::Connect(
      cell.is_unix ? contender.local : contender.tcp, contender.exchange, cell.connections);
  if (!client.ok()) return client.status();
  const absl::StatusOr<LoadResult> warm = RunWhole(contender, **client, warm_up);
  if (!warm.ok() || !keep) return warm.status();

  const absl::StatusOr<double> before = contender.server->CpuSeconds();
  const absl::StatusOr<LoadResult> result = RunWhole(contender, **client, requests);
  const absl::StatusOr<double> after = contender.server->CpuSeconds();
  if (!result.ok()) return result.status();
  if (!before.ok()) return before.status();
  if (!after.ok()) return after.status();
  const auto count = static_cast<double>(requests);
  cell.cpu_us.push_back((*after - *before) * 1e6 / count);
  cell.requests_per_second.push_back(count / result->seconds);
  cell.p50_us.push_back(result->p50_us);
  cell.p99_us.push_back(result->p99_us);
  return absl::OkStatus();
}

// False, with a message, if anything was answered wrong.
bool MeasureAll(std::vector<Cell>& cells, const Flags& flags) {
  // Round 0 times nothing: it asks everybody once on each connection.
  for (size_t round = 0; round <= flags.repetitions; ++round) {
    if (round > 0) std::fprintf(stderr, "repetition %zu of %zu\n", round, flags.repetitions);
    for (Cell& cell : cells) {
      if (cell.contender->server == nullptr) continue;
      const size_t warm_up =
          round == 0 ? cell.connections : std::max(cell.connections, flags.requests / 10);
      const absl::Status status = Measure(cell, flags.requests, warm_up, round > 0);
      if (status.ok()) continue;
      std::fprintf(stderr, "http_bench: %s: %s\n", cell.name().c_str(),
                   std::string(status.message()).c_str());
      return false;
    }
  }
  return true;
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void PrintTable(std::vector<Cell> cells) {
  // Measured in turns, read by contender.
  std::ranges::stable_sort(cells, std::less(), &Cell::contender);
  std::printf(
      "| contender | transport | connections | CPU µs/request | requests/s | p50 µs | p99 µs |\n"
      "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
  const Contender* absent = nullptr;
  for (const Cell& cell : cells) {
    if (!cell.cpu_us.empty()) {
      std::printf("| %s | %s | %zu | %.1f | %.0f | %.0f | %.0f |\n", cell.contender->name.c_str(),
                  cell.transport().c_str(), cell.connections, Median(cell.cpu_us),
                  Median(cell.requests_per_second), Median(cell.p50_us), Median(cell.p99_us));
    } else if (absent != cell.contender) {
      absent = cell.contender;
      std::printf("| %s | %s | | | | | |\n", absent->name.c_str(), absent->absent.c_str());
    }
  }
}

void PrintDecisionShare(const std::vector<Cell>& cells, double decide_us) {
  std::printf("\nDeciding takes %.2f µs, measured alone", decide_us);
  double least = 0;
  double most = 0;
  for (const Cell& cell : cells) {
    if (cell.contender->name != "authzen" || cell.cpu_us.empty()) continue;
    const double share = 100 * decide_us / Median(cell.cpu_us);
    least = least == 0 ? share : std::min(least, share);
    most = std::max(most, share);
  }
  if (most > 0) std::printf(": %.1f to %.1f %% of the processor time of `authzen`", least, most);
  std::printf(".\n");
}

void PrintFacts(const std::vector<Contender>& contenders, const Flags& flags, double load) {
  utsname system{};
  uname(&system);
  std::printf(
      "%u cores, %s %s, load average %.1f at the start; %zu server threads (cpp-httplib: one for "
      "each connection), %zu requests a measurement, medians of %zu repetitions.\n",
      std::thread::hardware_concurrency(), system.sysname, system.release, load, flags.threads,
      flags.requests, flags.repetitions);
  for (const Contender& contender : contenders) {
    if (contender.records == nullptr || contender.records->dropped() == 0) continue;
    std::printf("%s dropped %llu records: its cost is understated.\n", contender.name.c_str(),
                static_cast<unsigned long long>(contender.records->dropped()));
  }
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "http_bench: %s\n", std::string(status.message()).c_str());
  return 1;
}

int Run(const Flags& flags, const std::string& folder) {
  double load = 0;
  getloadavg(&load, 1);
  std::string more;
  if (flags.policies > 0) {
    more = folder + "/more.cedar";
    if (absl::Status status = WriteMorePolicies(flags.policies, more); !status.ok()) {
      return Fail(status);
    }
  }
  // The servers come first, while this process has nothing that a fork would copy.
  const absl::StatusOr<std::vector<Contender>> contenders =
      StartContenders(flags.threads, more, kConnections.back(), folder);
  if (!contenders.ok()) return Fail(contenders.status());
  const absl::StatusOr<double> decide_us = DecideMicroseconds(more);
  if (!decide_us.ok()) return Fail(decide_us.status());
  std::vector<Cell> cells = MakeCells(*contenders, flags.only);
  if (!MeasureAll(cells, flags)) return 1;
  PrintTable(cells);
  PrintDecisionShare(cells, *decide_us);
  PrintFacts(*contenders, flags, load);
  return 0;
}

}  // namespace
}  // namespace thuja::bench

int main(int argc, char** argv) {
  const std::optional<thuja::bench::Flags> flags = thuja::bench::ReadFlags(argc, argv);
  if (!flags) return 2;
  std::string folder =
      (std::filesystem::temp_directory_path() / "thuja-http-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("http_bench: a folder for sockets and records");
    return 1;
  }
  const int status = thuja::bench::Run(*flags, folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return status;
}
