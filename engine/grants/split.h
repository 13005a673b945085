// SPDX-License-Identifier: Apache-2.0
// The parts of a text between separators: segments of a path, labels of a host, groups of an
// address. Nothing is copied, and an empty part is a part, for the caller to refuse.
#pragma once

#include <cstddef>
#include <string_view>

namespace thuja::grants {

// Gives one part after the other; a text without the separator is one part. Lifetime: the text is
// the caller's.
class Split {
 public:
  Split(std::string_view text, char separator) : rest_(text), separator_(separator) {}

  bool Done() const { return done_; }

  // REQUIRES: not Done().
  std::string_view Next() {
    const size_t end = rest_.find(separator_);
    const std::string_view part = rest_.substr(0, end);
    done_ = end == std::string_view::npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return part;
  }

 private:
  std::string_view rest_;
  char separator_;
  bool done_ = false;
};

}  // namespace thuja::grants
