// SPDX-License-Identifier: Apache-2.0
// Scopes are prepared for as long as somebody needs them, and stored as they were prepared.
#include "server/store/prepared_scopes.h"

#include <gtest/gtest.h>

#include "server/decision/digest.h"
#include "server/grants/scope_json.h"
#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

TEST(PreparedScopes, AreFoundAsLongAsTheyAreHeld) {
  const auto scopes = std::make_shared<PreparedScopes>();
  const auto scope = MakeScope("crm/*");
  EXPECT_EQ(scopes->Find(scope.get()), nullptr);
  {
    const auto held = scopes->Prepare(scope);
    ASSERT_TRUE(held.ok()) << held.status();
    EXPECT_EQ((*held)->text, WriteScope(*scope));
    Sha256 sha256;
    sha256.Update((*held)->text);
    EXPECT_EQ((*held)->digest, sha256.Finish());
    EXPECT_EQ(scopes->Find(scope.get()), *held);
    EXPECT_EQ(scopes->Find(MakeScope("crm/*").get()), nullptr) << "another that is equal";
  }
  EXPECT_EQ(scopes->Find(scope.get()), nullptr);
  EXPECT_EQ(scopes->size(), 0u);
}

TEST(PreparedScopes, OfOneScopeTheLastStays) {
  const auto scopes = std::make_shared<PreparedScopes>();
  const auto scope = MakeScope("crm/*");
  auto first = *scopes->Prepare(scope);
  const auto second = *scopes->Prepare(scope);
  first.reset();
  EXPECT_EQ(scopes->Find(scope.get()), second);
  EXPECT_EQ(scopes->size(), 1u);
}

TEST(PreparedScopes, KeepTheirScopeAndMayOutliveWhoPreparedThem) {
  auto scopes = std::make_shared<PreparedScopes>();
  auto scope = MakeScope("crm/*");
  const std::weak_ptr<const grants::Scope> seen = scope;
  auto held = *scopes->Prepare(scope);
  scope.reset();
  scopes.reset();
  EXPECT_FALSE(seen.expired());
  held.reset();
  EXPECT_TRUE(seen.expired());
}

// The writer neither writes the scope anew nor reads it: what is stored is what was prepared, and
// shows whose work it is by a digest that the text does not have.
TEST(PreparedScopes, AreWhatTheWriterStores) {
  const testing::TemporaryFolder folder;
  const auto backend = *OpenSqliteBackend((folder.path() / "grants.db").string());
  StoredGrant grant = MakeGrant(1);
  const auto held = backend->Prepare(grant.grant.scope);
  ASSERT_TRUE(held.ok()) << held.status();
  ASSERT_NE(*held, nullptr);
  const_cast<ScopeText&>(*static_cast<const ScopeText*>(held->get())).digest[0] ^= 1;
  ASSERT_TRUE(backend->Begin().ok());
  ASSERT_TRUE(backend->Put(grant).ok());
  ASSERT_TRUE(backend->Commit().ok());
  EXPECT_TRUE(absl::IsDataLoss((*backend->OpenView())->Get(grant.grant.id).status()));
}

}  // namespace
}  // namespace thuja::server
