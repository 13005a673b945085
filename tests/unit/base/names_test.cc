// SPDX-License-Identifier: Apache-2.0
// What may be a name, and where.
#include "engine/base/names.h"

#include <gtest/gtest.h>

namespace thuja::base {
namespace {

TEST(Names, IdentifiersAreAsciiWords) {
  for (const char* good : {"a", "_", "A1", "_0", "snake_case", "if", "__cedar"}) {
    EXPECT_TRUE(IsIdentifier(good)) << good;
  }
  for (const char* bad : {"", "1a", "a-b", "a b", "é", "a.b", "a::b", " a"}) {
    EXPECT_FALSE(IsIdentifier(bad)) << bad;
  }
}

TEST(Names, ReservedWordsAndTheCedarNamespaceAreNoBareIdentifiers) {
  for (const char* word :
       {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}) {
    EXPECT_FALSE(IsUnreservedIdentifier(word)) << word;
  }
  for (const char* word : {"principal", "action", "resource", "context", "permit", "forbid", "when",
                           "unless", "If", "_cedar", "__cedar2"}) {
    EXPECT_TRUE(IsUnreservedIdentifier(word)) << word;
  }
}

TEST(Names, TypeNamesAreNormalisedPaths) {
  for (const char* good : {"User", "A::B", "Acme::Core::User", "permit::when"}) {
    EXPECT_TRUE(IsTypeName(good)) << good;
  }
  for (const char* bad : {"", "::A", "A::", "A::::B", "A :: B", "A::in", "__cedar::Long", "A:B",
                          "A::B\n", "A::\"b\"", "A//x"}) {
    EXPECT_FALSE(IsTypeName(bad)) << bad;
  }
}

TEST(Names, AnActionTypeEndsInActionInAnyNamespace) {
  EXPECT_TRUE(IsActionType("Action"));
  EXPECT_TRUE(IsActionType("A::B::Action"));
  EXPECT_FALSE(IsActionType("MyAction"));
  EXPECT_FALSE(IsActionType("Action::A"));
  EXPECT_FALSE(IsActionType("action"));
}

}  // namespace
}  // namespace thuja::base
