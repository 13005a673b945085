// SPDX-License-Identifier: Apache-2.0
// Reading, adding and erasing scopes. They are found by the digest of their text, which also tells
// whether the text is still what was written.
//
// Tested by tests/unit/store/sqlite_scopes_test.cc.
#include "server/store/sqlite_scopes.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/decision/digest.h"
#include "server/grants/scope_json.h"

namespace thuja::server {

using grants::Scope;

absl::StatusOr<std::shared_ptr<const Scope>> SqliteScopes::Get(int64_t number) {
  if (const auto found = scopes_.find(number); found != scopes_.end()) return found->second;
  auto row = connection_->Cached("SELECT digest, text FROM scopes WHERE number = ?");
  if (!row.ok()) return row.status();
  row->BindInteger(1, number);
  const absl::StatusOr<bool> is_there = row->Step();
  if (!is_there.ok()) return is_there.status();
  if (!*is_there) return connection_->Damaged(absl::StrCat("there is no scope ", number));

  const std::string_view text = row->Text(1);
  Sha256 sha256;
  sha256.Update(text);
  if (!std::ranges::equal(sha256.Finish(), row->Blob(0))) {
    return connection_->Damaged(absl::StrCat("the scope ", number, " is not what was written"));
  }
  absl::StatusOr<std::shared_ptr<const Scope>> scope = ReadScope(text);
  if (!scope.ok()) {
    return connection_->Damaged(absl::StrCat(
        "the scope ", number, " cannot be read: ", std::string(scope.status().message())));
  }
  Remember(number, *scope);
  return scope;
}

absl::StatusOr<std::shared_ptr<const ScopeText>> SqliteScopes::TextOf(const Scope& scope) {
  auto text = prepared_ == nullptr ? nullptr : prepared_->Find(&scope);
  if (text != nullptr) return text;
  auto made = MakeScopeText(scope);
  if (!made.ok()) return made.status();
  return std::make_shared<const ScopeText>(*std::move(made));
}

absl::StatusOr<std::optional<int64_t>> SqliteScopes::Find(const ScopeText& text) {
  auto known = connection_->Cached("SELECT number FROM scopes WHERE digest = ?");
  if (!known.ok()) return known.status();
  known->BindBlob(1, text.digest);
  const absl::StatusOr<bool> is_there = known->Step();
  if (!is_there.ok()) return is_there.status();
  return *is_there ? std::optional<int64_t>(known->Integer(0)) : std::nullopt;
}

absl::StatusOr<std::shared_ptr<const Scope>> SqliteScopes::Share(
    const std::shared_ptr<const Scope>& scope) {
  if (scope == nullptr) return absl::InternalError("the grant has no scope");
  if (numbers_.contains(scope.get())) return scope;
  const auto text = TextOf(*scope);
  if (!text.ok()) return text.status();
  const auto number = Find(**text);
  if (!number.ok()) return number.status();
  return *number ? Get(**number) : scope;
}

absl::StatusOr<int64_t> SqliteScopes::NumberOf(const std::shared_ptr<const Scope>& scope) {
  if (scope == nullptr) return absl::InternalError("the grant has no scope");
  if (const auto found = numbers_.find(scope.get()); found != numbers_.end()) {
    return found->second;
  }
  const auto text = TextOf(*scope);
  if (!text.ok()) return text.status();
  const auto known = Find(**text);
  if (!known.ok()) return known.status();
  const absl::StatusOr<int64_t> number = *known ? **known : Add(**text);
  if (number.ok()) Remember(*number, scope);
  return number;
}

absl::StatusOr<int64_t> SqliteScopes::Add(const ScopeText& text) {
  auto add = connection_->Cached("INSERT INTO scopes (digest, text) VALUES (?, ?)");
  if (!add.ok()) return add.status();
  add->BindBlob(1, text.digest);
  add->BindText(2, text.text);
  if (const absl::Status status = add->Run(); !status.ok()) return status;
  added_.push_back(connection_->last_row());
  return added_.back();
}

absl::Status SqliteScopes::EraseIfUnused(int64_t number) {
  auto erase = connection_->Cached(
      "DELETE FROM scopes WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM grants WHERE scope = "
      "?1)");
  if (!erase.ok()) return erase.status();
  erase->BindInteger(1, number);
  if (const absl::Status status = erase->Run(); !status.ok()) return status;
  if (connection_->changes() > 0) Drop(number);
  return absl::OkStatus();
}

// All others stay, for grants that share them with those to come.
void SqliteScopes::Forget() {
  for (const int64_t number : added_) Drop(number);
  added_.clear();
}

void SqliteScopes::Drop(int64_t number) {
  const auto found = scopes_.find(number);
  if (found == scopes_.end()) return;
  numbers_.erase(found->second.get());
  scopes_.erase(found);
}

void SqliteScopes::Remember(int64_t number, const std::shared_ptr<const Scope>& scope) {
  if (scopes_.size() >= most_) DropUnused();
  // Of equal scopes the first one stays: whoever reads is given that.
  if (scopes_.emplace(number, scope).second) numbers_.emplace(scope.get(), number);
}

void SqliteScopes::DropUnused() {
  absl::erase_if(scopes_, [&](const auto& entry) {
    if (entry.second.use_count() > 1) return false;
    numbers_.erase(entry.second.get());
    return true;
  });
  most_ = std::max<size_t>(1024, 2 * scopes_.size());
}

}  // namespace thuja::server
