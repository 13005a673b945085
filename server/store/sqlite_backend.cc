// SPDX-License-Identifier: Apache-2.0
// Grants in a SQLite database: what its writer does.
//
// Tested by tests/unit/store/backend_test.cc, tests/unit/store/sqlite_file_test.cc and
// tests/unit/store/sqlite_crash_test.cc.
#include "server/store/sqlite_backend.h"

#include <algorithm>
#include <utility>

#include "server/store/prepared_scopes.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_file.h"
#include "server/store/sqlite_grants.h"
#include "server/store/sqlite_reading.h"
#include "server/store/sqlite_revocation.h"
#include "server/store/sqlite_schema.h"
#include "server/store/sqlite_scopes.h"
#include "server/store/sqlite_search.h"
#include "server/store/sqlite_views.h"

namespace thuja::server {
namespace {

using grants::GrantId;

class SqliteBackend : public GrantBackend {
 public:
  SqliteBackend(std::shared_ptr<SqliteViews> views, std::unique_ptr<SqliteConnection> connection,
                const SqliteLogLimits& limits)
      : views_(std::move(views)),
        connection_(std::move(connection)),
        scopes_(connection_.get(), prepared_),
        log_(connection_.get(), limits) {}

  // The last connection to a database moves its whole log into the file: this one, if nobody
  // looks any more.
  ~SqliteBackend() override { views_->Close(); }

  absl::StatusOr<std::unique_ptr<GrantBackendView>> OpenView() override { return views_->Open(); }

  bool HasTooManyViews() const override { return views_->is_paused(); }

  absl::StatusOr<std::shared_ptr<const void>> Prepare(
      const std::shared_ptr<const grants::Scope>& scope) override {
    return prepared_->Prepare(scope);
  }

  absl::StatusOr<StoreHeader> Header() override { return ReadHeader(*connection_); }

  absl::StatusOr<std::optional<StoredGrant>> Get(const GrantId& id) override {
    return FindGrantRow(id, *connection_, scopes_);
  }
  absl::Status ForEach(const VisitGrant& visit) override {
    return VisitGrants(visit, nullptr, *connection_, scopes_);
  }
  absl::StatusOr<size_t> ForEachUndamaged(const VisitGrant& visit) override {
    size_t damaged = 0;
    const absl::Status status = VisitGrants(visit, &damaged, *connection_, scopes_);
    if (!status.ok()) return status;
    return damaged;
  }
  absl::StatusOr<std::vector<GrantId>> Select(const GrantSelector& selector) override {
    return SelectGrantIds(selector, *connection_);
  }
  absl::StatusOr<std::vector<GrantId>> Silent(int64_t now, size_t most) override {
    return SilentGrantIds(now, most, *connection_);
  }
  absl::StatusOr<std::vector<GrantId>> Forgettable(int64_t now, int64_t margin,
                                                   size_t most) override {
    return ForgettableGrantIds(now, margin, most, *connection_);
  }

  absl::StatusOr<std::optional<KeptReply>> FindReply(const std::string& caller,
                                                     const std::string& request_id) override {
    auto row = connection_->Cached(
        "SELECT digest, time, reply FROM replies WHERE caller = ? AND request_id = ?");
    if (!row.ok()) return row.status();
    row->BindText(1, caller);
    row->BindText(2, request_id);
    const absl::StatusOr<bool> is_there = row->Step();
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) return std::nullopt;
    KeptReply reply{.caller = caller,
                    .request_id = request_id,
                    .time = row->Integer(1),
                    .reply = std::string(row->Text(2))};
    const std::span<const uint8_t> digest = row->Blob(0);
    if (digest.size() != reply.digest.size()) return connection_->Damaged("a reply has no digest");
    std::ranges::copy(digest, reply.digest.begin());
    return std::optional<KeptReply>(std::move(reply));
  }

  absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) override {
    return ListChanges(after, most, *connection_);
  }

  // The log can be moved once nobody looks any more, which is not when something is committed.
  void Tidy() override {
    log_.MoveIfLong(views_->has_open());
    views_->SetPaused(log_.is_too_long());
  }

  absl::StatusOr<std::shared_ptr<const grants::Scope>> Share(
      const std::shared_ptr<const grants::Scope>& scope) override {
    return scopes_.Share(scope);
  }

  absl::Status Begin() override { return connection_->Execute("BEGIN IMMEDIATE"); }

  absl::Status PutHeader(const StoreHeader& header) override {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    return WriteHeader(header, *connection_);
  }

