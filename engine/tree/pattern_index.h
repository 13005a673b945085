// SPDX-License-Identifier: Apache-2.0
// Many `like` patterns matched against one text at once.
//
// A pattern that begins with a piece of text is found by walking a trie of such beginnings along
// the text; one that only ends with a piece, by walking a trie of reversed endings from the end.
// Either walk stops where no pattern goes on. Of the others the longest piece is a needle, and an
// Aho-Corasick automaton (Aho and Corasick, "Efficient string matching", 1975) over all needles
// runs once over the text. What is found so is a candidate, which is then matched as a whole; so a
// text costs its length plus the patterns that come near it, whatever patterns there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::tree {

class PatternIndex {
 public:
  struct Candidate {
    uint32_t pattern = 0;
    uint32_t branch = 0;
  };

  class Builder {
   public:
    // The pieces between wildcards, as in lang::ExprKind::kLike; they outlive the builder.
    void Add(std::span<const std::string> pieces, uint32_t pattern, uint32_t branch);
    PatternIndex Build() &&;

   private:
    friend class PatternIndex;
    struct Needle {
      std::string text;
      Candidate candidate;
    };
    std::vector<Needle> beginnings_;
    std::vector<Needle> endings_;
    std::vector<Needle> needles_;
    std::vector<Candidate> always_;
  };

  // Calls `found(candidate)` for each pattern that may match; the same may come more than once.
  template <typename Found>
  void ForEachCandidate(std::string_view text, const Found& found) const {
    for (const Candidate& candidate : always_) found(candidate);
    beginnings_.Walk(text.begin(), text.end(), found);
    endings_.Walk(text.rbegin(), text.rend(), found);
    if (!needles_.empty()) needles_.Scan(text, found);
  }

  // Calls `each(candidate)` for every pattern.
  template <typename Each>
  void ForEach(const Each& each) const {
    for (const Automaton* automaton : {&beginnings_, &endings_, &needles_}) {
      automaton->ForEach(each);
    }
    for (const Candidate& candidate : always_) each(candidate);
  }

  size_t bytes() const;

 private:
  // The edges of all states lie in one array in which their rows are laid over each other: an edge
  // knows whose it is, so that a row needs room only where it has edges.
  class Automaton {
   public:
    Automaton() : states_(1), reports_(1), edges_(256), places_(256) {}
    explicit Automaton(std::vector<Builder::Needle> needles);

    bool empty() const { return states_.size() == 1; }

    template <typename Iterator, typename Found>
    void Walk(Iterator begin, Iterator end, const Found& found) const {
      uint32_t state = 0;
      for (; begin != end; ++begin) {
        const Edge& edge = EdgeOf(state, classes_[static_cast<uint8_t>(*begin)]);
        if (edge.owner != state) return;
        state = edge.target;
        Report(states_[state], found);
      }
    }

    template <typename Found>
    void Scan(std::string_view text, const Found& found) const {
      uint32_t state = 0;
      for (auto at = text.begin();; ++at) {
        if (state == 0) at = SkipToBeginning(at, text.end());
        if (at == text.end()) return;
        state = Next(state, classes_[static_cast<uint8_t>(*at)]);
        for (uint32_t end = reports_[state]; end != 0; end = reports_[states_[end].failure]) {
          Report(states_[end], found);
        }
      }
    }

    template <typename Each>
    void ForEach(const Each& each) const {
      for (const Candidate& candidate : candidates_) each(candidate);
    }

    size_t bytes() const;

   private:
    struct State {
      uint32_t failure = 0;
      uint32_t first_candidate = 0;
      uint32_t candidate_count = 0;
      uint32_t row = 0;
    };
    // Whether there is a needle that has a byte as its first, and as its second or no second at
    // all.
    struct Places {
      uint8_t first = 0;
      uint8_t second = 0;
    };
    struct Edge {
      uint32_t owner = UINT32_MAX;
      uint32_t target = 0;
    };

    // The first pair of bytes that a needle may begin with, or else the last byte or the end: most
    // pairs begin none.
    std::string_view::iterator SkipToBeginning(std::string_view::iterator at,
                                               std::string_view::iterator end) const {
      while (end - at > 1) {
        if (only_first_ >= 0) {
          const void* const found = std::memchr(at, only_first_, static_cast<size_t>(end - at));
          if (found == nullptr) return end;
          at = static_cast<const char*>(found);
          if (end - at == 1) return at;
        }
        if ((places_[static_cast<uint8_t>(at[0])].first &
             places_[static_cast<uint8_t>(at[1])].second) != 0) {
          return at;
        }
        ++at;
      }
      return at;
    }

    const Edge& EdgeOf(uint32_t state, uint8_t byte_class) const {
      return edges_[states_[state].row + byte_class];
    }

    uint32_t Next(uint32_t state, uint8_t byte_class) const {
      for (;;) {
        const Edge& edge = EdgeOf(state, byte_class);
        if (edge.owner == state) return edge.target;
        if (state == 0) return 0;
        state = states_[state].failure;
      }
    }

    template <typename Found>
    void Report(const State& state, const Found& found) const {
      for (uint32_t i = 0; i < state.candidate_count; ++i) {
        found(candidates_[state.first_candidate + i]);
      }
    }

    // A byte's number among those that occur in needles; all others are 0.
    std::vector<uint8_t> classes_ = std::vector<uint8_t>(256, 0);
    std::vector<State> states_;
    std::vector<uint32_t> reports_;  // the nearest state on the failure path that has candidates
    std::vector<Edge> edges_;
    std::vector<Places> places_;  // by byte
    int only_first_ = -1;         // the byte that all needles begin with, if they do
    std::vector<Candidate> candidates_;
  };

  Automaton beginnings_;
  Automaton endings_;
  Automaton needles_;
  std::vector<Candidate> always_;
};

}  // namespace thuja::tree
