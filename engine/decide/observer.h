// SPDX-License-Identifier: Apache-2.0
// What can be written down of a run of the evaluator, and who writes it.
//
// The evaluator is compiled twice: with Unwatched, of which nothing is left, and with Watch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/decide/decision.h"

namespace thuja::decide {

// How often each instruction of a program was reached, by its place in the code.
struct Trace {
  std::vector<uint64_t> reached;
};

// Where the policies of one decision stopped.
struct Course {
  // The policies with these ranks came no further than one instruction of the program, unless
  // another stop of greater depth has them too, or they are satisfied.
  struct Stop {
    uint32_t first_rank = 0;
    uint32_t end_rank = 0;
    uint32_t depth = 0;  // how many tests and switches above it held
  };

  std::vector<Stop> stops;
  std::vector<PolicyIndex> satisfied;
};

// What to write down of a decision. Writing allocates.
struct Observer {
  Trace* trace = nullptr;    // added to
  Course* course = nullptr;  // made anew

  bool any() const { return trace != nullptr || course != nullptr; }
};

struct Unwatched {
  void Start(size_t /*waiting*/) {}
  void Reach(uint32_t /*at*/) {}
  void Satisfy(PolicyIndex /*policy*/) {}
  void Hold(uint32_t /*until*/) {}
  void Stop(uint32_t /*first_rank*/, uint32_t /*end_rank*/) {}
  void Wait(size_t /*waiting*/) {}
};

// Knows how deep in the tree the run is: a block as deep as the switch that led to it and one
// more, an instruction as deep as its block and the tests around it.
class Watch {
 public:
  Watch(const Observer& observer, size_t code) : observer_(observer) {
    if (observer.trace != nullptr) observer.trace->reached.resize(code);
    if (observer.course != nullptr) *observer.course = {};
  }

  // A block is taken from the end of those that wait; so many are left.
  void Start(size_t waiting) {
    block_depth_ = waiting < depths_.size() ? depths_[waiting] : 0;
    depths_.resize(waiting);
    tests_.clear();
  }
  void Reach(uint32_t at) {
    if (observer_.trace != nullptr) ++observer_.trace->reached[at];
    while (!tests_.empty() && tests_.back() <= at) tests_.pop_back();
  }
  void Satisfy(PolicyIndex policy) {
    if (observer_.course != nullptr) observer_.course->satisfied.push_back(policy);
  }
  // A test held, and what stands below it ends there.
  void Hold(uint32_t until) { tests_.push_back(until); }
  void Stop(uint32_t first_rank, uint32_t end_rank) {
    if (observer_.course != nullptr) {
      observer_.course->stops.push_back({first_rank, end_rank, depth()});
    }
  }
  // A switch has led to all blocks that wait beyond those that did.
  void Wait(size_t waiting) { depths_.resize(waiting, depth() + 1); }

 private:
  uint32_t depth() const { return block_depth_ + static_cast<uint32_t>(tests_.size()); }

  const Observer observer_;
  uint32_t block_depth_ = 0;
  std::vector<uint32_t> depths_;  // of the blocks that wait
  std::vector<uint32_t> tests_;   // where those around this instruction end
};

}  // namespace thuja::decide
