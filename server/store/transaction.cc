// SPDX-License-Identifier: Apache-2.0
// Writing, and telling the table afterwards.
//
// Tested by tests/unit/store/transaction_test.cc and, with storage that fails, by
// tests/unit/store/grant_ledger_fault_test.cc.
#include "server/store/transaction.h"

#include <algorithm>
#include <new>

namespace thuja::server {
namespace {

// Of a commit that failed: nothing of it was written.
bool IsSurelyUndone(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsPermissionDenied(status);
}

}  // namespace

using grants::GrantId;

bool Selects(const GrantSelector& selector, const grants::GrantSlot& slot) {
  switch (selector.kind) {
    case GrantSelector::Kind::kEverything: return true;
    case GrantSelector::Kind::kHolder:
      return slot.holder_id() == selector.holder.id && slot.holder_type() == selector.holder.type;
    case GrantSelector::Kind::kClass: return slot.agent_class() == selector.agent_class;
    case GrantSelector::Kind::kTask:
      return slot.task() == selector.task &&
             (selector.tenant.empty() || slot.tenant() == selector.tenant);
  }
  return false;
}

Transaction::Transaction(GrantBackend& backend, grants::GrantTable& table,
                         const StoreHeader& header, const ClockReading& clock, size_t most_grants,
                         KnownScopes& scopes)
    : backend_(backend),
      table_(table),
      header_(header),
      clock_(clock),
      most_grants_(most_grants),
      scopes_(scopes) {}

Transaction::~Transaction() {
  if (phase_ == Phase::kBegun) backend_.Rollback();
  for (const auto& [id, calls] : taken_) {
    (void)table_.AddCalls(id, static_cast<int64_t>(calls));
  }
}

absl::Status Transaction::Begin() {
  const absl::Status status = backend_.Begin();
  if (status.ok()) phase_ = Phase::kBegun;
  return status;
}

bool Transaction::HasRoom() const {
  return table_.size() + inserted_.size() < most_grants_ &&
         table_.room() > inserted_.size() + kTableSlack;
}

bool Transaction::HasRoomForTask(const grants::Grant& grant) const {
  const auto is_alike = [&grant](const StoredGrant& other) {
    return other.grant.holder == grant.holder && other.grant.purpose.task == grant.purpose.task;
  };
  const size_t count =
      table_.CountForTask(grant.holder.type, grant.holder.id, grant.purpose.task, clock_.now) +
      static_cast<size_t>(std::ranges::count_if(inserted_, is_alike));
  return count < grants::kMostForTask;
}

absl::StatusOr<std::optional<StoredGrant>> Transaction::Get(const GrantId& id) {
  auto stored = backend_.Get(id);
  if (!stored.ok() || !*stored) return stored;
  // What was revoked while its row could not be written is over, whatever the row says since.
  grants::Grant& grant = (*stored)->grant;
  const grants::GrantSlot* const slot = table_.Find(id);
  if (slot != nullptr && IsTerminal(slot->state()) && !IsTerminal(grant.state)) {
    grant.state = slot->state();
    grant.revision = slot->revision();
    grant.ended = clock_.now;
  }
  return stored;
}

absl::StatusOr<bool> Transaction::ShareScope(grants::Grant& grant) {
  auto shared = backend_.Share(grant.scope);
  if (!shared.ok()) return shared.status();
  grant.scope = *std::move(shared);
  if (scopes_.Knows(grant.scope) || std::ranges::count(new_scopes_, grant.scope) > 0) return true;
  const size_t bytes = grant.scope->bytes();
  if (!scopes_.HasRoom(new_bytes_ + bytes)) return false;
  new_scopes_.push_back(grant.scope);
  new_bytes_ += bytes;
  return true;
}

absl::Status Transaction::Insert(const StoredGrant& stored, uint64_t calls) {
  if (const absl::Status status = Put(stored); !status.ok()) return status;
  inserted_.push_back(stored);
  if (calls > 0) Give(stored.grant.id, calls);
  return absl::OkStatus();
}

absl::Status Transaction::Change(const StoredGrant& stored) {
  if (const absl::Status status = Put(stored); !status.ok()) return status;
  const grants::Grant& grant = stored.grant;
  changed_.push_back(
      {grant.id, grant.revision, grant.last_heartbeat, grant.heartbeat_timeout, grant.state});
  return absl::OkStatus();
}

absl::StatusOr<Transaction::Revoked> Transaction::Revoke(const GrantSelector& selector,
                                                         const Revocation& revocation) {
  wrote_ = true;
  const auto revoked = backend_.Revoke(selector, revocation);
  if (!revoked.ok()) return revoked.status();
  const GrantIds written(revoked->begin(), revoked->end());
  revoked_.reserve(revoked_.size() + written.size());
  for (const GrantId& id : written) {
    revoked_.push_back({id, revocation.revision, grants::GrantState::kRevoked});
  }
  Revoked counts = {written.size(), 0};
  if (selector.kind == GrantSelector::Kind::kTask) {
    // That tasks end is everyday life, for which not all grants can be looked at.
    const auto left = backend_.Select(selector);
    if (!left.ok() && !absl::IsDataLoss(left.status())) return left.status();
    if (left.ok() && left->empty()) return counts;
  }
  const absl::Status status = EndOthers(selector, revocation, written, counts);
  if (!status.ok()) return status;
  return counts;
}

// A row that is damaged may be one that no index finds. Decisions know what it said.
absl::Status Transaction::EndOthers(const GrantSelector& selector, const Revocation& revocation,
                                    const GrantIds& written, Revoked& counts) {
  std::vector<GrantId> ids;
  table_.ForEach([&](const grants::GrantSlot& slot) {
    if (IsTerminal(slot.state()) || !Selects(selector, slot) || written.contains(slot.id())) return;
    ids.push_back(slot.id());
  });
  for (const GrantId& id : ids) {
    const auto stored = backend_.Get(id);
    if (!stored.ok() && !absl::IsDataLoss(stored.status())) return stored.status();
    if (stored.ok() && *stored && IsTerminal((*stored)->grant.state)) {
      // Ended by this transaction, be it now, without having been told by an index.
      const grants::Grant& grant = (*stored)->grant;
      revoked_.push_back({id, grant.revision, grant.state});
      if (grant.revision == revocation.revision) ++counts.grants;
      continue;
    }
    revoked_.push_back({id, revocation.revision, grants::GrantState::kRevoked});
    ++counts.grants;
    ++counts.unwritten;
  }
  return absl::OkStatus();
}

absl::Status Transaction::Count(const StoredGrant& stored) {
  wrote_ = true;
  return backend_.PutCalls(stored);
}

absl::Status Transaction::Put(const StoredGrant& stored) {
  wrote_ = true;
  return backend_.Put(stored);
}

absl::Status Transaction::Record(const GrantChange& change) {
  wrote_ = true;
  return backend_.AddChange(change);
}

absl::Status Transaction::Keep(const KeptReply& reply) {
  wrote_ = true;
  return backend_.PutReply(reply);
}

absl::Status Transaction::Forget(const GrantId& id) {
  // If this is not committed, storage has a grant that the table has not: it is over by time, so
  // that decisions say the same but for the reason, and it is forgotten by the next attempt.
  if (absl::IsFailedPrecondition(table_.Erase(id))) return absl::OkStatus();
  wrote_ = true;
  return backend_.Erase(id);
}

void Transaction::MarkTime() {
  if (clock_.now > header_.clock) wrote_ = true;
}

uint64_t Transaction::Unspent(const GrantId& id) const {
  const grants::GrantSlot* const slot = table_.Find(id);
  return slot == nullptr ? 0 : static_cast<uint64_t>(std::max<int64_t>(slot->calls_left(), 0));
}

bool Transaction::TakeBack(const GrantId& id, uint64_t calls) {
  if (calls > INT64_MAX || !table_.TakeBackCalls(id, static_cast<int64_t>(calls))) return false;
  taken_.emplace_back(id, calls);
  return true;
}

absl::StatusOr<StoreHeader> Transaction::Commit() {
  if (!wrote_) return header_;
  header_.clock = std::max(header_.clock, clock_.now);
  if (const absl::Status status = backend_.PutHeader(header_); !status.ok()) return status;
  const absl::Status status = backend_.Commit();
  // A disk that failed may have kept the change, and a crash would bring it back: then what was
  // taken for it is not given out again.
  if (status.ok() || !IsSurelyUndone(status)) taken_.clear();
  if (!status.ok()) return status;
  phase_ = Phase::kOver;
  Publish();
  return header_;
}

bool Transaction::PublishOne(const StoredGrant& stored) {
  try {
    const auto given = given_.find(stored.grant.id);
    const uint64_t calls = given == given_.end() ? 0 : given->second;
    if (!table_.Insert(stored.grant, stored.credential, static_cast<int64_t>(calls), clock_.now)
             .ok()) {
      return false;
    }
    if (given != given_.end()) given_.erase(given);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void Transaction::Publish() {
  for (const auto& scope : new_scopes_) scopes_.Add(scope);
  // What is new first, so that it is there to be changed. Nothing here may keep a change back: a
  // grant that was revoked must not stay in force for want of memory for another.
  for (const StoredGrant& stored : inserted_) {
    if (!PublishOne(stored)) ++unpublished_;
  }
  grants::Grant grant;
  for (const Changed& changed : changed_) {
    grant.id = changed.id;
    grant.revision = changed.revision;
    grant.last_heartbeat = changed.last_heartbeat;
    grant.heartbeat_timeout = changed.heartbeat_timeout;
    grant.state = changed.state;
    (void)table_.Update(grant);  // unless it was forgotten
  }
  for (const auto& [id, revision, state] : revoked_) (void)table_.End(id, revision, state);
  for (const auto& [id, calls] : given_) {
    if (calls > 0) (void)table_.AddCalls(id, static_cast<int64_t>(calls));
  }
}

}  // namespace thuja::server