  absl::Status Put(const StoredGrant& grant) override {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    return PutGrantRow(grant, *connection_, scopes_);
  }

  absl::Status PutCalls(const StoredGrant& grant) override {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    return PutCallsOfGrantRow(grant, *connection_, scopes_);
  }

  absl::Status Erase(const GrantId& id) override {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    return EraseGrantRow(id, *connection_, scopes_);
  }

  absl::StatusOr<std::vector<GrantId>> Revoke(const GrantSelector& selector,
                                              const Revocation& revocation) override {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    return RevokeGrantRows(selector, revocation, *connection_);
  }

  absl::Status AddChange(const GrantChange& change) override {
    const IdBytes id = BytesOf(change.id);
    return Write(
        "INSERT INTO changes (revision, time, event, id, subject, grants, caller)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [&](SqliteStatement& statement) {
          statement.BindInteger(1, static_cast<int64_t>(change.revision));
          statement.BindInteger(2, change.time);
          statement.BindText(3, change.event);
          if (change.id) {
            statement.BindBlob(4, id);
          } else {
            statement.BindNull(4);
          }
          statement.BindText(5, change.subject);
          statement.BindInteger(6, static_cast<int64_t>(change.grants));
          statement.BindText(7, change.caller);
        });
  }

  absl::Status EraseChangesBefore(uint64_t revision) override {
    return Write("DELETE FROM changes WHERE revision < ?",
                 [&](SqliteStatement& statement) { statement.BindAtMost(1, revision); });
  }

  absl::Status PutReply(const KeptReply& reply) override {
    return Write(
        "INSERT INTO replies (caller, request_id, digest, time, reply) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (caller, request_id) DO UPDATE SET"
        " digest = excluded.digest, time = excluded.time, reply = excluded.reply",
        [&](SqliteStatement& statement) {
          statement.BindText(1, reply.caller);
          statement.BindText(2, reply.request_id);
          statement.BindBlob(3, reply.digest);
          statement.BindInteger(4, reply.time);
          statement.BindText(5, reply.reply);
        });
  }

  absl::Status EraseRepliesBefore(int64_t time) override {
    return Write("DELETE FROM replies WHERE time < ?",
                 [&](SqliteStatement& statement) { statement.BindInteger(1, time); });
  }

  absl::Status Commit() override {
    if (const absl::Status status = connection_->Execute("COMMIT"); !status.ok()) return status;
    scopes_.Keep();
    Tidy();
    return absl::OkStatus();
  }

  // A transaction that SQLite gave up by itself is over already. Scopes that it added are gone.
  void Rollback() override {
    scopes_.Forget();
    if (connection_->in_transaction()) connection_->Execute("ROLLBACK").IgnoreError();
  }

 private:
  // Outside of one each statement would be committed by itself.
  absl::Status CheckTransaction() const {
    if (connection_->in_transaction()) return absl::OkStatus();
    return absl::InternalError("there is no transaction");
  }

  template <typename Bind>
  absl::Status Write(const char* sql, const Bind& bind) {
    if (const absl::Status status = CheckTransaction(); !status.ok()) return status;
    auto statement = connection_->Cached(sql);
    if (!statement.ok()) return statement.status();
    bind(*statement);
    return statement->Run();
  }

  std::shared_ptr<SqliteViews> views_;
  std::unique_ptr<SqliteConnection> connection_;
  const std::shared_ptr<PreparedScopes> prepared_ = std::make_shared<PreparedScopes>();
  SqliteScopes scopes_;
  SqliteLog log_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrantBackend>> OpenSqliteBackend(const std::string& path,
                                                                const SqliteLogLimits& limits) {
  auto file = SqliteFile::Hold(path);
  if (!file.ok()) return file.status();
  auto connection = SqliteConnection::Open((*file)->path(), (*file)->name());
  if (!connection.ok()) return connection.status();
  if (const absl::Status status = PrepareDatabase(**connection); !status.ok()) return status;
  if (const absl::Status status = PrepareRevocation(**connection); !status.ok()) return status;
  return std::make_unique<SqliteBackend>(std::make_shared<SqliteViews>(*std::move(file)),
                                         *std::move(connection), limits);
}

absl::StatusOr<std::unique_ptr<GrantBackend>> OpenSqliteBackend(const std::string& path) {
  return OpenSqliteBackend(path, SqliteLogLimits{});
}

}  // namespace thuja::server
