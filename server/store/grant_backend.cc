// SPDX-License-Identifier: Apache-2.0
// Which grants are equal, selected and listed; the same for every kind of storage.
//
// Tested by tests/unit/store/selection_test.cc.
#include "server/store/grant_backend.h"

#include <tuple>

namespace thuja::server {
namespace {

bool EqualScopes(const std::shared_ptr<const grants::Scope>& a,
                 const std::shared_ptr<const grants::Scope>& b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && *a == *b;
}

// All but the scope, in the order of grants::Grant.
auto Fields(const grants::Grant& grant) {
  return std::tie(grant.id, grant.parent, grant.depth, grant.holder, grant.agent_class,
                  grant.purpose, grant.state, grant.revision, grant.issued, grant.not_before,
                  grant.expires, grant.ended, grant.heartbeat_timeout, grant.last_heartbeat,
                  grant.calls, grant.issued_by, grant.ended_because);
}

}  // namespace

bool operator==(const StoredGrant& a, const StoredGrant& b) {
  return Fields(a.grant) == Fields(b.grant) && EqualScopes(a.grant.scope, b.grant.scope) &&
         a.credential == b.credential && a.calls_given == b.calls_given &&
         a.calls_since == b.calls_since;
}

bool Selects(const GrantSelector& selector, const grants::Grant& grant) {
  switch (selector.kind) {
    case GrantSelector::Kind::kEverything: return true;
    case GrantSelector::Kind::kHolder: return grant.holder == selector.holder;
    case GrantSelector::Kind::kClass: return grant.agent_class == selector.agent_class;
    case GrantSelector::Kind::kTask:
      return grant.purpose.task == selector.task &&
             (selector.tenant.empty() || grant.purpose.tenant == selector.tenant);
  }
  return false;
}

bool Passes(const GrantFilter& filter, const grants::Grant& grant) {
  const auto passes = [](const auto& wanted, const auto& value) {
    return !wanted || *wanted == value;
  };
  return passes(filter.holder, grant.holder) && passes(filter.agent_class, grant.agent_class) &&
         passes(filter.tenant, grant.purpose.tenant) && passes(filter.task, grant.purpose.task) &&
         passes(filter.parent, grant.parent) && passes(filter.state, grant.state);
}

}  // namespace thuja::server
