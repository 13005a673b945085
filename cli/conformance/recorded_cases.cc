// SPDX-License-Identifier: Apache-2.0
// Running of recorded cases, a line at a time.
//
// Tested by tests/unit/cli/conformance_test.cc and tests/conformance/conformance_test.cc.
#include "cli/conformance/recorded_cases.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/conformance/answer.h"
#include "cli/files.h"
#include "engine/decide.h"
#include "engine/json.h"

namespace thuja::cli {
namespace {

std::shared_ptr<const SourceText> TextOf(std::string_view name, std::string_view text) {
  return std::make_shared<const SourceText>(std::string(name), std::string(text));
}

bool IsTrue(const Json* json) { return json != nullptr && json->boolean; }

// A member of a member; null if either is missing.
const Json* Find(const Json& json, std::string_view outer, std::string_view inner) {
  const Json* member = json.Find(outer);
  return member == nullptr ? nullptr : member->Find(inner);
}

std::string Verdict(bool accepted) { return accepted ? "accepted" : "refused"; }

class RecordedCase {
 public:
  RecordedCase(const JsonDocument& document, Tally& tally, Scratch& scratch,
               Scratch& interpreter_scratch)
      : document_(document),
        root_(document.root()),
        tally_(tally),
        scratch_(scratch),
        interpreter_scratch_(interpreter_scratch) {}

  void Run() {
    tally_.NotYet("schema parse verdicts", Find(root_, "expectedParse", "schema") != nullptr);
    tally_.NotYet("validation verdicts need a schema", root_.Find("expectedValidation") != nullptr);
    tally_.NotYet("entities read with a schema",
                  Find(root_, "expectedEntities", "withSchema") != nullptr);
    CheckEntities();
    const Json* policies = Find(root_, "policies", "staticPolicies");
    if (policies != nullptr && policies->IsString()) {
      CheckPolicies(*policies);
    } else {
      tally_.NotYet("policies in JSON form", 1 + Requests().elements.size());
    }
    if (const Json* mutants = root_.Find("mutants"); mutants != nullptr) {
      for (size_t i = 0; i < mutants->elements.size(); ++i) CheckMutant(mutants->elements[i], i);
    }
  }

 private:
  std::string Name() const {
    const Json* id = root_.Find("id");
    return document_.source()->name() + " case " + (id == nullptr ? "?" : std::string(id->text));
  }

  const Json& Requests() const {
    static const Json kNone;
    const Json* requests = root_.Find("requests");
    return requests == nullptr ? kNone : *requests;
  }

  void CheckVerdict(const std::string& kind, bool expected, bool actual, const std::string& what) {
    tally_.Check(
        kind, expected == actual,
        Name() + ": expected " + Verdict(expected) + ", was " + Verdict(actual) + ": " + what);
  }

  void CheckEntities() {
    const Json* json = root_.Find("entities");
    if (json == nullptr) return;
    Diagnostics diagnostics;
    entities_ = ReadEntities(document_, *json, diagnostics);
    const Json* expected = Find(root_, "expectedEntities", "withoutSchema");
    if (expected == nullptr) return;
    CheckVerdict("entities accepted", expected->boolean, entities_.has_value(),
                 Render(diagnostics));
  }

  void CheckPolicies(const Json& text) {
    Diagnostics diagnostics;
    std::optional<PolicySet> policies = LoadPolicies(text, diagnostics);
    if (const Json* expected = Find(root_, "expectedParse", "policies"); expected != nullptr) {
      CheckVerdict("policies accepted", expected->boolean, policies.has_value(),
                   Render(diagnostics) + std::string(text.text));
    }
    if (IsTrue(root_.Find("useSchema"))) {
      tally_.NotYet("requests made with a schema", Requests().elements.size());
      return;
    }
    std::shared_ptr<const Snapshot> snapshot;
    if (policies && entities_) {
      SnapshotBuilder builder;
      builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities_));
      snapshot = builder.Build();
    }
    for (size_t i = 0; i < Requests().elements.size(); ++i) {
      CheckRequest(snapshot.get(), Requests().elements[i], i);
    }
  }

