// SPDX-License-Identifier: Apache-2.0
// Opening views and keeping their connections.
//
// Tested by tests/unit/store/backend_test.cc and tests/unit/store/sqlite_log_test.cc.
#include "server/store/sqlite_views.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "server/store/sqlite_grants.h"
#include "server/store/sqlite_reading.h"
#include "server/store/sqlite_scopes.h"

namespace thuja::server {

// What a scope's number stands for is certain only within one transaction, so each view reads its
// scopes itself.
class SqliteViews::View : public GrantBackendView {
 public:
  View(std::shared_ptr<SqliteViews> views, std::unique_ptr<SqliteConnection> connection)
      : views_(std::move(views)), connection_(std::move(connection)), scopes_(connection_.get()) {
    ++views_->open_;
  }

  ~View() override {
    const bool ended = connection_->Execute("COMMIT").ok();
    --views_->open_;
    if (ended) views_->Return(std::move(connection_));
  }

  absl::StatusOr<StoreHeader> Header() override { return ReadHeader(*connection_); }

  absl::StatusOr<std::optional<StoredGrant>> Get(const grants::GrantId& id) override {
    return FindGrantRow(id, *connection_, scopes_);
  }

  absl::StatusOr<std::vector<StoredGrant>> List(const GrantFilter& filter, const GrantRange& range,
                                                size_t most) override {
    return ListGrants(filter, range, most, *connection_, scopes_);
  }

  absl::StatusOr<std::optional<grants::GrantId>> Reach(const GrantFilter& filter,
                                                       const grants::GrantId& after,
                                                       size_t rows) override {
    return ReachOfList(filter, after, rows, *connection_);
  }

  absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) override {
    return ListChanges(after, most, *connection_);
  }

  absl::StatusOr<uint64_t> FirstChange() override { return server::FirstChange(*connection_); }

 private:
  std::shared_ptr<SqliteViews> views_;
  std::unique_ptr<SqliteConnection> connection_;
  SqliteScopes scopes_;
};

absl::StatusOr<std::unique_ptr<GrantBackendView>> SqliteViews::Open() {
  if (is_paused()) {
    return absl::UnavailableError(absl::StrCat(
        "`", file_->name(), "`: too many changes wait for those who look at older ones"));
  }
  absl::StatusOr<std::unique_ptr<SqliteConnection>> connection = Take();
  if (!connection.ok()) return connection.status();
  if (const absl::Status status = (*connection)->Execute("BEGIN"); !status.ok()) return status;
  auto view = std::make_unique<View>(shared_from_this(), *std::move(connection));
  // The transaction begins where it is first read in, not at its BEGIN.
  if (const auto header = view->Header(); !header.ok()) return header.status();
  return view;
}

void SqliteViews::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  idle_.clear();
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteViews::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<SqliteConnection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = SqliteConnection::Open(file_->path(), file_->name());
  if (!connection.ok()) return connection.status();
  const absl::Status status = (*connection)->Execute("PRAGMA query_only = ON");
  if (!status.ok()) return status;
  return connection;
}

void SqliteViews::Return(std::unique_ptr<SqliteConnection> connection) {
  const std::lock_guard lock(mutex_);
  if (!closed_ && idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
}

}  // namespace thuja::server
