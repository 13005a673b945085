// SPDX-License-Identifier: Apache-2.0
// A million grants that are revoked one by one are read, written and found in indexes a million
// times. Here SQLite goes through the rows itself, in the order of the file. What it cannot do is
// to tell that a row is what was written, and to seal it anew: that is a function of SQL here.
//
// Tested by tests/unit/store/backend_test.cc and tests/unit/store/revoke_all_test.cc.
#include "server/store/sqlite_revocation.h"

#include <absl/strings/str_cat.h>

#include <span>
#include <string>
#include <string_view>

#include "server/store/sqlite_grants.h"
#include "server/store/sqlite_seal.h"
#include "server/store/sqlite_search.h"

namespace thuja::server {
namespace {

static_assert(static_cast<int>(grants::GrantState::kRevoked) == 6, "it is in the SQL below");

// Parameters of RevokeSql beside those of the selector.
constexpr int kRevision = kSelectorParameters + 1;
constexpr int kTime = kSelectorParameters + 2;
constexpr int kReason = kSelectorParameters + 3;

void SealOfValues(sqlite3_context* context, int count, sqlite3_value** values) {
  SqliteSeal seal;
  for (sqlite3_value* const value : std::span(values, static_cast<size_t>(count))) {
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER: seal.Add(static_cast<uint64_t>(sqlite3_value_int64(value))); break;
      case SQLITE_NULL: seal.AddNull(); break;
      default: {
        // In this order, which is SQLite's rule for what is a blob or a text already.
        const void* const bytes = sqlite3_value_blob(value);
        seal.AddBytes(bytes, static_cast<size_t>(sqlite3_value_bytes(value)));
      }
    }
  }
  sqlite3_result_int64(context, seal.value());
}

// A call of the function; of a row that is revoked, if it is.
std::string SealSql(bool revoked) {
  std::string sql;
  for (const std::string_view column : SealedColumns()) {
    absl::StrAppend(&sql, sql.empty() ? "grant_seal(" : ", ");
    if (revoked && column == "state") {
      sql += "6";
    } else if (revoked && column == "revision") {
      absl::StrAppend(&sql, "?", kRevision);
    } else if (revoked && column == "ended") {
      absl::StrAppend(&sql, "?", kTime);
    } else if (revoked && column == "ended_because") {
      absl::StrAppend(&sql, "?", kReason);
    } else {
      sql += column;
    }
  }
  return sql + ")";
}

// In the order of the rows, whatever they are found by. `over_at` is in an index, which is left
// alone for all those whose time is not over yet.
std::string RevokeSql(GrantSelector::Kind kind, bool expired) {
  const std::string which =
      kind == GrantSelector::Kind::kEverything
          ? "WHERE state <= 2"
          : absl::StrCat("WHERE number IN (SELECT number FROM grants ", SelectedSql(kind), ")");
  return absl::StrCat(
      "UPDATE grants NOT INDEXED SET state = 6, revision = ?", kRevision, ", ended = ?", kTime,
      ", ended_because = ?", kReason, ", silent_at = NULL, seal = ", SealSql(true),
      expired ? absl::StrCat(", over_at = ?", kTime) : "", " ", which, " AND over_at ",
      expired ? "<" : ">=", " ?", kTime, " AND seal = ", SealSql(false));
}

absl::StatusOr<uint64_t> Revoke(const GrantSelector& selector, const Revocation& revocation,
                                bool expired, SqliteConnection& connection) {
  auto update = connection.Prepare(RevokeSql(selector.kind, expired));
  if (!update.ok()) return update.status();
  BindSelector(selector, *update);
  update->BindInteger(kRevision, static_cast<int64_t>(revocation.revision));
  update->BindInteger(kTime, revocation.time);
  update->BindText(kReason, revocation.reason);
  if (const absl::Status status = update->Run(); !status.ok()) return status;
  return static_cast<uint64_t>(connection.changes());
}

absl::StatusOr<bool> AreAnyLeft(const GrantSelector& selector, SqliteConnection& connection) {
  auto rows = connection.Prepare("SELECT 1 FROM grants " + SelectedSql(selector.kind));
  if (!rows.ok()) return rows.status();
  BindSelector(selector, *rows);
  return rows->Step();
}

}  // namespace

absl::Status PrepareRevocation(SqliteConnection& connection) {
  const int code = sqlite3_create_function_v2(
      connection.database(), "grant_seal", static_cast<int>(SealedColumns().size()),
      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr, SealOfValues, nullptr,
      nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : connection.Failure(code);
}

absl::StatusOr<uint64_t> RevokeGrantRows(const GrantSelector& selector,
                                         const Revocation& revocation,
                                         SqliteConnection& connection) {
  const auto live = Revoke(selector, revocation, /*expired=*/false, connection);
  if (!live.ok()) return live.status();
  const auto left = AreAnyLeft(selector, connection);
  if (!left.ok()) return left.status();
  if (!*left) return *live;
  const auto expired = Revoke(selector, revocation, /*expired=*/true, connection);
  if (!expired.ok()) return expired.status();
  return *live + *expired;
}

}  // namespace thuja::server
