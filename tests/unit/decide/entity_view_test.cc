// SPDX-License-Identifier: Apache-2.0
// What the entities of a request may add, and what they may not replace.
#include "engine/decide/entity_view.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/decide_fixture.h"

namespace thuja::decide {
namespace {

using Problem = EntityView::Problem;

constexpr const char* kStored = R"([
  {"uid": {"type": "User", "id": "alice"}, "attrs": {"level": 3}, "tags": {"t": "x"},
   "parents": [{"type": "Group", "id": "staff"}]},
  {"uid": {"type": "Group", "id": "staff"}, "attrs": {}, "parents": [{"type": "Group", "id": "all"}]},
  {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": []}
])";

class EntityViewTest : public ::testing::Test {
 protected:
  Problem Open(const std::string& entities, RequestEntities mode = RequestEntities::kAdd) {
    request_ =
        testing::MakeRequest(R"({"principal": "User::\"alice\"", "action": "Action::\"read\"",
                                        "resource": "Doc::\"d\"", "entities": )" +
                             entities + "}");
    return view_.Open(store_, request_, mode);
  }

  static std::string Entity(const std::string& type, const std::string& id,
                            const std::string& attributes = "{}", const std::string& parents = "[]",
                            const std::string& tags = "{}") {
    return R"({"uid":{"type":")" + type + R"(","id":")" + id + R"("},"attrs":)" + attributes +
           ",\"parents\":" + parents + ",\"tags\":" + tags + "}";
  }

  static std::string Uid(const std::string& type, const std::string& id) {
    return R"({"type":")" + type + R"(","id":")" + id + R"("})";
  }

  value::EntityStore store_ = testing::MakeEntities(kStored);
  value::Request request_;
  EntityView view_;
};

TEST_F(EntityViewTest, ARequestMayBringUnknownEntities) {
  ASSERT_EQ(Open("[" + Entity("Doc", "d", R"({"size":1})", "[" + Uid("Folder", "f") + "]") + "]"),
            Problem::kNone);
  EXPECT_TRUE(view_.Has({"Doc", "d"}));
  EXPECT_EQ(*view_.FindAttribute({"Doc", "d"}, "size"), value::Value::Long(1));
  EXPECT_TRUE(view_.IsIn({"Doc", "d"}, {"Folder", "f"}));
  EXPECT_FALSE(view_.IsIn({"Folder", "f"}, {"Doc", "d"}));
  EXPECT_FALSE(view_.Has({"Folder", "f"}));
}

TEST_F(EntityViewTest, ARequestMayAddAttributesAndTagsToKnownEntities) {
  ASSERT_EQ(Open("[" + Entity("User", "alice", R"({"mood":"good"})", "[]", R"({"u":1})") + "]"),
            Problem::kNone);
  EXPECT_EQ(*view_.FindAttribute({"User", "alice"}, "level"), value::Value::Long(3));
  EXPECT_NE(view_.FindAttribute({"User", "alice"}, "mood"), nullptr);
  EXPECT_NE(view_.FindTag({"User", "alice"}, "t"), nullptr);
  EXPECT_NE(view_.FindTag({"User", "alice"}, "u"), nullptr);
  EXPECT_TRUE(view_.IsIn({"User", "alice"}, {"Group", "all"}));
}

// Many parents in the opposite order once took quadratic time to be found the same.
TEST_F(EntityViewTest, TwoDefinitionsAreOneWhateverTheOrderOfTheirParents) {
  constexpr int kParents = 3000;
  std::string up;
  std::string down;
  for (int i = 0; i < kParents; ++i) {
    const std::string parent = Uid("Folder", std::to_string(i));
    up += (up.empty() ? "" : ",") + parent;
    down = parent + (down.empty() ? "" : ",") + down;
  }
  const std::string first = Entity("Doc", "d", "{}", "[" + up + "]");
  EXPECT_EQ(Open("[" + first + "," + Entity("Doc", "d", "{}", "[" + down + "]") + "]"),
            Problem::kNone);
  EXPECT_EQ(Open("[" + first + "," +
                 Entity("Doc", "d", "{}", "[" + down + "," + Uid("Folder", "0") + "]") + "]"),
            Problem::kContradiction);
  EXPECT_EQ(Open("[" + first + "," +
                 Entity("Doc", "d", "{}",
                        "[" + up.substr(0, up.rfind(",{")) + "," + Uid("Folder", "other") + "]") +
                 "]"),
            Problem::kContradiction);
}

TEST_F(EntityViewTest, RepeatingWhatIsStoredIsNoReplacement) {
  EXPECT_EQ(
      Open("[" +
           Entity("User", "alice", R"({"level":3})",
                  "[" + Uid("Group", "staff") + "," + Uid("Group", "all") + "]", R"({"t":"x"})") +
           "]"),
      Problem::kNone);
}

TEST_F(EntityViewTest, StoredValuesAndHierarchyAreNeverReplaced) {
  for (const std::string& entity : {
           Entity("User", "alice", R"({"level":4})"),
           Entity("User", "alice", R"({"level":"3"})"),
           Entity("User", "alice", "{}", "[]", R"({"t":"y"})"),
           Entity("User", "alice", "{}", "[" + Uid("Group", "admins") + "]"),
           Entity("User", "alice", "{}", "[" + Uid("User", "alice") + "]"),
           Entity("Group", "staff", "{}", "[" + Uid("Group", "admins") + "]"),
           // Mentioned by the store as a parent, though it has no entity of its own.
           Entity("Group", "all", "{}", "[" + Uid("Group", "admins") + "]"),
           Entity("Action", "read", "{}", "[" + Uid("Action", "harmless") + "]"),
           Entity("Action", "unheard", "{}", "[" + Uid("Action", "harmless") + "]"),
           Entity("N::Action", "unheard", "{}", "[" + Uid("N::Action", "harmless") + "]"),
       }) {
    EXPECT_EQ(Open("[" + entity + "]"), Problem::kReplacesStored) << entity;
  }
}

