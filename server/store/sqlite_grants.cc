// SPDX-License-Identifier: Apache-2.0
// Grants to rows and back.
//
// Most of a grant never changes, and most changes are heartbeats. So a grant that is put is first
// tried as a change of a few columns where all others are as they were, which leaves their indexes
// alone.
//
// Tested by tests/unit/store/backend_test.cc and tests/unit/store/sqlite_damage_test.cc.
#include "server/store/sqlite_grants.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>

#include "server/store/sqlite_seal.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::GrantId;
using grants::GrantState;

static_assert(grants::kGrantStates == 7 && static_cast<int>(GrantState::kRevoked) == 6,
              "states are kept as numbers: do not change what they mean");

// In the order of BindGrant and ReadFields, which is also that of the parameters.
constexpr std::string_view kFixedColumns[] = {
    "id",         "parent",   "depth", "holder_type", "holder_id",         "agent_class", "tenant",
    "task",       "workflow", "step",  "environment", "deployment",        "scope",       "issued",
    "not_before", "expires",  "calls", "issued_by",   "heartbeat_timeout", "credential"};
constexpr std::string_view kChangingColumns[] = {"state",          "revision",      "ended",
                                                 "last_heartbeat", "ended_because", "calls_given",
                                                 "calls_since",    "seal"};
// What grants are found by: when they are over but for a margin (grants::TombstoneUntil), and when
// they will not have been heard of for too long, if they can be.
constexpr std::string_view kDerivedColumns[] = {"over_at", "silent_at"};

// Parameters count from 1.
constexpr size_t kFirstChanging = std::size(kFixedColumns) + 1;
constexpr size_t kFirstDerived = kFirstChanging + std::size(kChangingColumns);

static_assert(kFixedColumns[kDepthColumn] == "depth" && kNumberColumn + 1 == kFirstDerived);

// Binds one parameter after the other.
class RowWriter {
 public:
  explicit RowWriter(SqliteStatement& statement) : statement_(statement) {}

  void Integer(int64_t value) {
    seal_.Add(static_cast<uint64_t>(value));
    statement_.BindInteger(++parameter_, value);
  }
  void Unsigned(uint64_t value) { Integer(static_cast<int64_t>(value)); }
  void Text(std::string_view value) {
    seal_.AddBytes(value.data(), value.size());
    statement_.BindText(++parameter_, value);
  }
  void Blob(std::span<const uint8_t> value) {
    seal_.AddBytes(value.data(), value.size());
    statement_.BindBlob(++parameter_, value);
  }
  void Null() {
    seal_.AddNull();
    statement_.BindNull(++parameter_);
  }
  void Sealed() { statement_.BindInteger(++parameter_, seal_.value()); }

 private:
  SqliteStatement& statement_;
  int parameter_ = 0;
  SqliteSeal seal_;
};

// Binds nothing, but has the seal of what would be bound.
class RowSealer {
 public:
  void Integer(int64_t value) { seal_.Add(static_cast<uint64_t>(value)); }
  void Unsigned(uint64_t value) { seal_.Add(value); }
  void Text(std::string_view value) { seal_.AddBytes(value.data(), value.size()); }
  void Blob(std::span<const uint8_t> value) { seal_.AddBytes(value.data(), value.size()); }
  void Null() { seal_.AddNull(); }
  int64_t seal() const { return seal_.value(); }

 private:
  SqliteSeal seal_;
};

// Reads one column after the other, and remembers if one was not of its type.
class RowReader {
 public:
  explicit RowReader(const SqliteStatement& row) : row_(row) {}

  int64_t Integer() {
    good_ &= row_.IsInteger(++column_);
    const int64_t value = row_.Integer(column_);
    seal_.Add(static_cast<uint64_t>(value));
    return value;
  }
  uint64_t Unsigned() { return static_cast<uint64_t>(Integer()); }
  void Text(std::string& value) {
    good_ &= row_.IsText(++column_);
    value = row_.Text(column_);
    seal_.AddBytes(value.data(), value.size());
  }
  std::span<const uint8_t> Blob() {
    good_ &= row_.IsBlob(++column_);
    const std::span<const uint8_t> value = row_.Blob(column_);
    seal_.AddBytes(value.data(), value.size());
    return value;
  }
  // Whether the next column is NULL, which is then passed over.
  bool Null() {
    if (!row_.IsNull(column_ + 1)) return false;
    ++column_;
    seal_.AddNull();
    return true;
  }
  bool Sealed() {
    ++column_;
    return good_ && row_.IsInteger(column_) && row_.Integer(column_) == seal_.value();
  }

