// SPDX-License-Identifier: Apache-2.0
// Switches: one look-up that finds, among many tests of the same subject, those that hold.
//
// Each family has its index; all of them lead from a key to a run of branches, and a branch is a
// block of code. Tests that a request's value does not meet are never looked at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/tree/expression.h"
#include "engine/tree/lowering.h"
#include "engine/tree/pattern_index.h"

namespace thuja::tree {

struct Branch {
  uint32_t block = 0;  // where its code begins
  uint32_t stamp =
      kNoIndex;  // unless kNoIndex, several keys lead here and it must be entered only once
};

// A test of a switch and the code behind it.
struct Case {
  Test test;
  uint32_t block = 0;
};

struct Switch {
  Family family = Family::kNone;
  value::Type ordered = value::Type::kLong;  // of kRange
  uint32_t subject = 0;
  uint32_t first_rank = 0;  // of the policies below, all of which fail if the subject does
  uint32_t end_rank = 0;
  Run table;  // of buckets, intervals or, of kLike, one pattern index
  Run keys;   // of kIn: its symbols; of kInRange: its widths
};
// It lies among the words of the code.
static_assert(alignof(Switch) == alignof(uint32_t) && sizeof(Switch) % sizeof(uint32_t) == 0);

// The branches under a key; a count of 0 marks an empty bucket. One branch that needs no stamp, as
// most are, is in the bucket itself.
struct Bucket {
  static constexpr uint32_t kOneBlock = UINT32_MAX;

  uint32_t hash = 0;
  uint32_t key = 0;           // constant, or symbol
  uint32_t first_branch = 0;  // of kOneBlock: where its code begins
  uint32_t branch_count = 0;  // or kOneBlock
};

// A run of so many is looked through from its beginning; a longer one is halved first.
inline constexpr size_t kFewIntervals = 12;

// Sorted by low. `highest` is the highest bound in the half-open run of which this is the middle.
struct Interval {
  int64_t low = 0;
  int64_t high = 0;
  int64_t highest = 0;
  uint32_t block = 0;  // where its code begins
};

struct Width {
  bool is_v6 = false;
  uint8_t prefix = 0;
};

struct SwitchTables {
  std::vector<Bucket> buckets;
  std::vector<Branch> branches;
  std::vector<Interval> intervals;
  std::vector<uint32_t> symbols;
  std::vector<Width> widths;
  std::vector<PatternIndex> patterns;

  // Builds the index of a switch over these cases, all of one family and subject. `stamps` counts.
  void Build(std::span<const Case> cases, const Vocabulary& words, Switch& out, uint32_t* stamps);

  template <typename Each>
  void ForEachBranch(const Bucket& bucket, const Each& each) const {
    if (bucket.branch_count == Bucket::kOneBlock) return each(Branch{bucket.first_branch});
    for (uint32_t i = 0; i < bucket.branch_count; ++i) each(branches[bucket.first_branch + i]);
  }

  size_t bytes() const;

 private:
  struct Keyed {
    uint32_t key;
    uint32_t hash;
    Branch branch;
  };
  void BuildBuckets(std::vector<Keyed>& keyed, Switch& out);
  void BuildIntervals(std::span<const Case> cases, Switch& out);
  void BuildPatterns(std::span<const Case> cases, const Vocabulary& words, Switch& out,
                     uint32_t* stamps);
};

// What stands under a key; null if there is no such key. `same(key)` compares.
template <typename Same>
const Bucket* FindBucket(const SwitchTables& tables, const Switch& at, uint32_t hash,
                         const Same& same) {
  const Bucket* const buckets = tables.buckets.data() + at.table.first;
  const uint32_t mask = at.table.count - 1;
  for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
    const Bucket& bucket = buckets[i];
    if (bucket.branch_count == 0) return nullptr;
    if (bucket.hash == hash && same(bucket.key)) return &bucket;
  }
}

inline uint32_t HashSymbol(uint32_t symbol) {
  return static_cast<uint32_t>((symbol * uint64_t{0x9e3779b97f4a7c15}) >> 32);
}
inline uint32_t HashTypeName(std::string_view name) {
  return static_cast<uint32_t>(HashText(name));
}
inline uint32_t HashConstant(const value::Value& value) {
  return value.Is(value::Type::kString) ? HashTypeName(value.AsString())
                                        : static_cast<uint32_t>(HashValue(value));
}

// Calls `found(block)` for every interval that `point` is in.
template <typename Found>
void ForEachAround(std::span<const Interval> intervals, int64_t point, const Found& found) {
  while (intervals.size() > kFewIntervals) {
    const size_t middle = intervals.size() / 2;
    const Interval& interval = intervals[middle];
    if (interval.highest < point) return;
    const std::span<const Interval> lower = intervals.first(middle);
    if (lower[middle / 2].highest >= point) ForEachAround(lower, point, found);
    if (interval.low > point) return;
    if (interval.high >= point) found(interval.block);
    intervals = intervals.subspan(middle + 1);
  }
  for (const Interval& interval : intervals) {
    if (point < interval.low) return;
    if (point <= interval.high) found(interval.block);
  }
}

}  // namespace thuja::tree
