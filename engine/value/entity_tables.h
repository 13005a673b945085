// SPDX-License-Identifier: Apache-2.0
// What an EntityStore holds; for entity_store.cc and entity_store_builder.cc alone.
//
// What belongs to a number is a row. Rows lie in blocks that a store shares with the store it grew
// from, until one of their rows changes. A uid is found through an open-addressing index whose
// buckets hold part of the hash, so that other uids are hardly ever looked at; the id lies behind
// its uid, so that both are mostly one line of the cache. Index and names are in two layers, a
// settled one that many stores share and a small recent one that each has to itself, so that
// neither is copied for a few new uids.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <bit>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "engine/base/large_memory.h"
#include "engine/value/entity_store.h"

namespace thuja::value {

inline size_t Index(EntityNumber number) { return static_cast<size_t>(number); }

// From hashes to numbers. It holds nothing that is hashed: `is_it(number)` says whether one is
// meant.
class NumberIndex {
 public:
  // What is kept of a hash.
  static uint32_t Shorten(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  template <typename IsIt>
  EntityNumber Find(uint32_t hash, const IsIt& is_it) const {
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Bucket& bucket = buckets_[at];
      if (bucket.number == kNoEntity) return kNoEntity;
      if (bucket.hash == hash && is_it(bucket.number)) return bucket.number;
    }
  }

  // Has the line of memory brought where Find will begin.
  void Prefetch(uint32_t hash) const { __builtin_prefetch(&buckets_[hash & mask()]); }

  // REQUIRES: Find would not find it.
  void Add(uint32_t hash, EntityNumber number) {
    if (2 * ++size_ > buckets_.size()) Grow();
    Place({hash, number});
  }
  void AddAll(const NumberIndex& other) {
    for (const Bucket& bucket : other.buckets_) {
      if (bucket.number != kNoEntity) Add(bucket.hash, bucket.number);
    }
  }

  size_t size() const { return size_; }
  size_t bytes() const { return buckets_.capacity() * sizeof(Bucket); }

 private:
  struct Bucket {
    uint32_t hash = 0;
    EntityNumber number = kNoEntity;
  };
  using Buckets = std::vector<Bucket, base::LargeAllocator<Bucket>>;

  size_t mask() const { return buckets_.size() - 1; }
  void Place(const Bucket& bucket) {
    size_t at = bucket.hash & mask();
    while (buckets_[at].number != kNoEntity) at = (at + 1) & mask();
    buckets_[at] = bucket;
  }
  void Grow() {
    Buckets old(2 * buckets_.size());
    old.swap(buckets_);
    for (const Bucket& bucket : old) {
      if (bucket.number != kNoEntity) Place(bucket);
    }
  }

  Buckets buckets_ = Buckets(16);
  size_t size_ = 0;
};

// Each name of a type or an attribute, once.
class NameSet {
 public:
  // Null data if it is not there; the empty name is a name.
  std::string_view Find(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? std::string_view() : *found;
  }
  void Add(std::string_view name) { names_.insert(name); }
  void AddAll(const NameSet& other) { names_.insert(other.names_.begin(), other.names_.end()); }

  size_t size() const { return names_.size(); }
  size_t bytes() const { return names_.capacity() * (sizeof(std::string_view) + 1); }

 private:
  absl::flat_hash_set<std::string_view, base::TextHash> names_;
};

// A table in two layers. T has AddAll and size.
template <typename T>
struct Layered {
  std::shared_ptr<const T> settled = std::make_shared<const T>();
  T recent;

  // Makes one layer of them when the recent one has become a good part of the whole.
  void Settle() {
    constexpr size_t kPart = 8;
    if (kPart * recent.size() <= settled->size()) return;
    if (settled->size() > 0) {
      T all = *settled;
      all.AddAll(recent);
      recent = std::move(all);
    }
    settled = std::make_shared<const T>(std::move(recent));
    recent = T();
  }
  size_t bytes() const { return settled->bytes() + recent.bytes(); }
};

struct EntityStore::Tables {
  static constexpr uint32_t kParentBits = 32;  // in a word behind a lineage

  EntityNumber Find(const EntityUidView& uid) const {
    return Find(NumberIndex::Shorten(HashUid(uid)), uid);
  }
  EntityNumber Find(uint32_t hash, const EntityUidView& uid) const {
    return Find(hash, [&](EntityNumber number) { return *At(number).uid == uid; });
  }
  template <typename IsIt>
  EntityNumber Find(uint32_t hash, const IsIt& is_it) const {
    const EntityNumber settled = index.settled->Find(hash, is_it);
    if (settled != kNoEntity || index.recent.size() == 0) return settled;
    return index.recent.Find(hash, is_it);
  }
  // Has memory brought where Find will begin.
  void Prefetch(uint32_t hash) const {
    index.settled->Prefetch(hash);
    index.recent.Prefetch(hash);
  }
  const Row& At(EntityNumber number) const {
    return rows[Index(number) / kRowBlock]->rows[Index(number) % kRowBlock];
  }
  const Value& AttributesOf(EntityNumber number) const {
    return rows[Index(number) / kRowBlock]->attributes[Index(number) % kRowBlock];
  }
  void AppendParents(EntityNumber number, std::vector<EntityNumber>* parents) const {
    const Row& row = At(number);
    const EntityNumber* bits = row.lineage + row.ancestor_count;
    for (uint32_t first = 0; first < row.ancestor_count; first += kParentBits, ++bits) {
      for (auto word = static_cast<uint32_t>(*bits); word != 0; word &= word - 1) {
        parents->push_back(row.lineage[first + static_cast<uint32_t>(std::countr_zero(word))]);
      }
    }
  }

  std::vector<std::shared_ptr<Block>> blocks;
  std::vector<const Block*> rows;  // the same, closer together
  size_t count = 0;                // of rows
  Layered<NumberIndex> index;
  Layered<NameSet> names;
  // One a generation: what the rows, uids and names point to.
  std::vector<std::shared_ptr<const base::Arena>> arenas;
  size_t stored = 0;
  size_t ancestor_pairs = 0;
  uint64_t id = 0;          // of no other store
  uint64_t grown_from = 0;  // id of the store that this one extends; 0 if there is none
};

}  // namespace thuja::value