 private:
  const SqliteStatement& row_;
  int column_ = -1;
  bool good_ = true;
  SqliteSeal seal_;
};

// What has to stay where it is while a grant is bound.
struct GrantBytes {
  explicit GrantBytes(const Grant& grant) : id(BytesOf(grant.id)), parent(BytesOf(grant.parent)) {}

  IdBytes id;
  IdBytes parent;
};

void BindDerived(const Grant& grant, int parameter, SqliteStatement& statement) {
  statement.BindInteger(parameter, std::max(grant.expires, grant.ended));
  const bool listened_to =
      grant.state == GrantState::kActive || grant.state == GrantState::kSuspended;
  if (listened_to && grant.heartbeat_timeout != 0) {
    statement.BindInteger(parameter + 1,
                          grants::HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout));
  } else {
    statement.BindNull(parameter + 1);
  }
}

// All that is sealed, in the order of the columns.
template <typename Row>
void WriteFields(const StoredGrant& stored, const GrantBytes& bytes, int64_t scope, Row& row) {
  const Grant& grant = stored.grant;
  row.Blob(bytes.id);
  grant.parent ? row.Blob(bytes.parent) : row.Null();
  row.Integer(grant.depth);
  row.Text(grant.holder.type);
  row.Text(grant.holder.id);
  row.Text(grant.agent_class);
  row.Text(grant.purpose.tenant);
  row.Text(grant.purpose.task);
  row.Text(grant.purpose.workflow);
  row.Text(grant.purpose.step);
  row.Text(grant.purpose.environment);
  row.Text(grant.purpose.deployment);
  row.Integer(scope);
  row.Integer(grant.issued);
  row.Integer(grant.not_before);
  row.Integer(grant.expires);
  grant.calls ? row.Unsigned(*grant.calls) : row.Null();
  row.Text(grant.issued_by);
  row.Integer(grant.heartbeat_timeout);
  stored.credential ? row.Blob(stored.credential.bytes) : row.Null();
  row.Integer(static_cast<int64_t>(grant.state));
  row.Unsigned(grant.revision);
  row.Integer(grant.ended);
  row.Integer(grant.last_heartbeat);
  row.Text(grant.ended_because);
  row.Unsigned(stored.calls_given);
  row.Unsigned(stored.calls_since);
}

void BindGrant(const StoredGrant& stored, const GrantBytes& bytes, int64_t scope,
               SqliteStatement& statement) {
  RowWriter row(statement);
  WriteFields(stored, bytes, scope, row);
  row.Sealed();
  BindDerived(stored.grant, kFirstDerived, statement);
}

// False if it is not what was written. Number of its scope in `scope`.
bool ReadFields(const SqliteStatement& statement, StoredGrant& stored, int64_t& scope) {
  Grant& grant = stored.grant;
  RowReader row(statement);
  const std::optional<GrantId> id = IdOf(row.Blob());
  if (!row.Null()) grant.parent = IdOf(row.Blob()).value_or(GrantId{});
  grant.depth = static_cast<uint8_t>(row.Integer());
  row.Text(grant.holder.type);
  row.Text(grant.holder.id);
  row.Text(grant.agent_class);
  row.Text(grant.purpose.tenant);
  row.Text(grant.purpose.task);
  row.Text(grant.purpose.workflow);
  row.Text(grant.purpose.step);
  row.Text(grant.purpose.environment);
  row.Text(grant.purpose.deployment);
  scope = row.Integer();
  grant.issued = row.Integer();
  grant.not_before = row.Integer();
  grant.expires = row.Integer();
  if (!row.Null()) grant.calls = row.Unsigned();
  row.Text(grant.issued_by);
  grant.heartbeat_timeout = row.Integer();
  if (!row.Null()) {
    const std::span<const uint8_t> credential = row.Blob();
    if (credential.size() != stored.credential.bytes.size()) return false;
    std::ranges::copy(credential, stored.credential.bytes.begin());
  }
  const int64_t state = row.Integer();
  grant.revision = row.Unsigned();
  grant.ended = row.Integer();
  grant.last_heartbeat = row.Integer();
  row.Text(grant.ended_because);
  stored.calls_given = row.Unsigned();
  stored.calls_since = row.Unsigned();
  if (!row.Sealed() || !id || state < 0 || state >= int64_t{grants::kGrantStates}) return false;
  grant.id = *id;
  grant.state = static_cast<GrantState>(state);
  return true;
}

