// SPDX-License-Identifier: Apache-2.0
// Walking up from grants, and counting their calls.
//
// Tested by tests/grants_api/read_test.cc.
#include "server/grants/grant_look.h"

#include <algorithm>

#include "server/store/call_blocks.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::GrantId;
using grants::GrantSlot;

// Those that were not given out yet, and those that decisions have not taken of what was. Nothing
// of a grant without a limit.
std::optional<uint64_t> CallsLeft(const StoredGrant& stored, uint64_t given_out,
                                  const GrantSlot* slot) {
  if (!stored.grant.calls) return std::nullopt;
  const uint64_t calls = *stored.grant.calls;
  const uint64_t kept = calls - std::min(calls, given_out);
  const int64_t given = slot == nullptr ? 0 : std::max<int64_t>(0, slot->calls_left());
  return std::min(calls, kept + static_cast<uint64_t>(given));
}

}  // namespace

GrantLook::GrantLook(GrantStore& store, const TrustedClock& clock, GrantBackendView* view)
    : store_(store),
      clock_(clock.Read()),
      view_(view),
      reader_(view == nullptr ? std::nullopt : store.table().Register()) {}

GrantLook::WhyNot GrantLook::WhyNotAlone(const Grant& grant) const {
  if (clock_.rolled_back) return ReasonCode::kClockRollback;
  return grants::WhyNotInForce(grant, clock_.now);
}

absl::StatusOr<GrantLook::WhyNot> GrantLook::WhyNotBelow(const GrantId& id) {
  if (const auto known = below_.find(id); known != below_.end()) return known->second;
  auto stored = view_->Get(id);
  if (!stored.ok()) return stored.status();
  // A grant is remembered for longer than what was delegated from it.
  WhyNot why = ReasonCode::kAncestorRevoked;
  if (*stored) {
    const Grant& grant = (*stored)->grant;
    why = WhyNotAlone(grant);
    if (why) {
      why = grants::AsAncestor(*why);
    } else if (grant.parent) {
      const auto above = WhyNotBelow(grant.parent);
      if (!above.ok()) return above.status();
      why = *above;
    }
  }
  below_[id] = why;
  return why;
}

absl::Status GrantLook::Append(const StoredGrant& stored, std::string* out) {
  GrantView shown = {.why_not = WhyNotAlone(stored.grant)};
  if (!shown.why_not && stored.grant.parent) {
    const auto above = WhyNotBelow(stored.grant.parent);
    if (!above.ok()) return above.status();
    shown.why_not = *above;
  }
  if (stored.grant.calls) {
    const auto header = view_->Header();
    if (!header.ok()) return header.status();
    shown.calls_left = CallsLeft(stored, GivenOut(stored, header->runs),
                                 reader_ ? reader_->Find(stored.grant.id) : nullptr);
  }
  AppendGrant(stored.grant, shown, out);
  return absl::OkStatus();
}

GrantView GrantLook::ViewAnswered(const StoredGrant& stored) const {
  GrantView shown = {.why_not = WhyNotAlone(stored.grant)};
  const GrantSlot* const slot = store_.table().Find(stored.grant.id);
  if (!shown.why_not && slot != nullptr && slot->parent() != nullptr) {
    if (const auto why = slot->parent()->WhyNot(clock_.now)) {
      shown.why_not = grants::AsAncestor(*why);
    }
  }
  shown.calls_left = CallsLeft(stored, stored.calls_given, slot);
  return shown;
}

}  // namespace thuja::server
