// SPDX-License-Identifier: Apache-2.0
// Walks and searches of the table of grants.
//
// Tested by tests/unit/store/backend_test.cc.
#include "server/store/sqlite_search.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_cat.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "server/store/sqlite_grants.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using Visit = GrantBackend::VisitGrant;

// `damaged`: counts those that are passed over; null: one is an error.
absl::Status VisitRow(const SqliteStatement& row, const Visit& visit, size_t* damaged,
                      SqliteConnection& connection, SqliteScopes& scopes) {
  absl::StatusOr<StoredGrant> grant = ReadGrantRow(row, connection, scopes);
  if (grant.ok()) return visit(*std::move(grant));
  if (damaged == nullptr || !absl::IsDataLoss(grant.status())) return grant.status();
  ++*damaged;
  return absl::OkStatus();
}

// Grants that were delegated, as numbers of rows by depth.
using Delegated = std::array<std::vector<int64_t>, grants::kMostDepth + 1>;

// In the order of the file, which is quick. What was delegated is left for later.
absl::StatusOr<Delegated> VisitUndelegated(const Visit& visit, size_t* damaged,
                                           SqliteConnection& connection, SqliteScopes& scopes) {
  Delegated delegated;
  auto rows = connection.Prepare(SelectGrants() + "NOT INDEXED");
  if (!rows.ok()) return rows.status();
  while (true) {
    const absl::StatusOr<bool> is_there = rows->Step();
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) return delegated;
    const int64_t depth = rows->Integer(kDepthColumn);
    if (depth > 0 && depth <= grants::kMostDepth) {
      delegated[static_cast<size_t>(depth)].push_back(rows->Integer(kNumberColumn));
      continue;
    }
    const absl::Status status = VisitRow(*rows, visit, damaged, connection, scopes);
    if (!status.ok()) return status;
  }
}

// The id of each row, its first column.
absl::StatusOr<std::vector<GrantId>> ReadIds(SqliteStatement& rows, SqliteConnection& connection) {
  std::vector<GrantId> ids;
  while (true) {
    const absl::StatusOr<bool> is_there = rows.Step();
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) return ids;
    const std::optional<GrantId> id = IdOf(rows.Blob(0));
    if (!id) return connection.Damaged("a grant has no id");
    ids.push_back(*id);
  }
}

// Goes from what was delegated last to what was not delegated at all.
class ForgettableSearch {
 public:
  ForgettableSearch(size_t most, SqliteConnection& connection)
      : most_(most), connection_(connection) {}

  // Of one depth; REQUIRES that those of greater depths were added.
  absl::Status AddDepth(int depth, int64_t over) {
    auto rows = connection_.Cached(
        "SELECT id FROM grants WHERE depth = ? AND over_at <= ? AND length(id) = 16");
    if (!rows.ok()) return rows.status();
    rows->BindInteger(1, depth);
    rows->BindInteger(2, over);
    while (ids_.size() < most_) {
      const absl::StatusOr<bool> is_there = rows->Step();
      if (!is_there.ok()) return is_there.status();
      if (!*is_there) break;
      const std::optional<GrantId> id = IdOf(rows->Blob(0));
      if (!id) return connection_.Damaged("a grant has no id");
      const absl::StatusOr<bool> is_needed = IsParentOfOther(*id);
      if (!is_needed.ok()) return is_needed.status();
      if (*is_needed) continue;
      ids_.push_back(*id);
      found_.emplace(id->high, id->low);
    }
    return absl::OkStatus();
  }

  std::vector<GrantId> TakeIds() { return std::move(ids_); }

 private:
  // Whether something was delegated from it that was not found.
  absl::StatusOr<bool> IsParentOfOther(const GrantId& id) {
    auto children = connection_.Cached("SELECT id FROM grants WHERE parent = ?");
    if (!children.ok()) return children.status();
    const IdBytes bytes = BytesOf(id);
    children->BindBlob(1, bytes);
    while (true) {
      const absl::StatusOr<bool> is_there = children->Step();
      if (!is_there.ok()) return is_there.status();
      if (!*is_there) return false;
      const GrantId child = IdOf(children->Blob(0)).value_or(GrantId{});
      if (!found_.contains({child.high, child.low})) return true;
    }
  }

