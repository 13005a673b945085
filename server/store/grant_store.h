// SPDX-License-Identifier: Apache-2.0
// The grants of a decision point: changed one after the other, durable before anybody is told.
//
// One thread of the store writes. It takes whatever mutations wait, makes them in one transaction
// (so that many callers share the cost of one disk flush), publishes them to the GrantTable that
// decisions read, and then answers. So what was acknowledged is durable, and every decision that
// begins after the answer was sent sees it.
//
// Each mutation has a revision, one more than the last. A mutation that is repeated with the id of
// its request changes nothing and has the same answer, but for a credential, which is told once.
//
// A mutation that fails on the disk changes nothing. Decisions go on with what is known: nothing
// new is granted, and what is over by time is over. What cannot be read can be revoked all the
// same: whatever kRevokeAll selects is over for decisions though some of it, or all, is damaged,
// and so is one grant that is to be revoked.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/decide.h"
#include "engine/grants.h"
#include "server/operations/operational_log.h"
#include "server/store/grant_backend.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

struct GrantStoreOptions {
  size_t most_grants = size_t{4} << 20;  // those that are over and remembered included
  // Memory that their scopes may take, each of equal ones once, as Scope::bytes counts it: 64 KiB
  // for each regular expression. What is stored is opened even if it is more.
  size_t most_scope_bytes = size_t{4} << 30;
  // How long grants are remembered after they are over, changes and replies after they were made.
  int64_t remember = int64_t{24} * 3600 * 1'000'000'000;  // nanoseconds
  size_t queue = 4096;  // mutations that wait; beyond it they are refused as overloaded
};

// What is to be done.
struct Mutation {
  enum class Kind : uint8_t {
    kIssue,
    kDelegate,  // from the grant `id`
    kEvent,     // happens to the grant `id`
    kRevokeAll  // that `selector` selects
  };
  Kind kind = Kind::kEvent;
  std::string caller;      // name of the credential that asks
  std::string request_id;  // the caller's own; empty: not to be repeated
  RequestDigest digest = {};
  grants::IssueRequest issue;  // `issued_by` is the caller, whatever it says here
  bool credential = false;     // a task credential is to be made
  grants::GrantId id;
  grants::GrantEvent event = grants::GrantEvent::kHeartbeat;
  GrantSelector selector;
  std::string reason;                         // why it ends, in the caller's words
  std::shared_ptr<const void> prepared = {};  // the store's own
};

struct MutationOutcome {
  // Why nothing was done; nothing if it was. Of what is not found kNoActiveGrant, of a disk that
  // fails kInternalError, of a queue that is full kOverloaded.
  std::optional<grants::Refusal> refusal;
  uint64_t revision = 0;  // of the change
  // As the change left it, of all kinds but kRevokeAll; but calls_given has all calls that are
  // given out, and calls_since is nothing.
  std::optional<StoredGrant> grant;
  uint64_t grants = 0;  // that were changed
  // Of these: their rows are damaged and could not be written. They are over for decisions, as long
  // as this process lives; no other opens a store with such rows.
  uint64_t unwritten = 0;
  std::string credential;  // the secret, if one was made; never told again
  bool replayed = false;   // it was done before
};

// Thread-safe, but for Open and the destructor.
class GrantStore {
 public:
  // Reads what is kept and begins to write. `snapshot` gives the entities that classes are looked
  // up in; it is called on the store's thread. `clock` is marked with the latest time known and
  // outlives the store, as `log` does. `accept_clock`: the wall clock is right, however far back.
  static absl::StatusOr<std::unique_ptr<GrantStore>> Open(
      std::unique_ptr<GrantBackend> backend, const GrantStoreOptions& options,
      std::function<std::shared_ptr<const Snapshot>()> snapshot, TrustedClock& clock,
      OperationalLog& log, bool accept_clock = false);
  ~GrantStore();  // Stop

  // `done` is called once, on the store's thread or, if there is no room, on this one. A large
  // scope is written out on this one, so that the store's has nothing to do but to store it.
  void Submit(Mutation mutation, std::function<void(const MutationOutcome&)> done);
  // Submit, and waits. Not on the store's thread.
  MutationOutcome Apply(Mutation mutation);

  // Decisions are made by it. Readers must be gone before the store is.
  grants::GrantTable& table();
  // Of the last change that decisions see.
  uint64_t revision() const;

  // More calls of a grant with a limit are wanted: few are left of those that the table was given.
  // Does not wait for the disk.
  void RequestCalls(const grants::GrantId& id);

  absl::StatusOr<std::unique_ptr<GrantBackendView>> OpenView();
  // Whoever keeps views is to let go of them: no other is opened before, UNAVAILABLE. Some time
  // after they are gone the store is open again by itself.
  bool HasTooManyViews() const;

  // Called on the store's thread after each change that decisions see; must not wait. One that was
  // replaced may be called once more: what it refers to lives until Stop.
  using Listener = std::function<void(uint64_t revision)>;
  void SetListener(Listener listener);

  // Whether the last transaction was written, and what was wrong if it was not.
  absl::Status health() const;
  size_t grants() const;  // remembered

  // Answers what waits, gives back the calls that nobody took, and writes no more.
  void Stop();

 private:
  class Writer;
  explicit GrantStore(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

}  // namespace thuja::server
