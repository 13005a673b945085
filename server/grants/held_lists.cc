// SPDX-License-Identifier: Apache-2.0
// Keeping lists, and letting go of them.
//
// Tested by tests/grants_api/held_lists_test.cc and tests/grants_api/list_test.cc.
#include "server/grants/held_lists.h"

#include <algorithm>

#include "server/store/credential.h"

namespace thuja::server {

using grants::GrantId;

std::optional<PageName> PageName::Parse(std::string_view text) {
  if (text.size() != 2 * GrantId::kDigits) return std::nullopt;
  const auto list = GrantId::Parse(text.substr(0, GrantId::kDigits));
  const auto after = GrantId::Parse(text.substr(GrantId::kDigits));
  if (!list || !after) return std::nullopt;
  return PageName{*list, *after};
}

bool HeldLists::Hold(const std::shared_ptr<HeldList>& list, Time now) {
  const auto id = MakeGrantId();
  if (!id) return false;
  list->id = *id;
  const std::lock_guard lock(mutex_);
  EraseOver(now);
  if (entries_.size() >= limits_.most) entries_.erase(FindLeastWanted());
  entries_.push_back({.list = list, .begun = now, .asked = now});
  return true;
}

// So that one caller that begins lists and does not read them takes nobody else's.
std::vector<HeldLists::Entry>::iterator HeldLists::FindLeastWanted() {
  const auto lists_of = [&](const Entry& entry) {
    return std::ranges::count_if(
        entries_, [&](const Entry& other) { return other.list->caller == entry.list->caller; });
  };
  return std::ranges::min_element(entries_, [&](const Entry& a, const Entry& b) {
    const auto of_a = lists_of(a);
    const auto of_b = lists_of(b);
    return of_a != of_b ? of_a > of_b : a.asked < b.asked;
  });
}

std::shared_ptr<HeldList> HeldLists::Find(const GrantId& id, std::string_view caller, Time now) {
  const std::lock_guard lock(mutex_);
  EraseOver(now);
  const auto found =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.list->id == id; });
  if (found == entries_.end() || found->list->caller != caller) return nullptr;
  found->asked = now;
  return found->list;
}

void HeldLists::Drop(const GrantId& id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.list->id == id; });
}

void HeldLists::Sweep(Time now) {
  const std::lock_guard lock(mutex_);
  EraseOver(now);
}

void HeldLists::EraseOver(Time now) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return now - entry.asked > limits_.time || now - entry.begun > limits_.whole_time;
  });
}

void HeldLists::Clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

size_t HeldLists::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace thuja::server
