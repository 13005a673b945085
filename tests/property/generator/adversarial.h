// SPDX-License-Identifier: Apache-2.0
// Worlds built to be as bad as can be for the decision tree and for the entity store.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace thuja::generator {

struct AdversarialWorld {
  std::string name;      // words joined by `-`
  std::string policies;  // Cedar text
  std::string entities;  // JSON
  std::vector<std::string> requests;
};

// `size` is how many policies, links of a chain, parents or patterns there are.
std::vector<AdversarialWorld> MakeAdversarialWorlds(size_t size);

// `{"uid":...}` entities of a chain in which each has the next as its parent: `Node::"0"` is below
// all others.
std::string MakeChain(size_t length);

}  // namespace thuja::generator
