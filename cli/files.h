// SPDX-License-Identifier: Apache-2.0
// Files and folders as source texts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/diagnostics.h"

namespace thuja::cli {

// The file's text; `-` is standard input. Says on standard error what is wrong and returns null
// then: the file cannot be read, or is larger than kMaxSourceBytes.
std::shared_ptr<const SourceText> ReadSource(const std::string& path);

// The policy texts that the paths name: a file, a folder (its `.cedar` files at any depth, in byte
// order of their paths) or `-`. Nothing, with a message, if a path cannot be read or a folder holds
// no policy.
std::optional<std::vector<std::shared_ptr<const SourceText>>> ReadPolicySources(
    const std::vector<std::string>& paths);

}  // namespace thuja::cli
