// SPDX-License-Identifier: Apache-2.0
// All files that a snapshot is made of, read as one unit.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/policies.h"

namespace thuja::server {

struct BundlePaths {
  std::vector<std::string> policies;  // files and folders
  std::string entities;               // empty: none
  std::string links;                  // empty: none
  PolicyIds ids = PolicyIds::kPosition;
};

struct BundleFile {
  std::string name;  // as configured; within a folder, with the path from there
  std::shared_ptr<const SourceText> source;
};

struct Bundle {
  std::vector<BundleFile> policies;
  std::vector<BundleFile> entities;  // one at most
  std::vector<BundleFile> links;     // one at most
  std::string digest;                // SHA-256 over names, sizes and texts

  std::vector<const BundleFile*> AllFiles() const;
};

// Cheap to compute and different whenever a file was touched: names, sizes, times, inodes. What
// cannot be looked at has a signature too.
std::string BundleSignature(const BundlePaths& paths);

// Reads everything once. Folders that are reached through links are resolved first, so that all
// files of one folder come from one place even if the link is swapped meanwhile.
absl::StatusOr<Bundle> ReadBundle(const BundlePaths& paths);

// Reads until two reads `settle` apart agree and nobody has a file open for writing; gives up after
// `patience`, or when `stopped` says so.
absl::StatusOr<Bundle> ReadSettledBundle(const BundlePaths& paths, std::chrono::milliseconds settle,
                                         std::chrono::milliseconds patience,
                                         const std::function<bool()>& stopped);

// Why the change from one bundle to the next looks like an accident rather than a wish: a file that
// is gone, a file that lost its end. OK if it does not.
absl::Status CheckNothingLost(const Bundle& before, const Bundle& after);

// `text` as an error that Abseil's own string_view can take.
absl::Status FailedPrecondition(const std::string& text);

}  // namespace thuja::server
