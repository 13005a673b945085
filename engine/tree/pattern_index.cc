// SPDX-License-Identifier: Apache-2.0
// Building of the automata.
//
// Tested by tests/unit/tree/pattern_index_test.cc.
#include "engine/tree/pattern_index.h"

#include <algorithm>
#include <utility>

namespace thuja::tree {

void PatternIndex::Builder::Add(std::span<const std::string> pieces, uint32_t pattern,
                                uint32_t branch) {
  const Candidate candidate = {pattern, branch};
  const std::string& longest = *std::ranges::max_element(pieces, {}, &std::string::size);
  if (longest.empty()) {
    always_.push_back(candidate);
  } else if (!pieces.front().empty()) {
    beginnings_.push_back({pieces.front(), candidate});
  } else if (!pieces.back().empty()) {
    endings_.push_back({std::string(pieces.back().rbegin(), pieces.back().rend()), candidate});
  } else {
    needles_.push_back({longest, candidate});
  }
}

PatternIndex PatternIndex::Builder::Build() && {
  PatternIndex index;
  index.beginnings_ = Automaton(std::move(beginnings_));
  index.endings_ = Automaton(std::move(endings_));
  index.needles_ = Automaton(std::move(needles_));
  index.always_ = std::move(always_);
  return index;
}

PatternIndex::Automaton::Automaton(std::vector<Builder::Needle> needles) : Automaton() {
  // Some bytes occur in no UTF-8, so that there are fewer than 256 classes.
  uint8_t classes = 1;
  for (const Builder::Needle& needle : needles) {
    places_[static_cast<uint8_t>(needle.text.front())].first = 1;
    if (needle.text.size() > 1) {
      places_[static_cast<uint8_t>(needle.text[1])].second = 1;
    } else {
      for (Places& places : places_) places.second = 1;
    }
    for (const char c : needle.text) {
      uint8_t& byte_class = classes_[static_cast<uint8_t>(c)];
      if (byte_class == 0) byte_class = classes++;
    }
  }

  if (!needles.empty() && std::ranges::all_of(needles, [&](const Builder::Needle& needle) {
        return needle.text.front() == needles.front().text.front();
      })) {
    only_first_ = static_cast<uint8_t>(needles.front().text.front());
  }

  // In order, needles with a common beginning are neighbours, and the edge to follow is the last.
  std::ranges::stable_sort(needles, {}, &Builder::Needle::text);
  std::vector<std::vector<std::pair<uint8_t, uint32_t>>> rows(1);
  std::vector<std::vector<Candidate>> candidates(1);
  for (const Builder::Needle& needle : needles) {
    uint32_t state = 0;
    for (const char c : needle.text) {
      const uint8_t byte_class = classes_[static_cast<uint8_t>(c)];
      if (rows[state].empty() || rows[state].back().first != byte_class) {
        rows[state].emplace_back(byte_class, static_cast<uint32_t>(rows.size()));
        rows.emplace_back();
        candidates.emplace_back();
      }
      state = rows[state].back().second;
    }
    candidates[state].push_back(needle.candidate);
  }

  states_.resize(rows.size());
  reports_.resize(rows.size());
  size_t first_free = 0;
  for (uint32_t state = 0; state < rows.size(); ++state) {
    State& here = states_[state];
    here.first_candidate = static_cast<uint32_t>(candidates_.size());
    here.candidate_count = static_cast<uint32_t>(candidates[state].size());
    candidates_.insert(candidates_.end(), candidates[state].begin(), candidates[state].end());
    if (rows[state].empty()) continue;
    const auto has_room = [&](size_t row) {
      return std::ranges::all_of(rows[state], [&](const auto& edge) {
        const size_t place = row + edge.first;
        return place >= edges_.size() || edges_[place].owner == UINT32_MAX;
      });
    };
    size_t row = first_free > 255 ? first_free - 255 : 0;
    while (!has_room(row)) ++row;
    here.row = static_cast<uint32_t>(row);
    if (edges_.size() < row + 256) edges_.resize(row + 256);
    for (const auto& [byte_class, target] : rows[state]) edges_[row + byte_class] = {state, target};
    while (first_free < edges_.size() && edges_[first_free].owner != UINT32_MAX) ++first_free;
  }

  // Breadth first: a state's failure is nearer to the start than the state itself.
  std::vector<uint32_t> order = {0};
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t state = order[i];
    const uint32_t failure = states_[state].failure;
    reports_[state] = states_[state].candidate_count > 0 ? state : reports_[failure];
    for (const auto& [byte_class, target] : rows[state]) {
      order.push_back(target);
      states_[target].failure = state == 0 ? 0 : Next(failure, byte_class);
    }
  }
}

size_t PatternIndex::Automaton::bytes() const {
  return classes_.capacity() + places_.capacity() * sizeof(Places) +
         states_.capacity() * sizeof(State) + reports_.capacity() * sizeof(uint32_t) +
         edges_.capacity() * sizeof(Edge) + candidates_.capacity() * sizeof(Candidate);
}

size_t PatternIndex::bytes() const {
  return beginnings_.bytes() + endings_.bytes() + needles_.bytes() +
         always_.capacity() * sizeof(Candidate);
}

}  // namespace thuja::tree
