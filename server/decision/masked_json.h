// SPDX-License-Identifier: Apache-2.0
// Values as JSON for the decision log, secrets replaced.
//
// Which values are secrets is told by their keys: a key that holds one of the words, in any case,
// masks everything below it. What cannot be written in full is written as `"<redacted>"`: the log
// never loses a record to its masking.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/entities.h"

namespace thuja::server {

class Masker {
 public:
  // The words of docs/configuration.md, and `more`.
  explicit Masker(const std::vector<std::string>& more);

  // Appends the value as JSON, in the form in which Cedar reads values. Appends `"<redacted>"` if
  // it would take more than `most` bytes.
  void Append(const Value& value, size_t most, std::string* out) const;

  bool IsSecret(std::string_view key) const;

 private:
  bool AppendValue(const Value& value, size_t end, std::string* out) const;

  std::vector<std::string> words_;  // lower case
};

// `text` as a JSON string appended to `out`, quotes and all.
void AppendQuoted(std::string_view text, std::string* out);

// `Type::"id"` as a JSON string.
void AppendQuotedUid(const EntityUidView& uid, std::string* out);

}  // namespace thuja::server