  const size_t most_;
  SqliteConnection& connection_;
  std::vector<GrantId> ids_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> found_;
};

}  // namespace

// No index has a part in it: what an index may have lost is not lost.
absl::Status VisitGrants(const Visit& visit, size_t* damaged, SqliteConnection& connection,
                         SqliteScopes& scopes) {
  const absl::StatusOr<Delegated> delegated = VisitUndelegated(visit, damaged, connection, scopes);
  if (!delegated.ok()) return delegated.status();
  auto row = connection.Prepare(SelectGrants() + "WHERE number = ?");
  if (!row.ok()) return row.status();
  for (const std::vector<int64_t>& of_depth : *delegated) {
    for (const int64_t number : of_depth) {
      row->Reset();
      row->BindInteger(1, number);
      const absl::StatusOr<bool> is_there = row->Step();
      if (!is_there.ok()) return is_there.status();
      if (!*is_there) return connection.Damaged("a grant that was there is not");
      const absl::Status status = VisitRow(*row, visit, damaged, connection, scopes);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// The states that are not terminal are the first three.
std::string SelectedSql(GrantSelector::Kind kind, bool by_index) {
  static_assert(!IsTerminal(grants::GrantState::kSuspended) &&
                IsTerminal(grants::GrantState::kCompleted));
  const char* index = "";
  const char* found = "";
  const char* more = "";
  switch (kind) {
    case GrantSelector::Kind::kEverything: return "state <= 2";
    case GrantSelector::Kind::kHolder:
      index = "grants_by_holder";
      found = "holder_id = ?1 AND holder_type = ?2";
      break;
    case GrantSelector::Kind::kClass:
      index = "grants_by_class";
      found = "agent_class = ?1";
      break;
    case GrantSelector::Kind::kTask:
      index = "grants_by_task";
      found = "task = ?1";
      more = " AND (?2 = '' OR tenant = ?2)";
      break;
  }
  if (!by_index) return absl::StrCat(found, more, " AND state <= 2");
  return absl::StrCat("number IN (SELECT number FROM grants INDEXED BY ", index, " WHERE ", found,
                      ")", more, " AND state <= 2");
}

void BindSelector(const GrantSelector& selector, SqliteStatement& statement) {
  switch (selector.kind) {
    case GrantSelector::Kind::kEverything: break;
    case GrantSelector::Kind::kHolder:
      statement.BindText(1, selector.holder.id);
      statement.BindText(2, selector.holder.type);
      break;
    case GrantSelector::Kind::kClass: statement.BindText(1, selector.agent_class); break;
    case GrantSelector::Kind::kTask:
      statement.BindText(1, selector.task);
      statement.BindText(2, selector.tenant);
      break;
  }
}

absl::StatusOr<std::vector<GrantId>> SelectGrantIds(const GrantSelector& selector,
                                                    SqliteConnection& connection) {
  const bool everything = selector.kind == GrantSelector::Kind::kEverything;
  auto rows = connection.Prepare(absl::StrCat(
      "SELECT id FROM grants ", everything ? "INDEXED BY grants_by_state" : "NOT INDEXED",
      " WHERE ", SelectedSql(selector.kind, /*by_index=*/true)));
  if (!rows.ok()) return rows.status();
  BindSelector(selector, *rows);
  return ReadIds(*rows, connection);
}

absl::StatusOr<std::vector<GrantId>> SilentGrantIds(int64_t now, size_t most,
                                                    SqliteConnection& connection) {
  auto rows = connection.Cached(
      "SELECT id FROM grants WHERE silent_at <= ? AND length(id) = 16 ORDER BY silent_at LIMIT ?");
  if (!rows.ok()) return rows.status();
  rows->BindInteger(1, now);
  rows->BindAtMost(2, most);
  return ReadIds(*rows, connection);
}

absl::StatusOr<std::vector<GrantId>> ForgettableGrantIds(int64_t now, int64_t margin, size_t most,
                                                         SqliteConnection& connection) {
  int64_t over = 0;
  if (__builtin_sub_overflow(now, margin, &over)) return std::vector<GrantId>();
  ForgettableSearch search(most, connection);
  for (int depth = grants::kMostDepth; depth >= 0; --depth) {
    if (const absl::Status status = search.AddDepth(depth, over); !status.ok()) return status;
  }
  return search.TakeIds();
}

}  // namespace thuja::server
