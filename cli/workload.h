// SPDX-License-Identifier: Apache-2.0
// A folder with policies, entities, requests and the answers they must get: `policies.cedar`,
// `links.json` (optional), `entities.json`, `requests.json` (an array of requests) and
// `expected.json` (an array of `{"decision", "reason", "errors"}` in the same order, or an object
// whose `decisions` has a letter for each, `A` or `D`).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/load.h"
#include "engine/decide.h"
#include "engine/json.h"

namespace thuja::cli {

struct Workload {
  std::string name;  // of the folder
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<Request> requests;
  std::vector<std::shared_ptr<const SourceText>> texts;  // of the requests, each by itself
  std::shared_ptr<const JsonDocument> expected;          // may be null
};

// Null, with what is wrong on standard error, if the file cannot be read or is no JSON.
std::shared_ptr<const JsonDocument> LoadJson(const std::string& path);

// Adds the requests of a JSON array. False, with what is wrong on standard error, if the file
// cannot be read or has none.
bool LoadRequests(const std::string& path, Workload* workload);

// The files of a workload's folder that make a snapshot.
SnapshotPaths WorkloadPaths(const std::string& folder);

// Null, with what is wrong on standard error, if the folder cannot be read. `expected` names the
// file of answers; empty means `expected.json` of the folder.
std::unique_ptr<const Workload> LoadWorkload(const std::string& folder,
                                             const std::string& expected = "");

// Decides every request and compares. REQUIRES: there are expected answers. An empty text means
// that all answers were as expected; otherwise it names the first request that differs.
std::string FindWrongAnswer(const Workload& workload);

}  // namespace thuja::cli
