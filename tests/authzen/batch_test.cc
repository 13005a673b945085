// SPDX-License-Identifier: Apache-2.0
// AuthZEN batches: defaults, the three semantics, items that are wrong, and the property that a
// batch is nothing but its items asked one by one.
#include <random>
#include <vector>

#include "tests/authzen/decision_point.h"

namespace thuja::testing {
namespace {

using Batch = CertificationSuite;

const std::string kRead = Action("read");
const std::string kWrite = Action("write");
// Bob may read records and may not write them.
const std::string kAllowed = "{\"action\":" + kRead + "}";
const std::string kDenied = "{\"action\":" + kWrite + "}";
const std::string kBob = "\"subject\":" + User("bob");
const std::string kDefaults = kBob + ",\"resource\":" + Record("r1");

std::string Items(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return "\"evaluations\":[" + text + "]";
}

std::string Body(const std::string& defaults, const std::vector<std::string>& items,
                 const std::string& semantic = "") {
  return "{" + defaults + (defaults.empty() ? "" : ",") + Items(items) +
         (semantic.empty() ? "" : ",\"options\":{\"evaluations_semantic\":\"" + semantic + "\"}") +
         "}";
}

// Each result as `T`, `F` or, for an item that is wrong, `E`; `single T` for one decision; or
// the status and its sentence.
std::string Summary(const std::string& answer) {
  if (!answer.starts_with("{")) return answer;
  if (answer == kTrue) return "single T";
  if (answer == kFalse) return "single F";
  const Parsed parsed(answer);
  const Json* results = parsed.At({"evaluations"});
  if (results == nullptr || parsed.root().members.size() != 1) return answer;
  std::string summary;
  for (const Json& result : results->elements) {
    const std::string text = WriteJson(result);
    const Json* context = result.Find("context");
    const Json* error = context == nullptr ? nullptr : context->Find("error");
    const Json* status = error == nullptr ? nullptr : error->Find("status");
    if (text == kTrue) {
      summary += "T";
    } else if (text == kFalse) {
      summary += "F";
    } else if (status != nullptr && status->integer == 400 && !result.Find("decision")->boolean &&
               error->Find("message") != nullptr && !error->Find("message")->text.empty()) {
      summary += "E";
    } else {
      summary += "(" + text + ")";
    }
  }
  return summary;
}

std::string Decide(int port, const std::string& body) {
  return Summary(Ask(port, body, kEvaluations));
}

TEST_F(Batch, ItemsAreExactAndInOrder) {
  EXPECT_EQ(Ask(port(), Body(kDefaults, {kAllowed, kDenied, kAllowed}), kEvaluations),
            R"({"evaluations":[{"decision":true},{"decision":false},{"decision":true}]})");
  EXPECT_EQ(Ask(port(), Body(kDefaults, {kDenied}), kEvaluations),
            R"({"evaluations":[{"decision":false}]})");
  std::vector<std::string> many;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(i % 3 == 0 ? kDenied : kAllowed);
    expected += i % 3 == 0 ? "F" : "T";
  }
  EXPECT_EQ(Decide(port(), Body(kDefaults, many)), expected);
}

TEST_F(Batch, WithoutItemsItIsASingleEvaluation) {
  const std::string question = kDefaults + ",\"action\":" + kRead;
  EXPECT_EQ(Ask(port(), "{" + question + "}", kEvaluations), kTrue);
  EXPECT_EQ(Ask(port(), Body(question, {}), kEvaluations), kTrue);
  EXPECT_EQ(Ask(port(), Body(kDefaults + ",\"action\":" + kWrite, {}), kEvaluations), kFalse);
  EXPECT_EQ(StatusOf(port(), Body(kDefaults, {}), kEvaluations), 400) << "it has no action";
  EXPECT_EQ(StatusOf(port(), "{}", kEvaluations), 400);
}

TEST_F(Batch, AnItemThatNamesAMemberReplacesItWhole) {
  const std::string archived = "\"resource\":" + Record("r1", R"({"status":"archived"})");
  const std::string alice = "\"subject\":" + User("alice");
  const std::string write = ",\"action\":" + kWrite + ",";
  EXPECT_EQ(Decide(port(), Body(alice + write + archived,
                                {"{}", "{\"resource\":" + Record("r1") + "}",
                                 "{\"resource\":" + Record("r1", "{}") + "}", "{}"})),
            "FTTF");
  // Half an object does not take its other half from the default.
  EXPECT_EQ(Decide(port(), Body(kDefaults + ",\"action\":" + kRead,
                                {R"({"resource":{"id":"r2"}})", R"({"subject":{"type":"user"}})",
                                 R"({"action":{}})", "{}"})),
            "EEET");
  const std::string remove = "\"subject\":" + User("alice") + ",\"resource\":" + Record("r1") +
                             ",\"action\":" + Action("delete", R"({"soft":true})");
  EXPECT_EQ(Decide(port(), Body(remove, {"{}", "{\"action\":" + Action("delete") + "}"})), "TF");
}

TEST_F(Batch, AContextIsReplacedWholeToo) {
  const std::string most = R"("context":{"number":9223372036854775807})";
  const std::string number = ",\"action\":" + Action("number") + ",";
  EXPECT_EQ(Decide(port(), Body(kDefaults + number + most,
                                {"{}", R"({"context":{}})", R"({"context":{"other":1}})",
                                 "{" + most + "}", R"({"context":{"number":1}})"})),
            "TFFTF");
}

TEST_F(Batch, ADefaultThatNobodyUsesMayBeIncomplete) {
  const std::string action = ",\"action\":" + kRead;
  const std::string own = "{\"resource\":" + Record("r1") + "}";
  EXPECT_EQ(Decide(port(), Body(kBob + action + ",\"resource\":{}", {own, own})), "TT");
  EXPECT_EQ(Decide(port(), Body(kBob + action + ",\"resource\":{}", {own, "{}"})), "TE");
  EXPECT_EQ(Decide(port(), Body(kBob + action, {own, "{}", own})), "TET")
      << "an item without a resource is false at its place";
  EXPECT_EQ(Decide(port(), Body("", {Question(User("bob"), kRead, Record("r1")),
                                     Question(User("bob"), kWrite, Record("r1"))})),
            "TF");
}

TEST_F(Batch, Semantics) {
  const auto decide = [&](const std::string& decisions, const std::string& semantic) {
    std::vector<std::string> items;
    for (const char c : decisions) {
      items.push_back(c == 'T' ? kAllowed : c == 'F' ? kDenied : R"({"action":7})");
    }
    return Decide(port(), Body(kDefaults, items, semantic));
  };
  for (const char* decisions : {"T", "F", "TTT", "FFF", "TFT", "FTF", "TTFF", "FFTT", "ETF"}) {
    EXPECT_EQ(decide(decisions, "execute_all"), decisions);
    EXPECT_EQ(decide(decisions, ""), decisions);
  }
  EXPECT_EQ(decide("TFT", "deny_on_first_deny"), "TF");
  EXPECT_EQ(decide("FTF", "deny_on_first_deny"), "F");
  EXPECT_EQ(decide("TTT", "deny_on_first_deny"), "TTT");
  EXPECT_EQ(decide("TET", "deny_on_first_deny"), "TE");
  EXPECT_EQ(decide("TTF", "deny_on_first_deny"), "TTF");
  EXPECT_EQ(decide("FTF", "permit_on_first_permit"), "FT");
  EXPECT_EQ(decide("TFT", "permit_on_first_permit"), "T");
  EXPECT_EQ(decide("FFF", "permit_on_first_permit"), "FFF");
  EXPECT_EQ(decide("EFTF", "permit_on_first_permit"), "EFT");
}

TEST_F(Batch, OptionsAndOtherMembersAreIgnoredUnlessTheyAreKnown) {
  const std::string more = R"(,"options":{"unknown":{"a":1}},"page":{"limit":2},"unknown":[],)";
  EXPECT_EQ(Decide(port(), "{" + kDefaults + more + Items({kAllowed, kDenied}) + "}"), "TF");
  EXPECT_EQ(Decide(port(), Body(kDefaults, {"{\"action\":" + kRead + R"(,"unknown":{"a":[]}})"})),
            "T");
}

TEST_F(Batch, WhatIsWrongWithTheWholeIsAnErrorOfTheWhole) {
  for (const std::string& more :
       {std::string("\"evaluations\":{}"), std::string("\"evaluations\":7"),
        std::string("\"evaluations\":\"all\""), std::string("\"evaluations\":null"),
        "\"options\":[]," + Items({kAllowed}), "\"options\":7," + Items({kAllowed}),
        "\"options\":{\"evaluations_semantic\":7}," + Items({kAllowed})}) {
    EXPECT_EQ(StatusOf(port(), "{" + kDefaults + "," + more + "}", kEvaluations), 400) << more;
  }
}

TEST_F(Batch, AnErrorOfAnItemIsSaidAtTheItem) {
  const std::string answer =
      Ask(port(), Body(kDefaults, {kAllowed, R"({"action":{"name":7}})", kAllowed}), kEvaluations);
  EXPECT_EQ(Summary(answer), "TET");
  EXPECT_TRUE(answer.starts_with(
      R"({"evaluations":[{"decision":true},{"decision":false,"context":{"error":{"status":400,)"))
      << answer;
  for (const char* item :
       {R"({"context":{"weight":1.5}})", R"({"context":{"weight":null}})", R"({"context":[]})",
        R"({"subject":"bob"})", R"({"resource":{"type":"a b","id":"c"}})",
        R"({"subject":{"type":"user","id":"bob","properties":{"weight":0.5}}})"}) {
    EXPECT_EQ(Decide(port(), Body(kDefaults + ",\"action\":" + kRead, {"{}", item, "{}"})), "TET")
        << item;
  }
}

TEST_F(Batch, WhatReplacesStoredFactsIsDeniedAtItsItem) {
  const std::string item =
      "{\"subject\":" + User("alice", R"({"level":4})") + ",\"action\":" + kRead + "}";
  EXPECT_EQ(Decide(port(), Body(kDefaults, {kAllowed, item, kAllowed})), "TFT");
}

TEST_F(Batch, DetailsAreOfEachItem) {
  const auto answer =
      Post(port(), kEvaluations, Body(kDefaults, {kAllowed, kDenied}), "Thuja-Details: true\r\n");
  ASSERT_TRUE(answer);
  const Parsed parsed(answer->body);
  const Json* results = parsed.At({"evaluations"});
  ASSERT_TRUE(results != nullptr && results->elements.size() == 2) << answer->body;
  const Json* first = results->elements[0].Find("context");
  const Json* second = results->elements[1].Find("context");
  ASSERT_TRUE(first != nullptr && second != nullptr) << answer->body;
  EXPECT_EQ(first->Find("reason")->text, "permit");
  EXPECT_EQ(second->Find("reason")->text, "no_permit");
  EXPECT_EQ(first->Find("revision")->integer, second->Find("revision")->integer)
      << "one snapshot decides them all";
  EXPECT_NE(first->Find("id")->text, second->Find("id")->text);
}

// Lists of items over a small world, some of them wrong, with defaults of which some are used.
class RandomBatch {
 public:
  explicit RandomBatch(uint32_t seed) : random_(seed) {}