TEST_F(EntityViewTest, ContradictionsWithinARequestAreRefused) {
  const std::string a = Uid("X", "a");
  const std::string b = Uid("X", "b");
  for (const std::string& entities : {
           "[" + Entity("X", "a", R"({"n":1})") + "," + Entity("X", "a", R"({"n":2})") + "]",
           "[" + Entity("X", "a", "{}", "[" + a + "]") + "]",
           "[" + Entity("X", "a", "{}", "[" + b + "]") + "," +
               Entity("X", "b", "{}", "[" + a + "]") + "]",
           "[" + Entity("X", "c", "{}", "[" + a + "," + b + "]") + "," +
               Entity("X", "a", "{}", "[" + b + "]") + "," +
               Entity("X", "b", "{}", "[" + Uid("X", "c") + "]") + "]",
       }) {
    EXPECT_EQ(Open(entities), Problem::kContradiction) << entities;
  }
  EXPECT_EQ(Open("[" + Entity("X", "a") + "," + Entity("X", "a") + "]"), Problem::kNone);
}

TEST_F(EntityViewTest, ADiamondOfParentsIsNoCycle) {
  const auto parents = [](const std::string& list) { return "[" + list + "]"; };
  EXPECT_EQ(Open("[" + Entity("X", "a", "{}", parents(Uid("X", "b") + "," + Uid("X", "c"))) + "," +
                 Entity("X", "b", "{}", parents(Uid("X", "d"))) + "," +
                 Entity("X", "c", "{}", parents(Uid("X", "d"))) + "," + Entity("X", "d") + "]"),
            Problem::kNone);
  EXPECT_TRUE(view_.IsIn({"X", "a"}, {"X", "d"}));
}

TEST_F(EntityViewTest, ParentsOfTheRequestReachTheStoresAncestors) {
  ASSERT_EQ(Open("[" + Entity("Bot", "b", "{}", "[" + Uid("Bot", "c") + "]") + "," +
                 Entity("Bot", "c", "{}", "[" + Uid("User", "alice") + "]") + "]"),
            Problem::kNone);
  for (const char* group : {"staff", "all"})
    EXPECT_TRUE(view_.IsIn({"Bot", "b"}, {"Group", group}));
  EXPECT_FALSE(view_.IsIn({"User", "alice"}, {"Bot", "c"}));
}

TEST_F(EntityViewTest, ALongChainOfTheRequestIsFollowedWithoutRecursion) {
  constexpr int kLength = 20'000;
  std::string entities;
  for (int i = 0; i < kLength; ++i) {
    entities += (i == 0 ? "[" : ",") +
                Entity("X", std::to_string(i), "{}", "[" + Uid("X", std::to_string(i + 1)) + "]");
  }
  ASSERT_EQ(Open(entities + "]"), Problem::kNone);
  EXPECT_TRUE(view_.IsIn({"X", "0"}, {"X", std::to_string(kLength)}));
  EXPECT_FALSE(view_.IsIn({"X", "1"}, {"X", "0"}));
}

TEST_F(EntityViewTest, NothingOfARequestStaysForTheNext) {
  ASSERT_EQ(Open("[" + Entity("Doc", "d", R"({"size":1})") + "]"), Problem::kNone);
  ASSERT_EQ(Open("[]"), Problem::kNone);
  EXPECT_FALSE(view_.Has({"Doc", "d"}));
}

TEST_F(EntityViewTest, NoneMeansThatARequestBringsNothing) {
  EXPECT_EQ(Open("[]", RequestEntities::kNone), Problem::kNone);
  EXPECT_EQ(Open("[" + Entity("Doc", "d") + "]", RequestEntities::kNone), Problem::kReplacesStored);
  EXPECT_EQ(Open("[" + Entity("User", "alice", R"({"level":3})") + "]", RequestEntities::kNone),
            Problem::kReplacesStored);
}

TEST_F(EntityViewTest, OverrideReplacesAttributesAndTagsButNeverParents) {
  ASSERT_EQ(Open("[" + Entity("User", "alice", R"({"level":9})", "[]", R"({"t":"y"})") + "]",
                 RequestEntities::kOverride),
            Problem::kNone);
  EXPECT_EQ(*view_.FindAttribute({"User", "alice"}, "level"), value::Value::Long(9));
  EXPECT_EQ(*view_.FindTag({"User", "alice"}, "t"), value::Value::String("y"));
  EXPECT_EQ(Open("[" + Entity("User", "alice", "{}", "[" + Uid("Group", "admins") + "]") + "]",
                 RequestEntities::kOverride),
            Problem::kReplacesStored);
  EXPECT_EQ(Open("[" + Entity("Action", "read", "{}", "[" + Uid("Action", "all") + "]") + "]",
                 RequestEntities::kOverride),
            Problem::kReplacesStored);
}

}  // namespace
}  // namespace thuja::decide
