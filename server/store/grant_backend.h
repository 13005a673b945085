// SPDX-License-Identifier: Apache-2.0
// Where grants are kept: one interface for every kind of storage. tests/unit/store/contract.h names
// them all, for the tests that each must pass.
//
// One thread writes, in transactions: what was put between Begin and Commit is there as a whole
// once Commit has returned OK, whatever happens to process or machine after, and not at all if it
// has not. Other threads look through views, each of which shows the state of one moment.
//
// Errors are absl::Status: RESOURCE_EXHAUSTED if the disk is full, PERMISSION_DENIED if it may not
// be written, DATA_LOSS if what was found is damaged, UNAVAILABLE if another process holds it,
// FAILED_PRECONDITION if it is of something else or of a newer version, INTERNAL otherwise. A
// Commit that fails with one of the first two has written nothing; after another failure the change
// may be there at the next opening. After a failed call within a transaction only Rollback may be
// called, but for a Get that fails with DATA_LOSS, which leaves the transaction as it was.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/entities.h"
#include "engine/grants.h"

namespace thuja::server {

// A grant with what only its store needs to know.
struct StoredGrant {
  grants::Grant grant;
  grants::CredentialDigest credential;  // all zero: none
  // Of grant.calls: how many were given out, to decisions in blocks and to children whole, but for
  // the first blocks of the runs from `calls_since` on (server/store/call_blocks.h).
  uint64_t calls_given = 0;
  uint64_t calls_since = 0;

  friend bool operator==(const StoredGrant&, const StoredGrant&);  // scopes by what they hold
};

// What the store knows besides grants.
struct StoreHeader {
  uint64_t revision = 0;  // of the last change
  int64_t clock = 0;      // the latest time that was ever seen; nanoseconds since 1970
  // How many runs began, the present one included, that did not end well: the number of the last.
  uint64_t runs = 0;

  friend bool operator==(const StoreHeader&, const StoreHeader&) = default;
};

// Which grants are meant.
struct GrantSelector {
  enum class Kind : uint8_t { kEverything, kHolder, kClass, kTask };
  Kind kind = Kind::kEverything;
  EntityUid holder = {};         // of kHolder
  std::string agent_class = {};  // of kClass
  std::string tenant = {};       // of kTask; empty: of whatever tenant
  std::string task = {};         // of kTask

  friend bool operator==(const GrantSelector&, const GrantSelector&) = default;
};
bool Selects(const GrantSelector& selector, const grants::Grant& grant);

// How grants are revoked that are revoked together.
struct Revocation {
  uint64_t revision = 0;
  int64_t time = 0;
  std::string reason = {};
};

// One entry of the history of changes.
struct GrantChange {
  uint64_t revision = 0;
  int64_t time = 0;
  std::string event = {};    // `issue`, `delegate` or the name of a grants::GrantEvent
  grants::GrantId id = {};   // zero if several grants were meant
  std::string subject = {};  // JSON that says which, if there were several
  uint64_t grants = 1;       // that it changed
  std::string caller = {};   // name of the credential that asked for it; empty: the store itself

  friend bool operator==(const GrantChange&, const GrantChange&) = default;
};

using RequestDigest = std::array<uint8_t, 32>;  // SHA-256

// What was answered to a request that had an id.
struct KeptReply {
  std::string caller = {};
  std::string request_id = {};
  RequestDigest digest = {};  // of what was asked
  int64_t time = 0;
  std::string reply = {};  // in a form of the store's

  friend bool operator==(const KeptReply&, const KeptReply&) = default;
};

// Which grants a list has; parts that are empty do not count.
struct GrantFilter {
  std::optional<EntityUid> holder = {};
  std::optional<std::string> agent_class = {};
  std::optional<std::string> tenant = {};
  std::optional<std::string> task = {};
  std::optional<grants::GrantId> parent = {};
  std::optional<grants::GrantState> state = {};

  friend bool operator==(const GrantFilter&, const GrantFilter&) = default;
};
bool Passes(const GrantFilter& filter, const grants::Grant& grant);

// Grants between two ids.
struct GrantRange {
  grants::GrantId after = {};
  std::optional<grants::GrantId> up_to = {};  // included; nothing: to the end
};

// What was committed when it was opened, however long it lives. For one thread at a time, which
// need not be the writer's.
class GrantBackendView {
 public:
  virtual ~GrantBackendView() = default;

  virtual absl::StatusOr<StoreHeader> Header() = 0;
  // Nothing if there is none.
  virtual absl::StatusOr<std::optional<StoredGrant>> Get(const grants::GrantId& id) = 0;
  // The first `most` grants of the range that pass, in ascending order of their ids.
  virtual absl::StatusOr<std::vector<StoredGrant>> List(const GrantFilter& filter,
                                                        const GrantRange& range, size_t most) = 0;
  // How far List gets behind `after` if it looks at no more than `rows` grants, at least one, of
  // which few may pass: the last of them, which need not pass itself. Nothing if it gets to the
  // end.
  virtual absl::StatusOr<std::optional<grants::GrantId>> Reach(const GrantFilter& filter,
                                                               const grants::GrantId& after,
                                                               size_t rows) = 0;
  // The first `most` changes with greater revisions, in ascending order.
  virtual absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) = 0;
  // Revision of the first change that is still kept; 0 if none is.
  virtual absl::StatusOr<uint64_t> FirstChange() = 0;
};

