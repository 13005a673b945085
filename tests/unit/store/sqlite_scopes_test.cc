// SPDX-License-Identifier: Apache-2.0
// Scopes in a database: one row for equal ones, and none for those that no grant has.
#include "server/store/sqlite_scopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/grants/scope_json.h"
#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

using grants::Scope;
using ::testing::ElementsAre;

class SqliteScopesTest : public ::testing::Test {
 protected:
  SqliteScopesTest() : path_((folder_.path() / "grants.db").string()) {
    backend_ = *OpenSqliteBackend(path_);
    connection_ = *SqliteConnection::Open(path_, "grants.db");
    scopes_ = std::make_unique<SqliteScopes>(connection_.get());
  }

  void Put(const StoredGrant& grant) {
    ASSERT_TRUE(backend_->Begin().ok());
    ASSERT_TRUE(backend_->Put(grant).ok());
    ASSERT_TRUE(backend_->Commit().ok());
  }
  void Erase(uint64_t number) {
    ASSERT_TRUE(backend_->Begin().ok());
    ASSERT_TRUE(backend_->Erase({7, number}).ok());
    ASSERT_TRUE(backend_->Commit().ok());
  }
  StoredGrant GrantOf(uint64_t number, std::string_view pattern) {
    StoredGrant grant = MakeGrant(number);
    grant.grant.scope = MakeScope(pattern);
    return grant;
  }

  std::vector<std::string> Rows() {
    std::vector<std::string> texts;
    auto rows = *connection_->Prepare("SELECT text FROM scopes ORDER BY text");
    while (*rows.Step()) texts.emplace_back(rows.Text(0));
    return texts;
  }

  testing::TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<GrantBackend> backend_;
  std::unique_ptr<SqliteConnection> connection_;  // beside the backend's
  std::unique_ptr<SqliteScopes> scopes_;
};

TEST_F(SqliteScopesTest, OfEqualOnesThereIsOneRow) {
  Put(GrantOf(1, "a/*"));
  Put(GrantOf(2, "a/*"));
  Put(GrantOf(3, "b/*"));
  EXPECT_THAT(Rows(), ElementsAre(WriteScope(*MakeScope("a/*")), WriteScope(*MakeScope("b/*"))));
}

TEST_F(SqliteScopesTest, GoesWithTheLastGrantThatHasIt) {
  Put(GrantOf(1, "a/*"));
  Put(GrantOf(2, "a/*"));
  Erase(1);
  EXPECT_EQ(Rows().size(), 1u);
  Erase(2);
  EXPECT_EQ(Rows().size(), 0u);
}

TEST_F(SqliteScopesTest, GoesWhenItsOnlyGrantHasAnotherOne) {
  Put(GrantOf(1, "a/*"));
  Put(GrantOf(1, "b/*"));
  EXPECT_THAT(Rows(), ElementsAre(WriteScope(*MakeScope("b/*"))));
}

