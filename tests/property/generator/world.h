// SPDX-License-Identifier: Apache-2.0
// A generated policy set with its entities and requests: what a property is tried on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/decide.h"

namespace thuja::generator {

struct World {
  uint64_t seed = 0;
  std::vector<std::string> policies;  // texts, one policy or template each
  std::string links;
  std::string entities;
  std::vector<std::string> requests;

  // All of it as text, for a person who wants to see a failure again.
  std::string ToString() const;
};

// 1 to 200 policies and 20 requests or more; the same seed makes the same world.
World MakeWorld(uint64_t seed);

// The parts as the engine has them. A part that is refused is a bug of the generator and fails the
// test that asked.
std::shared_ptr<const Snapshot> MakeSnapshot(const World& world);
std::shared_ptr<const Snapshot> MakeSnapshot(const World& world,
                                             const std::vector<std::string>& policies);
// The snapshot of the world, reached in several updates of its entities.
std::shared_ptr<const Snapshot> MakeGrownSnapshot(const World& world);
Request MakeRequest(const std::string& json);

// Decision, reason code, and the ids of reasons and errors (with their kinds) in order of id.
std::string Canonical(const Snapshot& snapshot, const Decision& decision);

}  // namespace thuja::generator
