// SPDX-License-Identifier: Apache-2.0
// Writing scopes down, and remembering for how long it is of use.
//
// Tested by tests/unit/store/prepared_scopes_test.cc.
#include "server/store/prepared_scopes.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "server/decision/digest.h"
#include "server/grants/scope_json.h"

namespace thuja::server {

// What could not be read again would be lost together with all that is beside it.
absl::StatusOr<ScopeText> MakeScopeText(const grants::Scope& scope) {
  ScopeText made;
  made.text = WriteScope(scope);
  if (const auto again = ReadScope(made.text); !again.ok()) {
    return absl::InternalError(
        absl::StrCat("a scope that cannot be kept: ", std::string(again.status().message())));
  }
  Sha256 sha256;
  sha256.Update(made.text);
  made.digest = sha256.Finish();
  return made;
}

// Keeps the scope, so that nothing else can be where it is, and says when nobody needs it any more.
struct PreparedScopes::Prepared {
  ~Prepared() { owner->Forget(scope.get()); }

  std::shared_ptr<PreparedScopes> owner;
  Shared scope;
  ScopeText text;
};

absl::StatusOr<std::shared_ptr<const ScopeText>> PreparedScopes::Prepare(const Shared& scope) {
  absl::StatusOr<ScopeText> text = MakeScopeText(*scope);
  if (!text.ok()) return text.status();
  const std::shared_ptr<const Prepared> prepared(
      new Prepared{shared_from_this(), scope, *std::move(text)});
  std::shared_ptr<const ScopeText> shared(prepared, &prepared->text);
  const std::lock_guard lock(mutex_);
  texts_[scope.get()] = shared;
  return shared;
}

std::shared_ptr<const ScopeText> PreparedScopes::Find(const grants::Scope* scope) {
  const std::lock_guard lock(mutex_);
  const auto found = texts_.find(scope);
  return found == texts_.end() ? nullptr : found->second.lock();
}

size_t PreparedScopes::size() const {
  const std::lock_guard lock(mutex_);
  return texts_.size();
}

void PreparedScopes::Forget(const grants::Scope* scope) {
  const std::lock_guard lock(mutex_);
  const auto found = texts_.find(scope);
  // Another may have been prepared in its place.
  if (found != texts_.end() && found->second.expired()) texts_.erase(found);
}

}  // namespace thuja::server
