// SPDX-License-Identifier: Apache-2.0
// The header, and lists, each along the index that most likely has the fewest rows of it.
//
// Tested by tests/unit/store/backend_test.cc.
#include "server/store/sqlite_reading.h"

#include <absl/strings/str_cat.h>

#include <optional>
#include <string>

#include "server/store/sqlite_grants.h"
#include "server/store/sqlite_seal.h"

namespace thuja::server {
namespace {

// How the rows of a list are found. SQLite keeps no statistics here, and would take any of the
// indexes that fit. All of them end with the id, so that a page is read from where the one before
// ended.
struct ListPlan {
  std::string index;   // `INDEXED BY ...`; empty: the ids' own
  std::string key;     // the condition that the index meets by itself
  std::string others;  // those that each of its rows is looked at for
};

ListPlan PlanOf(const GrantFilter& filter) {
  ListPlan plan;
  const auto add = [&](bool wanted, const char* condition, const char* by) {
    if (!wanted) return;
    const bool is_key = plan.index.empty() && by != nullptr;
    if (is_key) plan.index = absl::StrCat("INDEXED BY ", by, " ");
    absl::StrAppend(is_key ? &plan.key : &plan.others, " AND ", condition);
  };
  const bool has_parent = filter.parent.has_value() && *filter.parent;
  add(has_parent, "parent = ?2", "grants_by_parent");
  add(filter.parent.has_value() && !has_parent, "parent IS NULL", nullptr);
  add(filter.task.has_value(), "task = ?3", "grants_by_task");
  add(filter.holder.has_value(), "holder_id = ?4 AND holder_type = ?5", "grants_by_holder");
  const bool has_tenant = filter.tenant.has_value() && !filter.tenant->empty();
  add(has_tenant, "tenant = ?6 AND tenant <> ''", "grants_by_tenant");
  add(filter.tenant.has_value() && !has_tenant, "tenant = ''", nullptr);
  add(filter.agent_class.has_value(), "agent_class = ?7", "grants_by_class");
  add(filter.state.has_value(), "state = ?8", "grants_by_state");
  return plan;
}

// Of the filter, of what `id > ?1` begins with, and of the number of rows, ?9.
void BindList(const GrantFilter& filter, const IdBytes& after, const IdBytes& parent, size_t number,
              SqliteStatement& rows) {
  rows.BindBlob(1, after);
  rows.BindBlob(2, parent);
  if (filter.task) rows.BindText(3, *filter.task);
  if (filter.holder) rows.BindText(4, filter.holder->id);
  if (filter.holder) rows.BindText(5, filter.holder->type);
  if (filter.tenant) rows.BindText(6, *filter.tenant);
  if (filter.agent_class) rows.BindText(7, *filter.agent_class);
  if (filter.state) rows.BindInteger(8, static_cast<int64_t>(*filter.state));
  rows.BindAtMost(9, number);
}

int64_t SealOf(const StoreHeader& header) {
  SqliteSeal seal;
  seal.Add(header.revision);
  seal.Add(static_cast<uint64_t>(header.clock));
  seal.Add(header.runs);
  return seal.value();
}

// False if it is not what was written.
bool ReadChange(const SqliteStatement& row, GrantChange& change) {
  for (const int column : {0, 1, 5}) {
    if (!row.IsInteger(column)) return false;
  }
  change.revision = static_cast<uint64_t>(row.Integer(0));
  change.time = row.Integer(1);
  change.event = row.Text(2);
  if (!row.IsNull(3)) {
    const std::optional<grants::GrantId> id = IdOf(row.Blob(3));
    if (!id) return false;
    change.id = *id;
  }
  change.subject = row.Text(4);
  change.grants = static_cast<uint64_t>(row.Integer(5));
  change.caller = row.Text(6);
  return true;
}

}  // namespace

absl::StatusOr<StoreHeader> ReadHeader(SqliteConnection& connection) {
  auto statement = connection.Cached("SELECT revision, clock, runs, seal FROM header");
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row) return connection.Damaged("its header is not there");
  const StoreHeader header = {static_cast<uint64_t>(statement->Integer(0)), statement->Integer(1),
                              static_cast<uint64_t>(statement->Integer(2))};
  if (statement->Integer(3) != SealOf(header)) {
    return connection.Damaged("its revision, clock and runs are not what was written");
  }
  return header;
}

