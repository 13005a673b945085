// SPDX-License-Identifier: Apache-2.0
// Building of the indexes.
//
// Tested by tests/unit/tree/switches_test.cc and tests/property/agreement_test.cc.
#include "engine/tree/switches.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace thuja::tree {
namespace {

using value::IpAddress;
using value::Type;
using value::Value;

// Fills `highest` of every middle and returns that of the whole run.
int64_t FillHighest(std::span<Interval> intervals) {
  if (intervals.empty()) return std::numeric_limits<int64_t>::min();
  const size_t middle = intervals.size() / 2;
  const int64_t below = FillHighest(intervals.first(middle));
  const int64_t above = FillHighest(intervals.subspan(middle + 1));
  Interval& interval = intervals[middle];
  interval.highest = std::max({interval.high, below, above});
  return interval.highest;
}

}  // namespace

void SwitchTables::Build(std::span<const Case> cases, const Vocabulary& words, Switch& out,
                         uint32_t* stamps) {
  if (out.family == Family::kRange) return BuildIntervals(cases, out);
  if (out.family == Family::kLike) return BuildPatterns(cases, words, out, stamps);
  std::vector<Keyed> keyed;
  const auto add = [&](uint32_t key, uint32_t hash, const Branch& branch) {
    keyed.push_back({key, hash, branch});
  };
  const auto stamped = [&](uint32_t block, size_t keys) {
    return Branch{block, keys > 1 ? (*stamps)++ : kNoIndex};
  };
  for (const Case& one : cases) {
    const Test& test = one.test;
    const Expression& node = words.expressions[test.expression];
    switch (test.family) {
      case Family::kSymbol: add(test.key, HashSymbol(test.key), {one.block}); break;
      case Family::kIn: {
        const std::span<const uint32_t> list = words.Symbols(test.key);
        const Branch branch = stamped(one.block, list.size());
        for (const uint32_t symbol : list) add(symbol, HashSymbol(symbol), branch);
        break;
      }
      case Family::kIs: add(test.key, HashTypeName(words.names[test.key]), {one.block}); break;
      case Family::kInRange:
        add(test.key, HashConstant(words.constants[test.key]), {one.block});
        break;
      default: {
        const Value& constant = words.constants[test.key];
        const bool is_set = node.op == Op::kContainsAny || node.op == Op::kContainsAll ||
                            (node.op == Op::kContains && test.family == Family::kEqual);
        if (!is_set) {
          add(test.key, HashConstant(constant), {one.block});
        } else if (node.op == Op::kContainsAll) {
          // Any one element finds the test, which is then evaluated as a whole.
          const uint32_t element = words.Elements(test.key).front();
          add(element, HashConstant(words.constants[element]), {one.block});
        } else {
          const std::span<const uint32_t> elements = words.Elements(test.key);
          const Branch branch = stamped(one.block, elements.size());
          for (const uint32_t element : elements) {
            add(element, HashConstant(words.constants[element]), branch);
          }
        }
      }
    }
  }
  if (out.family == Family::kIn) {
    out.keys.first = static_cast<uint32_t>(symbols.size());
    for (const Keyed& one : keyed) symbols.push_back(one.key);
    const auto begin = symbols.begin() + out.keys.first;
    std::sort(begin, symbols.end());
    symbols.erase(std::unique(begin, symbols.end()), symbols.end());
    out.keys.count = static_cast<uint32_t>(symbols.size()) - out.keys.first;
  }
  if (out.family == Family::kInRange) {
    out.keys.first = static_cast<uint32_t>(widths.size());
    for (const Case& one : cases) {
      const IpAddress& range = words.constants[one.test.key].AsIpaddr();
      const auto known =
          std::find_if(widths.begin() + out.keys.first, widths.end(), [&range](const Width& width) {
            return width.is_v6 == range.is_v6 && width.prefix == range.prefix;
          });
      if (known == widths.end()) widths.push_back({range.is_v6, range.prefix});
    }
    out.keys.count = static_cast<uint32_t>(widths.size()) - out.keys.first;
  }
  BuildBuckets(keyed, out);
}

void SwitchTables::BuildBuckets(std::vector<Keyed>& keyed, Switch& out) {
  const auto same_key = [](const Keyed& a, const Keyed& b) {
    return a.hash == b.hash && a.key == b.key;
  };
  std::ranges::stable_sort(keyed, [](const Keyed& a, const Keyed& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.key < b.key;
  });
  size_t distinct = 0;
  for (size_t i = 0; i < keyed.size(); ++i) {
    distinct += i == 0 || !same_key(keyed[i], keyed[i - 1]);
  }
  const auto size = static_cast<uint32_t>(std::bit_ceil(2 * distinct + 1));
  out.table = {static_cast<uint32_t>(buckets.size()), size};
  buckets.resize(buckets.size() + size);
  for (size_t i = 0; i < keyed.size();) {
    size_t end = i + 1;
    while (end < keyed.size() && same_key(keyed[end], keyed[i])) ++end;
    const std::span<const Keyed> same = std::span(keyed).subspan(i, end - i);
    Bucket bucket = {keyed[i].hash, keyed[i].key};
    if (same.size() == 1 && same.front().branch.stamp == kNoIndex) {
      bucket.first_branch = same.front().branch.block;
      bucket.branch_count = Bucket::kOneBlock;
    } else {
      bucket.first_branch = static_cast<uint32_t>(branches.size());
      bucket.branch_count = static_cast<uint32_t>(same.size());
      for (const Keyed& one : same) branches.push_back(one.branch);
    }
    uint32_t at = keyed[i].hash & (size - 1);
    while (buckets[out.table.first + at].branch_count != 0) at = (at + 1) & (size - 1);
    buckets[out.table.first + at] = bucket;
    i = end;
  }
}

void SwitchTables::BuildIntervals(std::span<const Case> cases, Switch& out) {
  const auto first = static_cast<uint32_t>(intervals.size());
  for (const Case& one : cases) {
    if (one.test.low > one.test.high) continue;
    intervals.push_back({one.test.low, one.test.high, 0, one.block});
  }
  out.table = {first, static_cast<uint32_t>(intervals.size()) - first};
  const std::span<Interval> run = std::span(intervals).subspan(first);
  std::ranges::stable_sort(run, {}, &Interval::low);
  FillHighest(run);
}

void SwitchTables::BuildPatterns(std::span<const Case> cases, const Vocabulary& words, Switch& out,
                                 uint32_t* stamps) {
  PatternIndex::Builder builder;
  for (const Case& one : cases) {
    builder.Add(words.Pieces(one.test.key), one.test.key, static_cast<uint32_t>(branches.size()));
    branches.push_back({one.block, (*stamps)++});
  }
  out.table = {static_cast<uint32_t>(patterns.size()), 1};
  patterns.push_back(std::move(builder).Build());
}

size_t SwitchTables::bytes() const {
  size_t all = buckets.capacity() * sizeof(Bucket) + branches.capacity() * sizeof(Branch) +
               intervals.capacity() * sizeof(Interval) + symbols.capacity() * sizeof(uint32_t) +
               widths.capacity() * sizeof(Width);
  for (const PatternIndex& index : patterns) all += index.bytes();
  return all;
}

}  // namespace thuja::tree