// The names one after the other, each as `form` says: with the name in place of `@` and the number
// of its parameter in place of `#`.
std::string Columns(std::span<const std::string_view> names, size_t first, std::string_view form,
                    std::string_view between) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += between;
    for (const char c : form) {
      if (c == '@') {
        text += names[i];
      } else if (c == '#') {
        text += std::to_string(first + i);
      } else {
        text += c;
      }
    }
  }
  return text;
}

const std::string& UpdateSql() {
  static const auto* const sql = new std::string(
      absl::StrCat("UPDATE grants SET ", Columns(kChangingColumns, kFirstChanging, "@ = ?#", ", "),
                   ", ", Columns(kDerivedColumns, kFirstDerived, "@ = ?#", ", "),
                   " WHERE id = ?1 AND ", Columns(kFixedColumns, 1, "@ IS ?#", " AND ")));
  return *sql;
}

const std::string& PutSql() {
  static const auto* const sql = [] {
    std::string names, values, replacements;
    const struct {
      std::span<const std::string_view> columns;
      size_t first;
    } kGroups[] = {
        {kFixedColumns, 1}, {kChangingColumns, kFirstChanging}, {kDerivedColumns, kFirstDerived}};
    for (const auto& [columns, first] : kGroups) {
      const char* const comma = first == 1 ? "" : ", ";
      absl::StrAppend(&names, comma, Columns(columns, first, "@", ", "));
      absl::StrAppend(&values, comma, Columns(columns, first, "?#", ", "));
      absl::StrAppend(&replacements, comma, Columns(columns, first, "@ = excluded.@", ", "));
    }
    return new std::string(absl::StrCat("INSERT INTO grants (", names, ") VALUES (", values,
                                        ") ON CONFLICT (id) DO UPDATE SET ", replacements));
  }();
  return *sql;
}

// Number of the scope of a grant, if it is there.
absl::StatusOr<std::optional<int64_t>> ScopeOf(const IdBytes& id, SqliteConnection& connection) {
  auto find = connection.Cached("SELECT scope FROM grants WHERE id = ?");
  if (!find.ok()) return find.status();
  find->BindBlob(1, id);
  const absl::StatusOr<bool> row = find->Step();
  if (!row.ok()) return row.status();
  return *row ? std::optional<int64_t>(find->Integer(0)) : std::nullopt;
}

absl::Status RunBound(const std::string& sql, const StoredGrant& stored, int64_t scope,
                      SqliteConnection& connection) {
  auto statement = connection.Cached(sql.c_str());
  if (!statement.ok()) return statement.status();
  const GrantBytes bytes(stored.grant);
  BindGrant(stored, bytes, scope, *statement);
  return statement->Run();
}

}  // namespace

IdBytes BytesOf(const GrantId& id) {
  IdBytes bytes;
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(id.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<uint8_t>(id.low >> (56 - 8 * i));
  }
  return bytes;
}

std::optional<GrantId> IdOf(std::span<const uint8_t> bytes) {
  if (bytes.size() != std::tuple_size_v<IdBytes>) return std::nullopt;
  GrantId id;
  for (size_t i = 0; i < 8; ++i) {
    id.high = id.high << 8 | bytes[i];
    id.low = id.low << 8 | bytes[8 + i];
  }
  return id;
}

std::vector<std::string_view> SealedColumns() {
  std::vector<std::string_view> columns(std::begin(kFixedColumns), std::end(kFixedColumns));
  columns.insert(columns.end(), std::begin(kChangingColumns), std::end(kChangingColumns));
  columns.pop_back();  // the seal
  return columns;
}