absl::Status WriteHeader(const StoreHeader& header, SqliteConnection& connection) {
  auto statement = connection.Cached(
      "INSERT INTO header (one, revision, clock, runs, seal) VALUES (1, ?1, ?2, ?3, ?4)"
      " ON CONFLICT (one) DO UPDATE SET revision = ?1, clock = ?2, runs = ?3, seal = ?4");
  if (!statement.ok()) return statement.status();
  statement->BindInteger(1, static_cast<int64_t>(header.revision));
  statement->BindInteger(2, header.clock);
  statement->BindInteger(3, static_cast<int64_t>(header.runs));
  statement->BindInteger(4, SealOf(header));
  return statement->Run();
}

absl::StatusOr<std::vector<StoredGrant>> ListGrants(const GrantFilter& filter,
                                                    const GrantRange& range, size_t most,
                                                    SqliteConnection& connection,
                                                    SqliteScopes& scopes) {
  const ListPlan plan = PlanOf(filter);
  auto rows = connection.Prepare(absl::StrCat(SelectGrants(), plan.index, "WHERE id > ?1",
                                              range.up_to ? " AND id <= ?10" : "", plan.key,
                                              plan.others, " ORDER BY id LIMIT ?9"));
  if (!rows.ok()) return rows.status();
  const IdBytes after = BytesOf(range.after);
  const IdBytes up_to = BytesOf(range.up_to.value_or(grants::GrantId{}));
  const IdBytes parent = BytesOf(filter.parent.value_or(grants::GrantId{}));
  BindList(filter, after, parent, most, *rows);
  if (range.up_to) rows->BindBlob(10, up_to);

  std::vector<StoredGrant> list;
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return list;
    absl::StatusOr<StoredGrant> grant = ReadGrantRow(*rows, connection, scopes);
    if (!grant.ok()) return grant.status();
    list.push_back(*std::move(grant));
  }
}

// Nothing but the index is read, so that to look how far it goes costs much less than to go there.
absl::StatusOr<std::optional<grants::GrantId>> ReachOfList(const GrantFilter& filter,
                                                           const grants::GrantId& after,
                                                           size_t rows,
                                                           SqliteConnection& connection) {
  const ListPlan plan = PlanOf(filter);
  auto last_two =
      connection.Prepare(absl::StrCat("SELECT id FROM grants ", plan.index, "WHERE id > ?1",
                                      plan.key, " ORDER BY id LIMIT 2 OFFSET ?9"));
  if (!last_two.ok()) return last_two.status();
  const IdBytes after_bytes = BytesOf(after);
  const IdBytes parent = BytesOf(filter.parent.value_or(grants::GrantId{}));
  BindList(filter, after_bytes, parent, rows - 1, *last_two);
  absl::StatusOr<bool> is_there = last_two->Step();
  if (!is_there.ok()) return is_there.status();
  if (!*is_there) return std::nullopt;
  const std::optional<grants::GrantId> last = IdOf(last_two->Blob(0));
  if (!last) return connection.Damaged("a grant has no id");
  is_there = last_two->Step();
  if (!is_there.ok()) return is_there.status();
  return *is_there ? last : std::nullopt;
}

absl::StatusOr<std::vector<GrantChange>> ListChanges(uint64_t after, size_t most,
                                                     SqliteConnection& connection) {
  std::vector<GrantChange> list;
  auto rows = connection.Cached(
      "SELECT revision, time, event, id, subject, grants, caller FROM changes"
      " WHERE revision > ? ORDER BY revision LIMIT ?");
  if (!rows.ok()) return rows.status();
  rows->BindAtMost(1, after);
  rows->BindAtMost(2, most);
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return list;
    if (!ReadChange(*rows, list.emplace_back())) {
      return connection.Damaged("a change is not what was written");
    }
  }
}

absl::StatusOr<uint64_t> FirstChange(SqliteConnection& connection) {
  const absl::StatusOr<int64_t> first =
      connection.QueryInteger("SELECT ifnull(min(revision), 0) FROM changes");
  if (!first.ok()) return first.status();
  return static_cast<uint64_t>(*first);
}

}  // namespace thuja::server
