// SPDX-License-Identifier: Apache-2.0
// SQLite's quick_check, and the indexes.
//
// A grant that is missing in an index is missed by the revocation that looks for it there. SQLite's
// integrity_check would see that, by looking each row up in each index: 13 s for a million grants.
// Here each index is read from its beginning to its end, and so is the table. The entries of the
// one are those of the other if the hashes of all of them add up to the same.
//
// Tested by tests/unit/store/sqlite_damage_test.cc.
#include "server/store/sqlite_check.h"

#include <absl/strings/str_cat.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/sqlite_seal.h"

namespace thuja::server {
namespace {

struct Index {
  const char* name;
  std::vector<size_t> columns;     // of its table's
  const char* condition = "TRUE";  // of the rows that it has
};

struct IndexedTable {
  const char* name;
  std::vector<std::string_view> columns;  // that are in indexes
  std::vector<Index> indexes;
};

// All of server/store/sqlite_schema.cc, those of UNIQUE columns too. Each begins with the number of
// the row, which every entry has.
const std::vector<IndexedTable>& Tables() {
  enum { kRow, kId, kParent, kTask, kHolderId, kHolderType, kTenant };
  enum { kClass = kTenant + 1, kState, kScope, kDepth, kOver, kSilent };
  static const auto* const tables = new std::vector<IndexedTable>{
      {"scopes", {"rowid", "digest"}, {{"sqlite_autoindex_scopes_1", {0, 1}}}},
      {"grants",
       {"rowid", "id", "parent", "task", "holder_id", "holder_type", "tenant", "agent_class",
        "state", "scope", "depth", "over_at", "silent_at"},
       {{"sqlite_autoindex_grants_1", {kRow, kId}},
        {"grants_by_parent", {kRow, kParent, kId}, "parent IS NOT NULL"},
        {"grants_by_task", {kRow, kTask, kId}},
        {"grants_by_holder", {kRow, kHolderId, kHolderType, kId}},
        {"grants_by_tenant", {kRow, kTenant, kId}, "tenant <> ''"},
        {"grants_by_class", {kRow, kClass, kId}},
        {"grants_by_state", {kRow, kState, kId}},
        {"grants_by_scope", {kRow, kScope}},
        {"grants_by_end", {kRow, kDepth, kOver}},
        {"grants_by_silence", {kRow, kSilent}, "silent_at IS NOT NULL"}}},
      {"replies",
       {"rowid", "caller", "request_id", "time"},
       {{"sqlite_autoindex_replies_1", {0, 1, 2}}, {"replies_by_time", {0, 3}}}},
  };
  return *tables;
}

uint64_t HashOf(const SqliteStatement& row, int column) {
  SqliteSeal seal;
  if (row.IsInteger(column)) {
    seal.Add(static_cast<uint64_t>(row.Integer(column)));
  } else if (row.IsNull(column)) {
    seal.AddNull();
  } else {
    const std::span<const uint8_t> bytes = row.Blob(column);
    seal.AddBytes(bytes.data(), bytes.size());
  }
  return static_cast<uint64_t>(seal.value());
}

absl::StatusOr<uint64_t> SumOfIndex(const IndexedTable& table, const Index& index,
                                    SqliteConnection& connection) {
  std::string columns;
  for (const size_t column : index.columns) {
    if (!columns.empty()) columns += ", ";
    columns += table.columns[column];
  }
  auto rows =
      connection.Prepare(absl::StrCat("SELECT ", columns, " FROM ", table.name, " INDEXED BY ",
                                      index.name, " WHERE ", index.condition));
  if (!rows.ok()) return rows.status();
  uint64_t sum = 0;
  while (true) {
    const absl::StatusOr<bool> is_there = rows->Step();
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) return sum;
    SqliteSeal seal;
    for (size_t i = 0; i < index.columns.size(); ++i) {
      seal.Add(HashOf(*rows, static_cast<int>(i)));
    }
    sum += static_cast<uint64_t>(seal.value());
  }
}

// What the indexes of a table should add up to.
absl::StatusOr<std::vector<uint64_t>> SumsOfRows(const IndexedTable& table,
                                                 SqliteConnection& connection) {
  std::string sql = "SELECT ";
  for (const std::string_view column : table.columns) {
    sql += column;
    sql += ", ";
  }
  for (const Index& index : table.indexes) absl::StrAppend(&sql, index.condition, ", ");
  auto rows = connection.Prepare(absl::StrCat(sql, "NULL FROM ", table.name, " NOT INDEXED"));
  if (!rows.ok()) return rows.status();
  std::vector<uint64_t> hashes(table.columns.size());
  std::vector<uint64_t> sums(table.indexes.size());
  while (true) {
    const absl::StatusOr<bool> is_there = rows->Step();
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) return sums;
    int column = 0;
    for (uint64_t& hash : hashes) hash = HashOf(*rows, column++);
    for (size_t i = 0; i < sums.size(); ++i) {
      if (rows->Integer(column++) == 0) continue;
      SqliteSeal seal;
      for (const size_t at : table.indexes[i].columns) seal.Add(hashes[at]);
      sums[i] += static_cast<uint64_t>(seal.value());
    }
  }
}

absl::Status CheckIndexes(const IndexedTable& table, SqliteConnection& connection) {
  const auto sums = SumsOfRows(table, connection);
  if (!sums.ok()) return sums.status();
  for (size_t i = 0; i < sums->size(); ++i) {
    const Index& index = table.indexes[i];
    const absl::StatusOr<uint64_t> sum = SumOfIndex(table, index, connection);
    if (!sum.ok()) return sum.status();
    if (*sum != (*sums)[i]) {
      return connection.Damaged(
          absl::StrCat("the index ", index.name, " has other entries than its table has rows"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPages(SqliteConnection& connection) {
  absl::StatusOr<SqliteStatement> check = connection.Prepare("PRAGMA quick_check(1)");
  if (!check.ok()) return check.status();
  const absl::StatusOr<bool> row = check->Step();
  if (!row.ok()) return row.status();
  const std::string found(check->Text(0));
  return found == "ok" ? absl::OkStatus() : connection.Damaged(found);
}

}  // namespace

absl::Status CheckDatabase(SqliteConnection& connection) {
  if (const absl::Status status = CheckPages(connection); !status.ok()) return status;
  int64_t indexes = 0;
  for (const IndexedTable& table : Tables()) {
    const absl::Status status = CheckIndexes(table, connection);
    if (!status.ok()) return status;
    indexes += static_cast<int64_t>(table.indexes.size());
  }
  const auto found =
      connection.QueryInteger("SELECT count(*) FROM sqlite_schema WHERE type = 'index'");
  if (!found.ok()) return found.status();
  return *found == indexes ? absl::OkStatus() : connection.Damaged("it has indexes of its own");
}

}  // namespace thuja::server
