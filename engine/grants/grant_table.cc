// SPDX-License-Identifier: Apache-2.0
// Slots: filling them, and when they may be filled again.
//
// Tested by tests/unit/grants/grant_table_test.cc and, with threads, by
// tests/unit/grants/grant_table_race_test.cc.
#include "engine/grants/grant_table.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace thuja::grants {
namespace {

absl::Status NoSuchGrant(const GrantId& id) {
  return absl::NotFoundError(absl::StrCat("there is no grant ", id.ToString()));
}

// Nothing can come of it any more, whatever happens to it or to those it comes from.
bool IsOver(const GrantSlot& slot, int64_t now) {
  const std::optional<base::ReasonCode> why = slot.WhyNot(now);
  return why && *why != base::ReasonCode::kGrantPending &&
         *why != base::ReasonCode::kGrantSuspended;
}

// A block of calls is refilled when a quarter is left, so that it is there before the rest is gone.
uint32_t LowOf(int64_t calls) {
  return static_cast<uint32_t>(std::clamp<int64_t>(calls / 4, 0, UINT32_MAX));
}

}  // namespace

CredentialDigest GrantSlot::credential() const {
  CredentialDigest digest;
  if (has_credential_) {
    std::memcpy(digest.bytes.data(), texts_.get() + text_ends_[kTexts - 1], digest.bytes.size());
  }
  return digest;
}

