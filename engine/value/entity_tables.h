// SPDX-License-Identifier: Apache-2.0
// What an EntityStore holds; for entity_store.cc and entity_store_builder.cc alone.
//
// What belongs to a number is a row. Rows lie in blocks that a store shares with the store it grew
// from, until one of their rows changes. A uid is found through an open-addressing index whose
// buckets hold part of the hash, so that other uids are hardly ever looked at. Index and names are
// in two layers, a settled one that many stores share and a small recent one that each has to
// itself, so that neither is copied for a few new uids.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "engine/value/entity_store.h"

namespace thuja::value {

inline size_t Index(EntityNumber number) { return static_cast<size_t>(number); }

// From uids to their numbers. It holds no uids: `is_it(number)` says whether one is meant.
class UidIndex {
 public:
  static uint32_t HashOf(const EntityUidView& uid) {
    return static_cast<uint32_t>(HashUid(uid) >> 32);
  }

  template <typename IsIt>
  EntityNumber Find(uint32_t hash, const IsIt& is_it) const {
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Bucket& bucket = buckets_[at];
      if (bucket.number == kNoEntity) return kNoEntity;
      if (bucket.hash == hash && is_it(bucket.number)) return bucket.number;
    }
  }

  // REQUIRES: the uid has no number yet.
  void Add(uint32_t hash, EntityNumber number) {
    if (2 * ++size_ > buckets_.size()) Grow();
    Place({hash, number});
  }
  void AddAll(const UidIndex& other) {
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

  size_t mask() const { return buckets_.size() - 1; }
  void Place(const Bucket& bucket) {
    size_t at = bucket.hash & mask();
    while (buckets_[at].number != kNoEntity) at = (at + 1) & mask();
    buckets_[at] = bucket;
  }
  void Grow() {
    std::vector<Bucket> old(2 * buckets_.size());
    old.swap(buckets_);
    for (const Bucket& bucket : old) {
      if (bucket.number != kNoEntity) Place(bucket);
    }
  }

  std::vector<Bucket> buckets_ = std::vector<Bucket>(16);
  size_t size_ = 0;
};

// Each name of a type or an attribute, once.
class NameSet {
 public:
  // Empty if it is not there.
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
  using Block = std::array<Row, kRowBlock>;

  EntityNumber Find(const EntityUidView& uid) const {
    const uint32_t hash = UidIndex::HashOf(uid);
    const auto is_it = [&](EntityNumber number) { return *At(number).uid == uid; };
    const EntityNumber settled = index.settled->Find(hash, is_it);
    if (settled != kNoEntity || index.recent.size() == 0) return settled;
    return index.recent.Find(hash, is_it);
  }
  const Row& At(EntityNumber number) const {
    return rows[Index(number) / kRowBlock][Index(number) % kRowBlock];
  }

  std::vector<std::shared_ptr<Block>> blocks;
  std::vector<const Row*> rows;  // of each block the first
  size_t count = 0;              // of rows
  Layered<UidIndex> index;
  Layered<NameSet> names;
  // One a generation: what the rows, uids and names point to.
  std::vector<std::shared_ptr<const base::Arena>> arenas;
  size_t stored = 0;
  size_t ancestor_pairs = 0;
  uint64_t id = 0;          // of no other store
  uint64_t grown_from = 0;  // id of the store that this one extends; 0 if there is none
};

}  // namespace thuja::value
