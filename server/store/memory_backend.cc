// SPDX-License-Identifier: Apache-2.0
// Grants in memory: the storage that is obviously right, and what tests hold the other against.
//
// Everything is there twice. The writer works on one copy and remembers which keys it touched; a
// commit copies them to the other, a rollback back from it. Views share a snapshot of the committed
// copy, which is made when the first of them asks for it: cheap to write to, dear to look at.
//
// Tested by tests/unit/store/selection_test.cc.
#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "server/grants/scope_json.h"
#include "server/store/grant_backend.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using grants::Scope;

template <typename Key, typename Row>
using Rows = std::map<Key, std::shared_ptr<const Row>>;

template <typename Key, typename Row>
class Table {
 public:
  const Rows<Key, Row>& working() const { return working_; }
  const Rows<Key, Row>& committed() const { return committed_; }

  void Put(const Key& key, const Row& row) {
    working_[key] = std::make_shared<const Row>(row);
    touched_.insert(key);
  }

  void Erase(const Key& key) {
    if (working_.erase(key) > 0) touched_.insert(key);
  }

  template <typename Condition>
  void EraseIf(const Condition& condition) {
    std::erase_if(working_, [&](const auto& entry) {
      if (!condition(*entry.second)) return false;
      touched_.insert(entry.first);
      return true;
    });
  }

  void Commit() { CopyTouched(working_, committed_); }
  void Rollback() { CopyTouched(committed_, working_); }

 private:
  void CopyTouched(const Rows<Key, Row>& from, Rows<Key, Row>& to) {
    for (const Key& key : touched_) {
      if (const auto found = from.find(key); found != from.end()) {
        to[key] = found->second;
      } else {
        to.erase(key);
      }
    }
    touched_.clear();
  }

  Rows<Key, Row> working_;
  Rows<Key, Row> committed_;
  std::set<Key> touched_;
};

using GrantRows = Rows<GrantId, StoredGrant>;
using ChangeRows = Rows<uint64_t, GrantChange>;

std::optional<StoredGrant> FindGrant(const GrantRows& rows, const GrantId& id) {
  const auto found = rows.find(id);
  if (found == rows.end()) return std::nullopt;
  return *found->second;
}

std::vector<GrantChange> FindChanges(const ChangeRows& rows, uint64_t after, size_t most) {
  std::vector<GrantChange> list;
  for (auto at = rows.upper_bound(after); at != rows.end() && list.size() < most; ++at) {
    list.push_back(*at->second);
  }
  return list;
}

struct Snapshot {
  StoreHeader header;
  GrantRows grants;
  ChangeRows changes;
};

class MemoryView : public GrantBackendView {
 public:
  explicit MemoryView(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  absl::StatusOr<StoreHeader> Header() override { return snapshot_->header; }

  absl::StatusOr<std::optional<StoredGrant>> Get(const GrantId& id) override {
    return FindGrant(snapshot_->grants, id);
  }

  absl::StatusOr<std::vector<StoredGrant>> List(const GrantFilter& filter, const GrantRange& range,
                                                size_t most) override {
    std::vector<StoredGrant> list;
    const GrantRows& rows = snapshot_->grants;
    const auto end = range.up_to ? rows.upper_bound(*range.up_to) : rows.end();
    for (auto at = rows.upper_bound(range.after); at != end && list.size() < most; ++at) {
      if (Passes(filter, at->second->grant)) list.push_back(*at->second);
    }
    return list;
  }

  absl::StatusOr<std::optional<GrantId>> Reach(const GrantFilter&, const GrantId& after,
                                               size_t most) override {
    const GrantRows& rows = snapshot_->grants;
    auto at = rows.upper_bound(after);
    for (size_t seen = 1; at != rows.end() && seen < most; ++seen) ++at;
    if (at == rows.end() || std::next(at) == rows.end()) return std::nullopt;
    return std::optional<GrantId>(at->first);
  }

  absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) override {
    return FindChanges(snapshot_->changes, after, most);
  }

  absl::StatusOr<uint64_t> FirstChange() override {
    return snapshot_->changes.empty() ? 0 : snapshot_->changes.begin()->first;
  }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
};

