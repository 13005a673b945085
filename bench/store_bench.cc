// SPDX-License-Identifier: Apache-2.0
// How long until a change of grants is durable, how many are made in a second, and what do a
// million of them take?
//
//   store_bench FOLDER [GRANTS [CALLS]]
//
// The store over SQLite, in FOLDER, whose disk is what is measured. One caller, and 64 who each
// wait for their answer; then GRANTS (1,000,000) are issued, with a budget of CALLS each (0: none),
// and the store is stopped and opened anew. It is opened and stopped with no call of any grant
// made, with one of every tenth and with one of each; then everything is revoked. With 0 GRANTS
// those of the last time are there still.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/guard.h"
#include "server/store/grant_store.h"

namespace thuja::server {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::shared_ptr<const Snapshot> MakeClasses() {
  Diagnostics diagnostics;
  SnapshotBuilder builder;
  builder.SetEntities(*ReadEntities(std::make_shared<const SourceText>("store_bench", R"([
        {"uid": {"type": "Thuja::AgentClass", "id": "coder"},
         "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "1h"}}}, "parents": []}])"),
                                    diagnostics));
  return builder.Build();
}

std::shared_ptr<const grants::Scope> ScopeNumber(size_t number) {
  grants::Scope scope;
  scope.tools.push_back(
      {.tools = *grants::ScopePattern::Segments("server-" + std::to_string(number) + "/*")});
  return std::make_shared<const grants::Scope>(std::move(scope));
}

// A store, with all that it needs.
struct Bench {
  explicit Bench(const std::string& path, size_t budget) : calls(budget) {
    auto backend = OpenSqliteBackend(path);
    if (!backend.ok()) Fail(backend.status());
    auto opened = GrantStore::Open(
        *std::move(backend), {}, [this] { return classes; }, clock, log);
    if (!opened.ok()) Fail(opened.status());
    store = *std::move(opened);
  }

  [[noreturn]] static void Fail(const absl::Status& status) {
    std::cerr << "store_bench: " << status << "\n";
    std::exit(1);
  }

