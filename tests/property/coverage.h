// SPDX-License-Identifier: Apache-2.0
// What the generated worlds reached: a count for every operator, function, error and form.
//
// An expression counts if its policy's scope fitted a request, so that its conditions were asked;
// one that stands in a policy which no request reaches proves nothing.
#pragma once

#include <map>
#include <string>

#include "engine/decide.h"

namespace thuja::generator {

class Coverage {
 public:
  // All rows at zero.
  Coverage();

  // Adds what one request reached in a snapshot.
  void Add(const Snapshot& snapshot, const Request& request, const Decision& decision);

  // Rows with their counts, one a line.
  std::string ToString() const;

  // The rows that were never reached, joined by spaces.
  std::string Missing() const;

 private:
  void AddPolicy(const lang::BoundPolicy& policy);
  void Count(const std::string& row);

  std::map<std::string, size_t> counts_;
};

}  // namespace thuja::generator