const std::string& SelectGrants() {
  static const auto* const sql = new std::string(
      absl::StrCat("SELECT ", Columns(kFixedColumns, 1, "@", ", "), ", ",
                   Columns(kChangingColumns, kFirstChanging, "@", ", "), ", number FROM grants "));
  return *sql;
}

absl::StatusOr<StoredGrant> ReadGrantRow(const SqliteStatement& row, SqliteConnection& connection,
                                         SqliteScopes& scopes) {
  StoredGrant stored;
  int64_t number = 0;
  if (!ReadFields(row, stored, number)) {
    const std::optional<GrantId> id = IdOf(row.Blob(0));
    return connection.Damaged(
        absl::StrCat("grant ", id ? id->ToString() : "without id", " is not what was written"));
  }
  auto scope = scopes.Get(number);
  if (!scope.ok()) return scope.status();
  stored.grant.scope = *std::move(scope);
  return stored;
}

absl::Status PutGrantRow(const StoredGrant& stored, SqliteConnection& connection,
                         SqliteScopes& scopes) {
  const absl::StatusOr<int64_t> scope = scopes.NumberOf(stored.grant.scope);
  if (!scope.ok()) return scope.status();
  absl::Status status = RunBound(UpdateSql(), stored, *scope, connection);
  if (!status.ok() || connection.changes() > 0) return status;

  const auto before = ScopeOf(BytesOf(stored.grant.id), connection);
  if (!before.ok()) return before.status();
  status = RunBound(PutSql(), stored, *scope, connection);
  if (!status.ok() || !*before || **before == *scope) return status;
  return scopes.EraseIfUnused(**before);
}

absl::Status PutCallsOfGrantRow(const StoredGrant& stored, SqliteConnection& connection,
                                SqliteScopes& scopes) {
  const absl::StatusOr<int64_t> scope = scopes.NumberOf(stored.grant.scope);
  if (!scope.ok()) return scope.status();
  auto update = connection.Cached(
      "UPDATE grants SET calls_given = ?1, calls_since = ?2, seal = ?3 WHERE id = ?4");
  if (!update.ok()) return update.status();
  const GrantBytes bytes(stored.grant);
  RowSealer row;
  WriteFields(stored, bytes, *scope, row);
  update->BindInteger(1, static_cast<int64_t>(stored.calls_given));
  update->BindInteger(2, static_cast<int64_t>(stored.calls_since));
  update->BindInteger(3, row.seal());
  update->BindBlob(4, bytes.id);
  if (const absl::Status status = update->Run(); !status.ok()) return status;
  if (connection.changes() == 1) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("there is no grant ", stored.grant.id.ToString()));
}

absl::Status EraseGrantRow(const GrantId& id, SqliteConnection& connection, SqliteScopes& scopes) {
  const IdBytes bytes = BytesOf(id);
  const auto scope = ScopeOf(bytes, connection);
  if (!scope.ok()) return scope.status();
  if (!*scope) return absl::OkStatus();
  auto erase = connection.Cached("DELETE FROM grants WHERE id = ?");
  if (!erase.ok()) return erase.status();
  erase->BindBlob(1, bytes);
  if (const absl::Status status = erase->Run(); !status.ok()) return status;
  return scopes.EraseIfUnused(**scope);
}

absl::StatusOr<std::optional<StoredGrant>> FindGrantRow(const GrantId& id,
                                                        SqliteConnection& connection,
                                                        SqliteScopes& scopes) {
  static const auto* const sql = new std::string(SelectGrants() + "WHERE id = ?");
  auto find = connection.Cached(sql->c_str());
  if (!find.ok()) return find.status();
  const IdBytes bytes = BytesOf(id);
  find->BindBlob(1, bytes);
  const absl::StatusOr<bool> row = find->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  absl::StatusOr<StoredGrant> stored = ReadGrantRow(*find, connection, scopes);
  if (!stored.ok()) return stored.status();
  return std::optional<StoredGrant>(*std::move(stored));
}

}  // namespace thuja::server
