// SPDX-License-Identifier: Apache-2.0
// Records are made with their keys in order, so that nothing has to be sorted for a decision.
//
// Tested by tests/unit/decide/guard_test.cc.
#include "engine/decide/pdp_context.h"

#include <algorithm>

#include "engine/decide/tool_call.h"

namespace thuja::decide {
namespace {

using grants::GrantSlot;
using value::EntityUidView;
using value::Field;
using value::Request;
using value::Value;

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

Value Time(int64_t nanoseconds) {
  return Value::Datetime(nanoseconds / kNanosecondsPerMillisecond);
}

class RecordMaker {
 public:
  RecordMaker(base::Arena& arena, size_t most) : fields_(arena.AllocateArray<Field>(most)) {}

  // REQUIRES: keys come in ascending order.
  RecordMaker& Add(std::string_view key, const Value& value) {
    fields_[count_++] = {key, value};
    return *this;
  }
  RecordMaker& AddUnlessEmpty(std::string_view key, std::string_view text) {
    return text.empty() ? *this : Add(key, Value::String(text));
  }
  Value Finish() const { return Value::RecordInOrder({fields_, count_}); }

 private:
  Field* const fields_;
  size_t count_ = 0;
};

Value HolderOf(const GrantSlot& grant, base::Arena& arena) {
  return Value::Entity(arena.New(EntityUidView{grant.holder_type(), grant.holder_id()}));
}

Value IdOf(const GrantSlot& grant, base::Arena& arena) {
  char* const text = arena.AllocateArray<char>(grants::GrantId::kDigits);
  grant.id().Write(text);
  return Value::String({text, grants::GrantId::kDigits});
}

Value TaskOf(const GrantSlot& grant, base::Arena& arena) {
  constexpr size_t kMost = 11;
  return RecordMaker(arena, kMost)
      .Add("class", Value::String(grant.agent_class()))
      .AddUnlessEmpty("deployment", grant.deployment())
      .Add("depth", Value::Long(grant.depth()))
      .AddUnlessEmpty("environment", grant.environment())
      .Add("expires", Time(grant.expires()))
      .Add("grant", IdOf(grant, arena))
      .Add("holder", HolderOf(grant, arena))
      .Add("id", Value::String(grant.task()))
      .AddUnlessEmpty("step", grant.step())
      .AddUnlessEmpty("tenant", grant.tenant())
      .AddUnlessEmpty("workflow", grant.workflow())
      .Finish();
}

Value DelegationOf(const GrantSlot& grant, base::Arena& arena) {
  const GrantSlot* origin = &grant;
  while (origin->parent() != nullptr) origin = origin->parent();
  return RecordMaker(arena, 2)
      .Add("depth", Value::Long(grant.depth()))
      .Add("origin", HolderOf(*origin, arena))
      .Finish();
}

Value CredentialOf(bool has_task_credential, std::string_view enforcement_point,
                   base::Arena& arena) {
  return RecordMaker(arena, 2)
      .Add("kind", Value::String(has_task_credential ? "task" : "pep"))
      .Add("pep", Value::String(enforcement_point))
      .Finish();
}

}  // namespace

void AddPdpContext(const GrantSlot* grant, bool has_task_credential,
                   std::string_view enforcement_point, Request& request) {
  base::Arena& arena = request.arena;
  RecordMaker pdp(arena, 4);
  pdp.Add("credential", CredentialOf(has_task_credential, enforcement_point, arena));
  if (grant != nullptr && grant->parent() != nullptr) {
    pdp.Add("delegation", DelegationOf(*grant, arena));
  }
  pdp.Add("now", Time(request.now));
  if (grant != nullptr) pdp.Add("task", TaskOf(*grant, arena));

  const std::span<const Field> given = request.context.AsRecord();
  Field* const fields = arena.AllocateArray<Field>(given.size() + 1);
  const auto behind =
      std::ranges::find_if(given, [](const Field& field) { return field.key > kReservedKey; });
  Field* end = std::copy(given.begin(), behind, fields);
  *end++ = {kReservedKey, pdp.Finish()};
  end = std::copy(behind, given.end(), end);
  request.context = Value::RecordInOrder({fields, static_cast<size_t>(end - fields)});
}

}  // namespace thuja::decide