class GrantBackend {
 public:
  using VisitGrant = std::function<absl::Status(StoredGrant)>;

  virtual ~GrantBackend() = default;

  // Thread-safe, as HasTooManyViews and Prepare are; everything else is the writer's. UNAVAILABLE
  // while there are too many.
  virtual absl::StatusOr<std::unique_ptr<GrantBackendView>> OpenView() = 0;
  // No view is opened until those that are open are let go of: storage cannot forget, because of
  // them, what it has no room for.
  virtual bool HasTooManyViews() const { return false; }
  // Does what takes long to store this scope, so that the writer has it done for as long as what is
  // returned, which may be null, is held. An error if it could not be stored.
  virtual absl::StatusOr<std::shared_ptr<const void>> Prepare(
      const std::shared_ptr<const grants::Scope>& /*scope*/) {
    return nullptr;
  }

  virtual absl::StatusOr<StoreHeader> Header() = 0;
  virtual absl::StatusOr<std::optional<StoredGrant>> Get(const grants::GrantId& id) = 0;
  // Every grant, parents before what was delegated from them. Equal scopes are one object. Ends
  // with the first error of `visit`.
  virtual absl::Status ForEach(const VisitGrant& visit) = 0;
  // The same, but passes over rows that are not what was written; returns how many.
  virtual absl::StatusOr<size_t> ForEachUndamaged(const VisitGrant& visit) = 0;
  // Ids of grants that are selected and in no terminal state.
  virtual absl::StatusOr<std::vector<grants::GrantId>> Select(const GrantSelector& selector) = 0;
  // Ids of at most `most` grants, active or suspended, whose heartbeat deadline
  // (grants::HeartbeatDeadline) is `now` or earlier.
  virtual absl::StatusOr<std::vector<grants::GrantId>> Silent(int64_t now, size_t most) = 0;
  // Ids of at most `most` grants that are remembered for nothing at `now`: grants::TombstoneUntil
  // with `margin` is `now` or earlier, and nothing that stays was delegated from them. Children
  // come before what they were delegated from.
  virtual absl::StatusOr<std::vector<grants::GrantId>> Forgettable(int64_t now, int64_t margin,
                                                                   size_t most) = 0;
  virtual absl::StatusOr<std::optional<KeptReply>> FindReply(const std::string& caller,
                                                             const std::string& request_id) = 0;
  // As GrantBackendView has it, but needs no view.
  virtual absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) = 0;

  // To be called now and then between transactions, however few there are: tidies up what views
  // kept from being tidied.
  virtual void Tidy() {}

  // The one object for all scopes that are equal to this: one that a grant has which was put or
  // read, or this one, if there is none.
  virtual absl::StatusOr<std::shared_ptr<const grants::Scope>> Share(
      const std::shared_ptr<const grants::Scope>& scope) = 0;

  virtual absl::Status Begin() = 0;
  // REQUIRES, for all of these: a transaction.
  virtual absl::Status PutHeader(const StoreHeader& header) = 0;
  virtual absl::Status Put(const StoredGrant& grant) = 0;  // new or in place of the one before
  // The same, quicker. REQUIRES: it is as Get gave it in this transaction, but for calls_given and
  // calls_since.
  virtual absl::Status PutCalls(const StoredGrant& grant) = 0;
  virtual absl::Status Erase(const grants::GrantId& id) = 0;
  // What grants::Apply(kRevoke) does, to every grant that Select gives. Rows that are not what was
  // written stay as they are, and Select gives them still. Returns the ids of those revoked.
  virtual absl::StatusOr<std::vector<grants::GrantId>> Revoke(const GrantSelector& selector,
                                                              const Revocation& revocation) = 0;
  virtual absl::Status AddChange(const GrantChange& change) = 0;  // of the greatest revision so far
  virtual absl::Status EraseChangesBefore(uint64_t revision) = 0;
  virtual absl::Status PutReply(const KeptReply& reply) = 0;
  virtual absl::Status EraseRepliesBefore(int64_t time) = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
};

// In memory, for tests and for trying things out: everything is gone with the process.
std::unique_ptr<GrantBackend> MakeMemoryBackend();

// A SQLite database in a file, which is made if it does not exist, readable and writable by its
// owner alone. One process at a time: a second one is told UNAVAILABLE.
absl::StatusOr<std::unique_ptr<GrantBackend>> OpenSqliteBackend(const std::string& path);

}  // namespace thuja::server
