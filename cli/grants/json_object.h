// SPDX-License-Identifier: Apache-2.0
// A JSON object that is put together member by member, in the order in which they came.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/json.h"

namespace thuja::cli {

class JsonObject {
 public:
  JsonObject() = default;
  // The members of an object that was read. REQUIRES: `json` is one.
  explicit JsonObject(const Json& json);

  // In the place of the member of this name, or at the end. `json` is any JSON text.
  void Set(std::string_view key, std::string json);
  void SetText(std::string_view key, std::string_view text) { Set(key, QuoteJson(text)); }
  void Remove(std::string_view key);

  bool Has(std::string_view key) const;

  std::string ToString() const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;  // name and JSON
};

// `[a,b]` of JSON texts.
std::string JsonArray(const std::vector<std::string>& elements);

}  // namespace thuja::cli