// Grants that come before others by where they are in the tree of delegations.
std::vector<const StoredGrant*> ByDepth(const GrantRows& rows) {
  std::vector<const StoredGrant*> sorted;
  sorted.reserve(rows.size());
  for (const auto& [id, row] : rows) sorted.push_back(row.get());
  std::ranges::stable_sort(sorted, {}, [](const StoredGrant* row) { return row->grant.depth; });
  return sorted;
}

// Gives one object for all scopes that are equal.
class EqualScopes {
 public:
  std::shared_ptr<const Scope> OneOf(const std::shared_ptr<const Scope>& scope) {
    const auto [known, added] = known_.try_emplace(scope.get(), scope);
    if (!added || scope == nullptr) return known->second;
    const auto equal =
        std::ranges::find_if(different_, [&](const auto& s) { return *s == *scope; });
    if (equal == different_.end()) {
      different_.push_back(scope);
    } else {
      known->second = *equal;
    }
    return known->second;
  }

 private:
  std::map<const Scope*, std::shared_ptr<const Scope>> known_;
  std::vector<std::shared_ptr<const Scope>> different_;
};

class MemoryBackend : public GrantBackend {
 public:
  absl::StatusOr<std::unique_ptr<GrantBackendView>> OpenView() override {
    const std::lock_guard lock(mutex_);
    if (snapshot_ == nullptr) {
      snapshot_ = std::make_shared<Snapshot>(
          Snapshot{committed_header_, grants_.committed(), changes_.committed()});
    }
    return std::make_unique<MemoryView>(snapshot_);
  }

  absl::StatusOr<StoreHeader> Header() override { return header_; }

  absl::StatusOr<std::optional<StoredGrant>> Get(const GrantId& id) override {
    return FindGrant(grants_.working(), id);
  }