GrantSlot::Taken GrantSlot::TakeCall() const {
  if (!has_budget_) return Taken::kOne;
  int64_t left = calls_left_.load(std::memory_order_relaxed);
  do {
    if (left <= 0) return Taken::kNone;
  } while (!calls_left_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
  return left - 1 == low_calls_ ? Taken::kOneAndLow : Taken::kOne;
}

GrantTable::~GrantTable() {
  for (size_t i = 0; i < kMostChunks; ++i) {
    delete chunks_[i].load(std::memory_order_relaxed);
  }
}

uint64_t GrantTable::HashOf(const CredentialDigest& digest) {
  return base::HashBytes({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

std::optional<GrantTable::Reader> GrantTable::Register() {
  auto reader = periods_.Register();
  if (!reader) return std::nullopt;
  return Reader(this, std::move(*reader));
}

const GrantSlot* GrantTable::Find(const GrantId& id) const {
  const GrantSlot* found = nullptr;
  by_id_.Find(HashOf(id), [&](uint32_t number) {
    const GrantSlot& slot = At(number);
    if (slot.id() != id) return false;
    found = &slot;
    return true;
  });
  return found;
}

const GrantSlot* GrantTable::Reader::Find(const GrantId& id) const { return table_->Find(id); }

const GrantSlot* GrantTable::Reader::FindByCredential(const CredentialDigest& credential) const {
  const GrantSlot* found = nullptr;
  table_->by_credential_.Find(HashOf(credential), [&](uint32_t number) {
    const GrantSlot& slot = table_->At(number);
    if (slot.credential() != credential) return false;
    found = &slot;
    return true;
  });
  return found;
}

uint32_t GrantTable::TakeSlot() {
  if (!free_.empty()) {
    const uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  if (slots_ % kChunk == 0) {
    chunks_[slots_ / kChunk].store(new Chunk(), std::memory_order_release);
  }
  return static_cast<uint32_t>(slots_++);
}

uint32_t GrantTable::NumberOfClass(const std::string& name) {
  const auto number = static_cast<uint32_t>(class_numbers_.size());
  return class_numbers_.try_emplace(name, number).first->second;
}

void GrantTable::Fill(const Grant& grant, const CredentialDigest& credential,
                      const GrantSlot* parent, int64_t calls, GrantSlot& slot) {
  slot.id_ = grant.id;
  slot.parent_ = parent;
  slot.depth_ = grant.depth;
  slot.not_before_ = grant.not_before;
  slot.expires_ = grant.expires;
  slot.scope_ = grant.scope;
  slot.has_budget_ = grant.calls.has_value();
  slot.calls_left_.store(calls, std::memory_order_relaxed);
  slot.low_calls_ = LowOf(calls);
  slot.asked_for_calls_.store(false, std::memory_order_relaxed);
  slot.is_known_ = true;
  slot.children_ = 0;
  slot.has_credential_ = static_cast<bool>(credential);
  slot.has_tenant_ = !grant.purpose.tenant.empty();
  slot.class_number_ = NumberOfClass(grant.agent_class);

  const std::string_view texts[GrantSlot::kTexts] = {
      grant.holder.type,    grant.holder.id,           grant.agent_class,
      grant.purpose.tenant, grant.purpose.task,        grant.purpose.workflow,
      grant.purpose.step,   grant.purpose.environment, grant.purpose.deployment};
  size_t size = slot.has_credential_ ? credential.bytes.size() : 0;
  for (const std::string_view text : texts) size += text.size();
  slot.texts_ = std::make_unique<char[]>(size);
  char* end = slot.texts_.get();
  for (size_t i = 0; i < GrantSlot::kTexts; ++i) {
    end = std::ranges::copy(texts[i], end).out;
    slot.text_ends_[i] = static_cast<uint16_t>(end - slot.texts_.get());
  }
  if (slot.has_credential_) std::memcpy(end, credential.bytes.data(), credential.bytes.size());
}

size_t GrantTable::CountForTask(std::string_view holder_type, std::string_view holder_id,
                                std::string_view task, int64_t now) const {
  size_t count = 0;
  FindByTask(holder_type, holder_id, task, [&](const GrantSlot& slot) {
    if (!IsOver(slot, now)) ++count;
    return false;
  });
  return count;
}

void GrantTable::ListForTask(const GrantSlot& slot, int64_t now) {
  bool is_alone = true;
  std::vector<uint32_t> over;
  FindByTask(slot.holder_type(), slot.holder_id(), slot.task(), [&](const GrantSlot& other) {
    is_alone = false;
    if (IsOver(other, now)) over.push_back(other.number_);
    return false;
  });
  // Why it is over is worth knowing if nothing else is there.
  if (!is_alone && IsOver(slot, now)) return;
  // The new one first, so that no decision finds nothing.
  Retire(by_task_.Add(HashOfTask(slot), slot.number_));
  for (const uint32_t number : over) by_task_.Remove(HashOfTask(slot), number);
}

absl::Status GrantTable::Insert(const Grant& grant, const CredentialDigest& credential,
                                int64_t calls, int64_t now) {
  if (Find(grant.id) != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("there is a grant ", grant.id.ToString()));
  }
  const GrantSlot* const parent = grant.parent ? Find(grant.parent) : nullptr;
  if (grant.parent && parent == nullptr) return NoSuchGrant(grant.parent);
  Reclaim();
  if (room() == 0) {
    return absl::ResourceExhaustedError(absl::StrCat("there are ", size_, " grants already"));
  }
  const uint32_t number = TakeSlot();
  GrantSlot& slot = Mutable(At(number));
  slot.number_ = number;
  Fill(grant, credential, parent, calls, slot);
  slot.heartbeat_deadline_.store(HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout),
                                 std::memory_order_relaxed);
  slot.word_.store(WordOf(grant.revision, grant.state), std::memory_order_release);
  if (parent != nullptr) ++Mutable(*parent).children_;
  ++size_;
  Retire(by_id_.Add(HashOf(grant.id), number));
  ListForTask(slot, now);
  if (credential) Retire(by_credential_.Add(HashOf(credential), number));
  return absl::OkStatus();
}

absl::Status GrantTable::Update(const Grant& grant) {
  const GrantSlot* const found = Find(grant.id);
  if (found == nullptr) return NoSuchGrant(grant.id);
  GrantSlot& slot = Mutable(*found);
  // The deadline first: who sees that a grant is active again sees its new deadline too.
  slot.heartbeat_deadline_.store(HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout),
                                 std::memory_order_release);
  slot.word_.store(WordOf(grant.revision, grant.state), std::memory_order_seq_cst);
  return absl::OkStatus();
}

absl::Status GrantTable::End(const GrantId& id, uint64_t revision, GrantState state) {
  const GrantSlot* const found = Find(id);
  if (found == nullptr) return NoSuchGrant(id);
  Mutable(*found).word_.store(WordOf(revision, state), std::memory_order_seq_cst);
  return absl::OkStatus();
}

absl::Status GrantTable::AddCalls(const GrantId& id, int64_t calls) {
  const GrantSlot* const found = Find(id);
  if (found == nullptr) return NoSuchGrant(id);
  found->calls_left_.fetch_add(calls, std::memory_order_acq_rel);
  return absl::OkStatus();
}

void GrantTable::HeardOfCalls(const GrantId& id) {
  const GrantSlot* const found = Find(id);
  if (found != nullptr) found->asked_for_calls_.store(false, std::memory_order_release);
}

bool GrantTable::TakeBackCalls(const GrantId& id, int64_t calls) {
  const GrantSlot* const found = Find(id);
  if (found == nullptr) return false;
  int64_t left = found->calls_left_.load(std::memory_order_relaxed);
  do {
    if (left < calls) return false;
  } while (!found->calls_left_.compare_exchange_weak(left, left - calls, std::memory_order_acq_rel,
                                                     std::memory_order_relaxed));
  return true;
}

absl::Status GrantTable::Erase(const GrantId& id) {
  const GrantSlot* const found = Find(id);
  if (found == nullptr) return NoSuchGrant(id);
  GrantSlot& slot = Mutable(*found);
  if (slot.children_ > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("grants were delegated from ", id.ToString(), " that are remembered"));
  }
  slot.is_known_ = false;
  by_id_.Remove(HashOf(id), slot.number_);
  by_task_.Remove(HashOfTask(slot), slot.number_);
  if (slot.has_credential_) by_credential_.Remove(HashOf(slot.credential()), slot.number_);
  if (slot.parent_ != nullptr) --Mutable(*slot.parent_).children_;
  --size_;
  retired_.push_back({periods_.Advance(), slot.number_, nullptr});
  return absl::OkStatus();
}

void GrantTable::Retire(SlotIndex::Retired cells) {
  if (cells != nullptr) retired_.push_back({periods_.Advance(), kNoSlot, std::move(cells)});
}

void GrantTable::Reclaim() {
  if (retired_.empty()) return;
  const uint64_t oldest = periods_.Oldest();
  const auto end =
      std::ranges::find_if(retired_, [oldest](const Retired& one) { return one.period > oldest; });
  for (auto one = retired_.begin(); one != end; ++one) {
    if (one->slot == kNoSlot) continue;
    GrantSlot& slot = Mutable(At(one->slot));
    slot.texts_.reset();
    slot.scope_.reset();
    free_.push_back(one->slot);
  }
  retired_.erase(retired_.begin(), end);
}

size_t GrantTable::room() const {
  const size_t taken = size_ + retired_.size();
  const size_t slots = free_.size() + kMostChunks * kChunk - slots_;
  return taken >= most_ ? 0 : std::min(most_ - taken, slots);
}

size_t GrantTable::bytes() const {
  size_t all = sizeof(*this) + kMostChunks * sizeof(std::atomic<Chunk*>) +
               (slots_ + kChunk - 1) / kChunk * sizeof(Chunk) +
               free_.capacity() * sizeof(uint32_t) + retired_.capacity() * sizeof(Retired) +
               by_id_.bytes() + by_credential_.bytes() + by_task_.bytes();
  for (uint32_t i = 0; i < slots_; ++i) {
    const GrantSlot& slot = At(i);
    if (slot.texts_ == nullptr) continue;
    all += slot.text_ends_.back() + (slot.has_credential_ ? sizeof(CredentialDigest) : 0) +
           sizeof(size_t);
  }
  return all;
}

}  // namespace thuja::grants