TEST_F(SqliteScopesTest, KeepsAllThatAScopeSays) {
  const char* const kScopes[] = {
      R"({"tools":[]})", R"({"tools":["git/*"],"resources":[]})",
      R"({"tools":["git/read",{"tool":"git/push","arguments":{"branch":{"regex":"agent/[a-z]+"},)"
      R"("force":{"exact":false},"size":{"range":{"min":1,"max":9}}}},)"
      R"({"tool_regex":"ci/[a-z]+","open":true,"arguments":{}}],"resources":["repos/acme/**"]})",
      R"({"tools":[{"tool":"a/b","arguments":{"h":{"host":["*.acme.test"]},)"
      R"("c":{"cidr":["10.0.0.0/8"]},"o":{"one_of":["x",1,true]},"p":{"path":"/data"},"w":"any"}}]})"};
  uint64_t number = 0;
  for (const char* text : kScopes) {
    const auto scope = ReadScope(text);
    ASSERT_TRUE(scope.ok()) << text << ": " << scope.status();
    StoredGrant grant = MakeGrant(++number);
    grant.grant.scope = *scope;
    Put(grant);
  }
  backend_.reset();
  backend_ = *OpenSqliteBackend(path_);
  const std::vector<StoredGrant> all = AllOf(*backend_);
  ASSERT_EQ(all.size(), std::size(kScopes));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(*all[i].grant.scope, **ReadScope(kScopes[i])) << kScopes[i];
  }
}

TEST_F(SqliteScopesTest, ThatCouldNotBeReadAgainIsNotWritten) {
  auto wrong = std::make_shared<Scope>();
  for (size_t i = 0; i <= grants::kMostToolRules; ++i) {
    wrong->tools.push_back({.tools = grants::ScopePattern::Segments("a/*").value()});
  }
  StoredGrant grant = MakeGrant(1);
  grant.grant.scope = wrong;
  ASSERT_TRUE(backend_->Begin().ok());
  EXPECT_EQ(backend_->Put(grant).code(), absl::StatusCode::kInternal);
  grant.grant.scope = nullptr;
  EXPECT_EQ(backend_->Put(grant).code(), absl::StatusCode::kInternal);
  backend_->Rollback();
}

TEST_F(SqliteScopesTest, IsReadOnce) {
  Put(GrantOf(1, "a/*"));
  const auto scope = scopes_->Get(1);
  ASSERT_TRUE(scope.ok()) << scope.status();
  EXPECT_EQ(**scope, *MakeScope("a/*"));
  EXPECT_EQ(*scopes_->Get(1), *scope);
  EXPECT_EQ(*scopes_->NumberOf(*scope), 1);
  EXPECT_EQ(*scopes_->NumberOf(MakeScope("a/*")), 1);
}

TEST_F(SqliteScopesTest, OnlyWhatWasAddedIsForgotten) {
  Put(GrantOf(1, "a/*"));
  const auto scope = *scopes_->Get(1);
  ASSERT_TRUE(connection_->Execute("BEGIN IMMEDIATE").ok());
  ASSERT_EQ(*scopes_->NumberOf(MakeScope("b/*")), 2);
  ASSERT_TRUE(connection_->Execute("ROLLBACK").ok());
  scopes_->Forget();
  EXPECT_EQ(*scopes_->Get(1), scope) << "grants share it with those to come";

  ASSERT_TRUE(connection_->Execute("BEGIN IMMEDIATE").ok());
  const auto other = MakeScope("c/*");
  ASSERT_EQ(*scopes_->NumberOf(other), 2) << "it has the number of the one before";
  EXPECT_EQ(*scopes_->Get(2), other);
  EXPECT_EQ(*scopes_->Share(MakeScope("c/*")), other);
  ASSERT_TRUE(connection_->Execute("COMMIT").ok());
  scopes_->Keep();
  scopes_->Forget();
  EXPECT_EQ(*scopes_->Get(2), other);
}

// More than are kept for nobody; some are held, most are not.
TEST_F(SqliteScopesTest, ManyAreToldApart) {
  constexpr uint64_t kScopes = 3000;
  ASSERT_TRUE(backend_->Begin().ok());
  std::vector<std::shared_ptr<const Scope>> held;
  for (uint64_t number = 1; number <= kScopes; ++number) {
    const StoredGrant grant = GrantOf(number, "scope" + std::to_string(number) + "/*");
    if (number % 10 == 0) held.push_back(grant.grant.scope);
    ASSERT_TRUE(backend_->Put(grant).ok());
  }
  ASSERT_TRUE(backend_->Commit().ok());
  for (uint64_t number = 1; number <= kScopes; ++number) {
    const auto grant = *backend_->Get({7, number});
    ASSERT_EQ(grant->grant.scope->tools[0].tools.text(), "scope" + std::to_string(number) + "/*");
  }
  EXPECT_EQ(Rows().size(), kScopes);
}

}  // namespace
}  // namespace thuja::server
