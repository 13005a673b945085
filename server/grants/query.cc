// SPDX-License-Identifier: Apache-2.0
// Splitting and decoding queries.
//
// Tested by tests/grants_api/query_test.cc.
#include "server/grants/query.h"

#include <algorithm>
#include <charconv>

#include "engine/diagnostics.h"

namespace thuja::server {
namespace {

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

// The value of two hexadecimal digits; negative if they are none.
int ByteOf(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool good = digits.size() == 2 && error == std::errc() && end == digits.data() + 2;
  return good ? static_cast<int>(value) : -1;
}

std::optional<std::string> Decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') return std::nullopt;
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int byte = ByteOf(text.substr(i + 1, 2));
    if (byte < 0) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  if (!IsValidUtf8(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

absl::StatusOr<Query> Query::Parse(const HttpRequest& request,
                                   std::initializer_list<std::string_view> known) {
  Query query;
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const size_t equal = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equal);
    if (std::ranges::find(known, name) == known.end()) {
      return Invalid("the query has a parameter " + Quote(name) + ", which is not known here");
    }
    auto value = Decode(part.substr(std::min(equal + 1, part.size())));
    if (!value) {
      return Invalid("the parameter " + Quote(name) +
                     " is not encoded right; write `%20` for a space and `%2B` for `+`");
    }
    if (value->empty()) return Invalid("the parameter " + Quote(name) + " has no value");
    if (!query.parameters_.emplace(name, *std::move(value)).second) {
      return Invalid("the parameter " + Quote(name) + " stands twice");
    }
  }
  return query;
}

std::optional<std::string> Query::Find(std::string_view name) const {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::optional<uint64_t>> Query::FindNumber(std::string_view name, uint64_t least,
                                                          uint64_t most) const {
  const auto text = Find(name);
  if (!text) return std::nullopt;
  const auto number = ParseDecimal(*text);
  if (number && *number >= least && *number <= most) return number;
  return Invalid("the parameter " + Quote(name) + " has to be a number from " +
                 std::to_string(least) + " to " + std::to_string(most));
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return number;
}

}  // namespace thuja::server
