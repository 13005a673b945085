// SPDX-License-Identifier: Apache-2.0
// Entity files of any kind: read, looked up, and their values printed as Cedar text.
//
// Asserts that a store which is accepted knows each of its entities and puts each below its
// parents but never below itself, that every value means the same when its print is read as an
// expression and decided, and that a refused text says where it is wrong.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/decide.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "engine/json.h"
#include "engine/policies.h"

namespace thuja {
namespace {

// Small enough that a text of a few kilobytes can reach it.
constexpr size_t kMaxAncestorPairs = 2000;

void Require(bool holds, std::string_view what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%.*s:\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

// Decides whether the value equals its own print, by the only readers of both: the policy parser
// and the interpreter.
void CheckPrint(const Value& value) {
  const std::string text =
      "permit (principal, action, resource) when { context.value == " + Print(value) + " };";
  const auto source = std::make_shared<const SourceText>("print.cedar", text);
  Diagnostics diagnostics;
  std::optional<PolicySet> policies =
      ParsePolicySet(std::span(&source, 1), PolicyIds::kPosition, diagnostics);
  Require(policies.has_value(), Render(diagnostics), text);
  SnapshotBuilder builder;
  builder.SetPolicies(std::move(*policies));
  Request request;
  request.principal = request.action = request.resource = {"A", "a"};
  value::Field field{"value", value};
  request.context = Value::Record({&field, 1});
  Scratch scratch;
  Require(Decide(*builder.Build(), request, scratch).allowed(), "the print has another value",
          text);
}

void CheckEntity(const EntityStore& store, const value::Entity& entity) {
  Require(store.Mentions(entity.uid), "a stored entity is not mentioned", Print(entity.uid));
  Require(!store.IsBelow(entity.uid, entity.uid), "an entity above itself", Print(entity.uid));
  for (const EntityUidView& parent : entity.parents) {
    Require(store.IsBelow(entity.uid, parent), "an entity not below its parent", Print(entity.uid));
    Require(store.Mentions(parent), "a parent is not mentioned", Print(parent));
  }
  CheckPrint(entity.attributes);
  CheckPrint(entity.tags);
}

}  // namespace
}  // namespace thuja

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thuja;
  const auto source = std::make_shared<const SourceText>(
      "fuzz.json", std::string(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const auto store = ReadEntities(source, diagnostics, kMaxAncestorPairs);
  Require(store.has_value() == diagnostics.empty(), "a refusal without a reason, or the reverse",
          Render(diagnostics));
  if (!store) {
    const std::string shown = Render(diagnostics);
    Require(shown.starts_with("fuzz.json:"), "a refusal without a place", shown);
    return 0;
  }
  // The store cannot be listed, so the names come from the text again.
  Diagnostics none;
  const auto document = ReadJson(source, none);
  Require(document.has_value(), "read once and not twice", Render(none));
  base::Arena arena;
  data::ValueReader reader(*document, arena, none);
  for (const Json& element : document->root().elements) {
    const auto entity = data::ReadEntity(element, Place("entity"), reader);
    Require(entity.has_value(), "an entity that is read once and not twice", Render(none));
    const value::EntityNumber number = store->NumberOf(entity->uid);
    Require(number != value::kNoEntity && store->IsStored(number), "an entity is lost",
            Print(entity->uid));
    Require(store->Attributes(number) == entity->attributes && store->Tags(number) == entity->tags,
            "an entity has changed", Print(entity->uid));
    CheckEntity(*store, *entity);
  }
  Require(store->size() <= document->root().elements.size(), "entities out of nothing", "");
  return 0;
}
