// SPDX-License-Identifier: Apache-2.0
// One transaction of the grant store, and what decisions are to see of it.
//
// What is written goes to storage at once, and onto a list of what the table is to be told. Commit
// makes it durable and only then tells the table; so no decision sees what a crash could undo. A
// transaction that is not committed leaves storage and table as they were.
//
// Calls go the other way round. What the table holds can be spent at any moment, so that calls are
// taken out of it before they are counted as anybody else's, and are back in it if that was not
// committed; and calls are put into it after they are durably counted as its own. Whenever a crash
// comes, no call can be spent twice. Some may be lost.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/grants.h"
#include "server/store/grant_backend.h"
#include "server/store/known_scopes.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

// Ids are random as they are.
struct GrantIdHash {
  size_t operator()(const grants::GrantId& id) const { return id.high ^ id.low; }
};

using GrantIds = absl::flat_hash_set<grants::GrantId, GrantIdHash>;

// Whether a selector, which is one of storage, selects what decisions see.
bool Selects(const GrantSelector& selector, const grants::GrantSlot& slot);

// How much a transaction must leave free in the table, for indexes that grow.
inline constexpr size_t kTableSlack = 64;

// One at a time for a backend and a table; not thread-safe. After an error, which is one of
// storage, nothing but the destructor may be called.
class Transaction {
 public:
  // `header`: what was committed last. `most_grants`: that the table may have. `scopes`: that it
  // has.
  Transaction(GrantBackend& backend, grants::GrantTable& table, const StoreHeader& header,
              const ClockReading& clock, size_t most_grants, KnownScopes& scopes);
  ~Transaction();  // rolls back what was not committed
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  absl::Status Begin();

  int64_t now() const { return clock_.now; }
  bool rolled_back() const { return clock_.rolled_back; }
  // Whether one grant more can be inserted.
  bool HasRoom() const;
  // Whether one more of this holder for this task can be.
  bool HasRoomForTask(const grants::Grant& grant) const;
  bool IsKnown(const grants::GrantId& id) const { return table_.Find(id) != nullptr; }

  // As they are now, what this transaction did included.
  absl::StatusOr<std::optional<StoredGrant>> Get(const grants::GrantId& id);
  GrantBackend& backend() { return backend_; }

  // StoreHeader::runs, as it will be committed.
  uint64_t runs() const { return header_.runs; }
  void SetRuns(uint64_t runs) {
    header_.runs = runs;
    wrote_ = true;
  }

  // A revision of its own for one more change.
  uint64_t NextRevision() { return ++header_.revision; }

  // Gives a grant that will be inserted the one scope of all equal ones. False if no grant has one,
  // and there is no room for it.
  absl::StatusOr<bool> ShareScope(grants::Grant& grant);
  // A new grant, of whose calls `calls` may be taken at once: they are counted as given already, or
  // implied.
  // REQUIRES: HasRoom, and ShareScope.
  absl::Status Insert(const StoredGrant& stored, uint64_t calls);
  // State, revision and heartbeat of a grant changed.
  absl::Status Change(const StoredGrant& stored);
  // Revokes every grant that is selected and not over: those that storage finds, and those that it
  // does not but decisions do. Nobody is authorized by them any more.
  struct Revoked {
    uint64_t grants = 0;     // all of them
    uint64_t unwritten = 0;  // of these: their rows are damaged, and stay as they are
  };
  absl::StatusOr<Revoked> Revoke(const GrantSelector& selector, const Revocation& revocation);
  // Only what the store counts of a grant changed, which Get gave.
  absl::Status Count(const StoredGrant& stored);
  absl::Status Record(const GrantChange& change);
  absl::Status Keep(const KeptReply& reply);
  // Forgets a grant that is over for good and has no children; the table does so at once.
  absl::Status Forget(const grants::GrantId& id);
  // Each commit writes the time down; this makes one needed for it alone if time went on.
  void MarkTime();
  // Something was written through backend().
  void Touch() { wrote_ = true; }

  // How many calls the table has of a grant. They may be fewer already.
  uint64_t Unspent(const grants::GrantId& id) const;
  // Takes exactly so many calls of a grant out of the table, or none and is false.
  bool TakeBack(const grants::GrantId& id, uint64_t calls);
  // The table is given more calls of a grant, once that is committed.
  void Give(const grants::GrantId& id, uint64_t calls) { given_[id] += calls; }

  bool wrote() const { return wrote_; }
  // What was written is durable, and decisions see it, when this returns OK. An error has changed
  // nothing. The header is as it is in storage now; if nothing was written it is the one before.
  absl::StatusOr<StoreHeader> Commit();

  // Grants that were made known too late: there was no memory. Nothing is in force because of it.
  size_t unpublished() const { return unpublished_; }

 private:
  absl::Status Put(const StoredGrant& stored);
  absl::Status EndOthers(const GrantSelector& selector, const Revocation& revocation,
                         const GrantIds& written, Revoked& counts);

  // As much of a grant as the table looks at when it is updated.
  struct Changed {
    grants::GrantId id;
    uint64_t revision;
    int64_t last_heartbeat;
    int64_t heartbeat_timeout;
    grants::GrantState state;
  };
  struct Ended {
    grants::GrantId id;
    uint64_t revision;
    grants::GrantState state;
  };
  enum class Phase : uint8_t { kNew, kBegun, kOver };

  void Publish();
  bool PublishOne(const StoredGrant& stored);

  GrantBackend& backend_;
  grants::GrantTable& table_;
  StoreHeader header_;
  const ClockReading clock_;
  const size_t most_grants_;
  Phase phase_ = Phase::kNew;
  bool wrote_ = false;

  std::vector<StoredGrant> inserted_;
  std::vector<Changed> changed_;
  std::vector<Ended> revoked_;  // and nothing changes them any more
  absl::flat_hash_map<grants::GrantId, uint64_t, GrantIdHash> given_;  // to the table, if committed
  std::vector<std::pair<grants::GrantId, uint64_t>> taken_;  // out of the table, unless committed
  size_t unpublished_ = 0;

  KnownScopes& scopes_;
  std::vector<std::shared_ptr<const grants::Scope>> new_scopes_;
  size_t new_bytes_ = 0;  // of these
};

}  // namespace thuja::server