  Mutation Issue(size_t number) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kIssue;
    mutation.caller = "bench";
    mutation.issue.holder = {"Thuja::Agent", "agent-" + std::to_string(number % 10'000)};
    mutation.issue.agent_class = "coder";
    mutation.issue.purpose.task = "task-" + std::to_string(number);
    mutation.issue.scope = scopes[number % scopes.size()];
    if (calls > 0) mutation.issue.calls = calls;
    return mutation;
  }

  // One call of every `step`th grant.
  void Call(size_t step) {
    size_t number = 0;
    const auto view = *store->OpenView();
    for (grants::GrantId after;;) {
      const auto page = *view->List({}, {.after = after}, 10'000);
      for (const StoredGrant& stored : page) {
        if (number++ % step == 0) store->table().Find(stored.grant.id)->TakeCall();
      }
      if (page.empty()) return;
      after = page.back().grant.id;
    }
  }

  const size_t calls;
  std::shared_ptr<const Snapshot> classes = MakeClasses();
  std::vector<std::shared_ptr<const grants::Scope>> scopes = [] {
    std::vector<std::shared_ptr<const grants::Scope>> made;
    for (size_t i = 0; i < 100; ++i) made.push_back(ScopeNumber(i));
    return made;
  }();
  TrustedClock clock;
  OperationalLog log{LogLevel::kError, LogFormat::kText};
  std::unique_ptr<GrantStore> store;
};

void Report(const char* what, std::vector<double>& seconds, double all) {
  std::ranges::sort(seconds);
  const auto at = [&](double part) {
    return 1e6 * seconds[static_cast<size_t>(part * static_cast<double>(seconds.size() - 1))];
  };
  std::printf("| %s | %.0f | %.0f | %.0f |\n", what, at(0.5), at(0.99),
              static_cast<double>(seconds.size()) / all);
}

void MeasureCallers(Bench& bench, size_t callers, size_t each, const char* what) {
  std::vector<std::vector<double>> taken(callers);
  std::vector<std::thread> threads;
  const Clock::time_point begin = Clock::now();
  for (size_t caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      for (size_t i = 0; i < each; ++i) {
        const Clock::time_point asked = Clock::now();
        if (bench.store->Apply(bench.Issue(caller * each + i)).refusal) std::abort();
        taken[caller].push_back(Since(asked));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double all = Since(begin);
  std::vector<double> seconds;
  for (const std::vector<double>& one : taken)
    seconds.insert(seconds.end(), one.begin(), one.end());
  Report(what, seconds, all);
}

// As many as the queue takes at a time, without waiting for each.
void Fill(Bench& bench, size_t grants) {
  std::atomic<size_t> waiting = 0;
  for (size_t i = 0; i < grants; ++i) {
    while (waiting > 2000) std::this_thread::yield();
    ++waiting;
    bench.store->Submit(bench.Issue(i), [&](const MutationOutcome& outcome) {
      if (outcome.refusal) Bench::Fail(absl::InternalError(outcome.refusal->message));
      --waiting;
    });
  }
  while (waiting > 0) std::this_thread::yield();
}

void Stop(Bench& bench, const std::string& path, const char* when) {
  const Clock::time_point begin = Clock::now();
  bench.store->Stop();
  const double stopped = Since(begin);
  const auto log = std::filesystem::file_size(path + "-wal");
  bench.store.reset();
  std::printf("stopped in %.2f s %s, closed in %.2f s more; %.1f MB in the log, %.1f MB in all\n",
              stopped, when, Since(begin) - stopped, static_cast<double>(log) / 1e6,
              static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

void MeasureIssuing(const std::string& path, size_t grants, size_t calls) {
  for (const char* ending : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(path + ending);
  Bench bench(path, calls);
  std::cout << "| callers | p50 us | p99 us | mutations/s |\n| --- | ---: | ---: | ---: |\n";
  MeasureCallers(bench, 1, 2'000, "1");
  MeasureCallers(bench, 64, 500, "64");
  const Clock::time_point begin = Clock::now();
  Fill(bench, grants);
  std::printf("\n%zu grants issued in %.1f s\n", grants, Since(begin));
  Stop(bench, path, "after that");
}

int Run(const std::string& folder, size_t grants, size_t calls) {
  const std::string path = folder + "/store_bench.db";
  if (grants > 0) MeasureIssuing(path, grants, calls);
  for (const auto& [step, when] : {std::pair<size_t, const char*>{0, "with no call made"},
                                   {10, "with one call of every tenth"},
                                   {1, "with one call of each"}}) {
    const Clock::time_point begin = Clock::now();
    Bench bench(path, calls);
    std::printf("opened with %zu grants in %.2f s; the table takes %.1f bytes a grant\n",
                bench.store->grants(), Since(begin),
                static_cast<double>(bench.store->table().bytes()) /
                    static_cast<double>(bench.store->grants()));
    if (step > 0 && calls > 0) bench.Call(step);
    Stop(bench, path, when);
    if (calls == 0) break;
  }
  Bench bench(path, calls);
  Mutation everything;
  everything.kind = Mutation::Kind::kRevokeAll;
  everything.caller = "bench";
  const Clock::time_point begin = Clock::now();
  const MutationOutcome outcome = bench.store->Apply(everything);
  if (outcome.refusal) Bench::Fail(absl::InternalError(outcome.refusal->message));
  std::printf("%zu grants revoked in %.2f s\n", outcome.grants, Since(begin));
  Stop(bench, path, "after that");
  return 0;
}

}  // namespace
}  // namespace thuja::server

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc < 2) {
    std::cerr << "usage: store_bench FOLDER [GRANTS [CALLS]]\n";
    return 1;
  }
  const size_t grants = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  const size_t calls = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  return thuja::server::Run(argv[1], grants, calls);
}