  absl::Status ForEach(const VisitGrant& visit) override {
    EqualScopes scopes;
    for (const StoredGrant* row : ByDepth(grants_.working())) {
      StoredGrant grant = *row;
      grant.grant.scope = scopes.OneOf(grant.grant.scope);
      if (const absl::Status status = visit(std::move(grant)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ForEachUndamaged(const VisitGrant& visit) override {
    if (const absl::Status status = ForEach(visit); !status.ok()) return status;
    return 0;
  }

  absl::StatusOr<std::vector<GrantId>> Select(const GrantSelector& selector) override {
    std::vector<GrantId> ids;
    for (const auto& [id, row] : grants_.working()) {
      if (!IsTerminal(row->grant.state) && Selects(selector, row->grant)) ids.push_back(id);
    }
    return ids;
  }

  absl::StatusOr<std::vector<GrantId>> Silent(int64_t now, size_t most) override {
    std::vector<GrantId> ids;
    for (const auto& [id, row] : grants_.working()) {
      if (ids.size() == most) break;
      const grants::Grant& grant = row->grant;
      const bool listened_to = grant.state == grants::GrantState::kActive ||
                               grant.state == grants::GrantState::kSuspended;
      if (!listened_to || grant.heartbeat_timeout == 0) continue;
      if (grants::HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout) <= now) {
        ids.push_back(id);
      }
    }
    return ids;
  }

  absl::StatusOr<std::vector<GrantId>> Forgettable(int64_t now, int64_t margin,
                                                   size_t most) override {
    std::map<GrantId, size_t> children;  // that stay
    for (const auto& [id, row] : grants_.working()) ++children[row->grant.parent];
    std::vector<const StoredGrant*> sorted = ByDepth(grants_.working());
    std::ranges::reverse(sorted);
    std::vector<GrantId> ids;
    for (const StoredGrant* row : sorted) {
      if (ids.size() == most) break;
      const grants::Grant& grant = row->grant;
      if (children[grant.id] > 0 || grants::TombstoneUntil(grant, margin) > now) continue;
      ids.push_back(grant.id);
      --children[grant.parent];
    }
    return ids;
  }

  absl::StatusOr<std::optional<KeptReply>> FindReply(const std::string& caller,
                                                     const std::string& request_id) override {
    const auto found = replies_.working().find({caller, request_id});
    if (found == replies_.working().end()) return std::nullopt;
    return *found->second;
  }

  absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) override {
    return FindChanges(changes_.working(), after, most);
  }

  absl::StatusOr<std::shared_ptr<const Scope>> Share(
      const std::shared_ptr<const Scope>& scope) override {
    if (scope == nullptr) return absl::InternalError("the grant has no scope");
    if (shared_.size() >= enough_shared_) {
      std::erase_if(shared_, [](const auto& entry) { return entry.second.expired(); });
      enough_shared_ = 2 * shared_.size() + 1024;
    }
    std::weak_ptr<const Scope>& shared = shared_[WriteScope(*scope)];
    if (shared.expired()) shared = scope;
    return shared.lock();
  }

  absl::Status Begin() override {
    if (open_) return absl::InternalError("a transaction is open already");
    open_ = true;
    return absl::OkStatus();
  }

  absl::Status PutHeader(const StoreHeader& header) override {
    return Write([&] { header_ = header; });
  }
  absl::Status Put(const StoredGrant& grant) override {
    return Write([&] { grants_.Put(grant.grant.id, grant); });
  }
  absl::Status PutCalls(const StoredGrant& grant) override { return Put(grant); }
  absl::StatusOr<std::vector<GrantId>> Revoke(const GrantSelector& selector,
                                              const Revocation& revocation) override {
    const auto selected = Select(selector);
    if (!selected.ok()) return selected.status();
    for (const GrantId& id : *selected) {
      StoredGrant stored = *Get(id).value();
      if (grants::Apply(grants::GrantEvent::kRevoke, revocation.time, stored.grant)) {
        return absl::InternalError("what is not over can be revoked");
      }
      stored.grant.revision = revocation.revision;
      stored.grant.ended_because = revocation.reason;
      if (const absl::Status status = Put(stored); !status.ok()) return status;
    }
    return selected;
  }
  absl::Status Erase(const GrantId& id) override {
    return Write([&] { grants_.Erase(id); });
  }
  absl::Status AddChange(const GrantChange& change) override {
    return Write([&] { changes_.Put(change.revision, change); });
  }
  absl::Status EraseChangesBefore(uint64_t revision) override {
    return Write([&] {
      changes_.EraseIf([&](const GrantChange& change) { return change.revision < revision; });
    });
  }
  absl::Status PutReply(const KeptReply& reply) override {
    return Write([&] { replies_.Put({reply.caller, reply.request_id}, reply); });
  }
  absl::Status EraseRepliesBefore(int64_t time) override {
    return Write(
        [&] { replies_.EraseIf([&](const KeptReply& reply) { return reply.time < time; }); });
  }

  absl::Status Commit() override {
    return Write([&] {
      const std::lock_guard lock(mutex_);
      committed_header_ = header_;
      grants_.Commit();
      changes_.Commit();
      replies_.Commit();
      snapshot_ = nullptr;
      open_ = false;
    });
  }

  void Rollback() override {
    header_ = committed_header_;
    grants_.Rollback();
    changes_.Rollback();
    replies_.Rollback();
    open_ = false;
  }

 private:
  template <typename Change>
  absl::Status Write(const Change& change) {
    if (!open_) return absl::InternalError("there is no transaction");
    change();
    return absl::OkStatus();
  }

  bool open_ = false;                                         // a transaction
  std::map<std::string, std::weak_ptr<const Scope>> shared_;  // by what they say
  size_t enough_shared_ = 1024;  // before those that are gone are looked for
  StoreHeader header_;
  StoreHeader committed_header_;
  Table<GrantId, StoredGrant> grants_;
  Table<uint64_t, GrantChange> changes_;
  Table<std::pair<std::string, std::string>, KeptReply> replies_;

  // Held where what is committed changes, and where other threads look at it.
  std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;  // of what is committed; null: not asked for
};

}  // namespace

std::unique_ptr<GrantBackend> MakeMemoryBackend() { return std::make_unique<MemoryBackend>(); }

}  // namespace thuja::server
