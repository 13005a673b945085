// SPDX-License-Identifier: Apache-2.0
// The query of a request, strictly: who misspells a filter must not be shown everything.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace thuja::server {

// Parameters by name, decoded.
class Query {
 public:
  // INVALID_ARGUMENT, with a sentence, for a parameter that is not in `known`, stands twice or has
  // no value, for a `+`, which some read as a space, and for what is no UTF-8 once it is decoded.
  static absl::StatusOr<Query> Parse(const HttpRequest& request,
                                     std::initializer_list<std::string_view> known);

  // Nothing if it is not there.
  std::optional<std::string> Find(std::string_view name) const;
  // A decimal number without signs and needless zeros; an error if it is something else or beyond
  // the bounds.
  absl::StatusOr<std::optional<uint64_t>> FindNumber(std::string_view name, uint64_t least,
                                                     uint64_t most) const;

 private:
  std::map<std::string, std::string, std::less<>> parameters_;
};

// Nothing unless all of it is a decimal number of 64 bits, without signs and needless zeros.
std::optional<uint64_t> ParseDecimal(std::string_view text);

}  // namespace thuja::server