  // Static policies are named by position; a template has the name of its member.
  std::optional<PolicySet> LoadPolicies(const Json& text, Diagnostics& diagnostics) {
    const std::shared_ptr<const SourceText> sources[] = {TextOf("policies", text.text)};
    std::optional<PolicySet> set = ParsePolicySet(sources, PolicyIds::kPosition, diagnostics);
    if (!set) return std::nullopt;
    if (const Json* templates = Find(root_, "policies", "templates"); templates != nullptr) {
      for (const JsonMember& member : templates->members) {
        if (!AddTemplate(member, *set, diagnostics)) return std::nullopt;
      }
    }
    const Json* links = Find(root_, "policies", "templateLinks");
    if (links != nullptr && !LinkPolicies(document_, *links, *set, diagnostics)) {
      return std::nullopt;
    }
    return set;
  }

  // A member of `templates` holds exactly one template.
  static bool AddTemplate(const JsonMember& member, PolicySet& set, Diagnostics& diagnostics) {
    auto policies = ParsePolicies(TextOf(member.key, member.value.text), diagnostics);
    return policies && policies->size() == 1 && policies->front().is_template() &&
           set.Add(std::string(member.key), std::move(policies->front()));
  }

  void CheckRequest(const Snapshot* snapshot, const Json& json, size_t index) {
    const std::string name = Name() + " request " + std::to_string(index);
    const Json& expected = *json.Find("expected");
    const bool refused = IsTrue(expected.Find("refused"));
    std::string actual = "refused";
    if (snapshot != nullptr) {
      Diagnostics diagnostics;
      const auto request =
          ReadRequest(document_, json, Place("request"), diagnostics, OtherKeys::kIgnore);
      if (request) {
        actual = AskBoth(*snapshot, *request, scratch_, interpreter_scratch_);
      }
    }
    const std::string wanted = refused ? "refused" : ToString(ExpectedAnswer(expected));
    tally_.Check("requests", actual == wanted, name + ": expected " + wanted + ", got " + actual);
  }

  void CheckMutant(const Json& mutant, size_t index) {
    const Json* what = mutant.Find("what");
    const Json* text = mutant.Find("text");
    const Json* expected = mutant.Find("accepts");
    if (what == nullptr || text == nullptr || expected == nullptr) return;
    if (what->text == "schema") {
      tally_.NotYet("schema parse verdicts", 1);
      return;
    }
    Diagnostics diagnostics;
    bool accepted = false;
    if (what->text == "policies") {
      const std::shared_ptr<const SourceText> sources[] = {TextOf("mutant", text->text)};
      accepted = ParsePolicySet(sources, PolicyIds::kPosition, diagnostics).has_value();
    } else if (what->text == "entities") {
      accepted = ReadEntities(TextOf("mutant", text->text), diagnostics).has_value();
    } else {
      const Json* function = mutant.Find("fn");
      accepted = function != nullptr && IsExtensionText(function->text, text->text);
    }
    CheckVerdict(
        "damaged " + std::string(what->text), expected->boolean, accepted,
        "mutant " + std::to_string(index) + ": " + Render(diagnostics) + std::string(text->text));
  }

  const JsonDocument& document_;
  const Json& root_;
  Tally& tally_;
  Scratch& scratch_;
  Scratch& interpreter_scratch_;
  std::optional<EntityStore> entities_;
};

}  // namespace

bool RunRecordedCases(const std::string& path, Tally& tally) {
  const std::shared_ptr<const SourceText> source = ReadSource(path);
  if (source == nullptr) return false;
  Scratch scratch;
  Scratch interpreter_scratch;
  std::string_view rest = source->text();
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty()) continue;
    Diagnostics diagnostics;
    const auto document =
        ReadJson(TextOf(path + " line " + std::to_string(number), line), diagnostics);
    if (!document) {
      std::cerr << Render(diagnostics);
      return false;
    }
    RecordedCase(*document, tally, scratch, interpreter_scratch).Run();
  }
  return true;
}

}  // namespace thuja::cli
