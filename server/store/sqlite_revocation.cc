// SPDX-License-Identifier: Apache-2.0
// A million grants that are revoked one by one are read, written and found in indexes a million
// times. Here SQLite goes through the rows itself, in the order of the file. What it cannot do is
// to tell that a row is what was written, and to seal it anew: that is a function of SQL here.
//
// Tested by tests/unit/store/backend_test.cc and tests/unit/store/revoke_all_test.cc.
#include "server/store/sqlite_revocation.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/store/sqlite_grants.h"
#include "server/store/sqlite_schema.h"
#include "server/store/sqlite_seal.h"
#include "server/store/sqlite_search.h"

namespace thuja::server {
namespace {

using grants::GrantId;

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

// Whether the time of what is looked for is over. `over_at` is in an index, which is left alone for
// all those whose time is not.
enum class Time { kToCome, kOver };

std::string RevokeSql(const std::string& selected, Time time) {
  const bool over = time == Time::kOver;
  return absl::StrCat("UPDATE grants NOT INDEXED SET state = 6, revision = ?", kRevision,
                      ", ended = ?", kTime, ", ended_because = ?", kReason, ", silent_at = NULL, ",
                      over ? absl::StrCat("over_at = ?", kTime, ", ") : "",
                      "seal = ", SealSql(/*revoked=*/true), " WHERE ", selected, " AND over_at ",
                      over ? "<" : ">=", " ?", kTime, " AND seal = ", SealSql(/*revoked=*/false));
}

// Revocations of one selector.
class Revoker {
 public:
  Revoker(const GrantSelector& selector, const Revocation& revocation, SqliteConnection& connection)
      : selector_(selector), revocation_(revocation), connection_(connection) {}

  absl::StatusOr<std::vector<GrantId>> Run() {
    auto ids = SelectGrantIds(selector_, connection_);
    if (!ids.ok() || ids->empty()) return ids;
    const absl::StatusOr<bool> many = AreMany(ids->size());
    if (!many.ok()) return many.status();
    const absl::StatusOr<size_t> revoked = *many ? RevokeMany(ids->size()) : Revoke(ids->size());
    if (!revoked.ok()) return revoked.status();
    if (*revoked == ids->size()) return ids;
    const auto left = SelectGrantIds(selector_, connection_);
    if (!left.ok()) return left.status();
    absl::flat_hash_set<std::pair<uint64_t, uint64_t>> damaged;
    for (const GrantId& id : *left) damaged.emplace(id.high, id.low);
    std::erase_if(*ids, [&](const GrantId& id) { return damaged.contains({id.high, id.low}); });
    return ids;
  }

 private:
  // Most of all there are: then to look at each row is quicker than to find them.
  absl::StatusOr<bool> AreMany(size_t selected) {
    constexpr size_t kFew = 10'000;
    if (selected < kFew) return false;
    const auto all = connection_.QueryInteger("SELECT count(*) FROM grants");
    if (!all.ok()) return all.status();
    return selected > static_cast<size_t>(*all) / 4;
  }

  // Ids are random, so that each row would be in another place of the index by state.
  absl::StatusOr<size_t> RevokeMany(size_t selected) {
    by_index_ = false;
    if (const auto status = connection_.Execute("DROP INDEX grants_by_state"); !status.ok()) {
      return status;
    }
    const absl::StatusOr<size_t> revoked = Revoke(selected);
    if (!revoked.ok()) return revoked;
    if (const auto status = connection_.Execute(kIndexByState); !status.ok()) return status;
    return revoked;
  }

  absl::StatusOr<size_t> Revoke(size_t selected) {
    const absl::StatusOr<size_t> revoked = Revoke(Time::kToCome);
    if (!revoked.ok() || *revoked == selected) return revoked;
    const absl::StatusOr<size_t> more = Revoke(Time::kOver);
    if (!more.ok()) return more;
    return *revoked + *more;
  }

  absl::StatusOr<size_t> Revoke(Time time) {
    auto update = connection_.Prepare(RevokeSql(SelectedSql(selector_.kind, by_index_), time));
    if (!update.ok()) return update.status();
    BindSelector(selector_, *update);
    update->BindInteger(kRevision, static_cast<int64_t>(revocation_.revision));
    update->BindInteger(kTime, revocation_.time);
    update->BindText(kReason, revocation_.reason);
    if (const absl::Status status = update->Run(); !status.ok()) return status;
    return static_cast<size_t>(connection_.changes());
  }

  const GrantSelector& selector_;
  const Revocation& revocation_;
  SqliteConnection& connection_;
  bool by_index_ = true;
};

}  // namespace

absl::Status PrepareRevocation(SqliteConnection& connection) {
  const int code = sqlite3_create_function_v2(
      connection.database(), "grant_seal", static_cast<int>(SealedColumns().size()),
      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr, SealOfValues, nullptr,
      nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : connection.Failure(code);
}

absl::StatusOr<std::vector<GrantId>> RevokeGrantRows(const GrantSelector& selector,
                                                     const Revocation& revocation,
                                                     SqliteConnection& connection) {
  return Revoker(selector, revocation, connection).Run();
}

}  // namespace thuja::server