  struct Parts {
    std::string subject, action, resource, context;
  };

  // Each member is left out now and then.
  Parts Take() {
    return {Pick({User("alice"), User("alice"), User("bob"), User("carol", R"({"role":"admin"})"),
                  User("alice", R"({"level":4})"), Entity("robot", "alice"), R"({"type":"user"})"}),
            Pick({kRead, kRead, kWrite, kWrite, Action("delete", R"({"soft":true})"),
                  Action("number"), Action("broken"), R"({"name":7})"}),
            Pick({Record("r1"), Record("r1"), Record("r2", R"({"status":"archived"})"),
                  Record("r2", R"({"status":"open"})"), Entity("other", "r1"), "{}"}),
            Pick({"{}", "{}", R"({"number":9223372036854775807})", R"({"number":1.5})",
                  R"({"action":{"soft":true}})"})};
  }

  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

 private:
  std::string Pick(const std::vector<std::string>& choices) {
    return Below(3) == 0 ? "" : choices[Below(static_cast<uint32_t>(choices.size()))];
  }

  std::mt19937 random_;
};

std::string Members(const RandomBatch::Parts& parts) {
  std::string text;
  const auto add = [&text](const char* key, const std::string& value) {
    if (value.empty()) return;
    text += (text.empty() ? "\"" : ",\"") + std::string(key) + "\":" + value;
  };
  add("subject", parts.subject);
  add("action", parts.action);
  add("resource", parts.resource);
  add("context", parts.context);
  return text;
}

RandomBatch::Parts Over(RandomBatch::Parts item, const RandomBatch::Parts& defaults) {
  if (item.subject.empty()) item.subject = defaults.subject;
  if (item.action.empty()) item.action = defaults.action;
  if (item.resource.empty()) item.resource = defaults.resource;
  if (item.context.empty()) item.context = defaults.context;
  return item;
}

TEST_F(Batch, IsItsItemsAskedOneByOne) {
  const std::vector<std::string> semantics = {"execute_all", "deny_on_first_deny",
                                              "permit_on_first_permit"};
  RandomBatch random(11);
  int results = 0;
  int allowed = 0;
  for (int i = 0; i < 400; ++i) {
    const RandomBatch::Parts defaults = random.Take();
    const std::string semantic = semantics[random.Below(3)];
    std::vector<std::string> items;
    std::string expected;
    bool decided = false;
    for (uint32_t left = 1 + random.Below(6); left > 0; --left) {
      const RandomBatch::Parts item = random.Take();
      items.push_back("{" + Members(item) + "}");
      if (decided) continue;
      const std::string single = Ask(port(), "{" + Members(Over(item, defaults)) + "}");
      ASSERT_TRUE(single == kTrue || single == kFalse || single.starts_with("400 ")) << single;
      expected += single == kTrue ? "T" : single == kFalse ? "F" : "E";
      decided = semantic == (single == kTrue ? semantics[2] : semantics[1]);
      ++results;
      allowed += single == kTrue ? 1 : 0;
    }
    const std::string body = Body(Members(defaults), items, semantic);
    ASSERT_EQ(Decide(port(), body), expected) << body;
  }
  // Of no use if the generator makes only requests that are denied.
  EXPECT_GT(allowed, results / 20);
}

}  // namespace
}  // namespace thuja::testing
