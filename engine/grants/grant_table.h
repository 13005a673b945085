// SPDX-License-Identifier: Apache-2.0
// The grants that decisions are made by: found and read without locks while one writer changes
// them.
//
// Each grant has a slot. What can change, its state and revision, its heartbeats and its calls, is
// a word each that is read and written whole; all else is written before the slot can be found and
// stays until no reader can hold it (engine/grants/grace_periods.h). A change is in force for every
// decision that begins after the function that made it returned, on any thread that learnt of that.
//
// A grant knows the slot of its parent, and so has a path of at most kMostDepth ancestors. To
// revoke is one write however many grants were delegated, and beats every race: whoever decides
// looks at the whole path, before and after the policies.
//
// Pure: no lock, no clock, no file. The writer's calls are one at a time, which is up to the
// caller.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/reason_code.h"
#include "engine/base/words.h"
#include "engine/grants/grace_periods.h"
#include "engine/grants/grant.h"
#include "engine/grants/lifecycle.h"
#include "engine/grants/slot_index.h"

namespace thuja::grants {

// SHA-256 of a credential. All zero: none was made.
struct CredentialDigest {
  std::array<uint8_t, 32> bytes = {};

  explicit operator bool() const { return *this != CredentialDigest{}; }
  friend bool operator==(const CredentialDigest&, const CredentialDigest&) = default;
};

class GrantTable;

// A grant as a decision sees it. Valid until its reader refreshes.
class GrantSlot {
 public:
  // These never change while the slot can be seen.
  const GrantId& id() const { return id_; }
  uint8_t depth() const { return depth_; }
  int64_t not_before() const { return not_before_; }
  int64_t expires() const { return expires_; }
  const Scope& scope() const { return *scope_; }
  // All zero if none was made.
  CredentialDigest credential() const;
  bool has_credential() const { return has_credential_; }
  std::string_view holder_type() const { return Text(kHolderType); }
  std::string_view holder_id() const { return Text(kHolderId); }
  std::string_view agent_class() const { return Text(kAgentClass); }
  // The same for all grants of a class, and small: whoever keeps something for each class counts
  // by it.
  uint32_t class_number() const { return class_number_; }
  std::string_view tenant() const { return Text(kTenant); }
  bool has_tenant() const { return has_tenant_; }
  std::string_view task() const { return Text(kTask); }
  std::string_view workflow() const { return Text(kWorkflow); }
  std::string_view step() const { return Text(kStep); }
  std::string_view environment() const { return Text(kEnvironment); }
  std::string_view deployment() const { return Text(kDeployment); }
  const GrantSlot* parent() const { return parent_; }  // null if nobody delegated it

  GrantState state() const { return StateOf(word_.load(std::memory_order_acquire)); }
  uint64_t revision() const { return word_.load(std::memory_order_acquire) >> kStateBits; }
  bool has_budget() const { return has_budget_; }
  int64_t calls_left() const { return calls_left_.load(std::memory_order_relaxed); }

  // Why this grant, looked at by itself, does not authorize at `now`.
  std::optional<base::ReasonCode> WhyNotAlone(int64_t now) const {
    const GrantState state = this->state();
    const int64_t deadline = heartbeat_deadline_.load(std::memory_order_acquire);
    // Nearly always: a grant that nobody speaks against.
    if (state == GrantState::kActive && now >= not_before_ && now < std::min(expires_, deadline)) {
      return std::nullopt;
    }
    return WhyNotInForce(state, not_before_, expires_, deadline, now);
  }
  // The same together with all grants that it comes from.
  std::optional<base::ReasonCode> WhyNot(int64_t now) const {
    if (const auto why = WhyNotAlone(now)) return why;
    for (const GrantSlot* at = parent_; at != nullptr; at = at->parent_) {
      if (const auto why = at->WhyNotAlone(now)) return AsAncestor(*why);
    }
    return std::nullopt;
  }

  enum class Taken : uint8_t {
    kNone,       // there was none to take
    kOne,        // or the grant has no budget
    kOneAndLow,  // one, and few are left of those that the table was given: time for more
  };
  // Takes one call from what is left; never more than there are, however many threads take.
  Taken TakeCall() const;
  // True if nobody has asked for more calls since the writer last heard of it: then the caller
  // tells the writer.
  bool AskForCalls() const {
    return !asked_for_calls_.load(std::memory_order_relaxed) &&
           !asked_for_calls_.exchange(true, std::memory_order_acq_rel);
  }

 private:
  friend class GrantTable;
  enum TextNumber {
    kHolderType,
    kHolderId,
    kAgentClass,
    kTenant,
    kTask,
    kWorkflow,
    kStep,
    kEnvironment,
    kDeployment,
    kTexts
  };
  static constexpr int kStateBits = 3;
  static_assert(kGrantStates <= 1 << kStateBits);
  static GrantState StateOf(uint64_t word) {
    return static_cast<GrantState>(word & ((1 << kStateBits) - 1));
  }

  std::string_view Text(TextNumber number) const {
    const size_t begin = number == 0 ? 0 : text_ends_[number - 1];
    return {texts_.get() + begin, text_ends_[number] - begin};
  }

  // What a decision looks at of an ancestor is on one cache line.
  alignas(64) std::atomic<uint64_t> word_ = 0;  // revision and state
  std::atomic<int64_t> heartbeat_deadline_ = 0;
  int64_t not_before_ = 0;
  int64_t expires_ = 0;
  const GrantSlot* parent_ = nullptr;
  mutable std::atomic<int64_t> calls_left_ = 0;
  uint32_t low_calls_ = 0;  // with so few left it is time for more
  uint32_t class_number_ = 0;
  uint32_t number_ = 0;
  uint8_t depth_ = 0;
  bool has_budget_ = false;
  bool has_credential_ = false;
  bool has_tenant_ = false;

  GrantId id_;
  std::shared_ptr<const Scope> scope_;
  std::unique_ptr<char[]> texts_;  // one behind the other, and the digest of the credential
  std::array<uint16_t, kTexts> text_ends_ = {};
  mutable std::atomic<bool> asked_for_calls_ = false;
  bool is_known_ = false;  // to the table, and not erased; the writer's
  uint32_t children_ = 0;  // slots whose parent this is; the writer's
};
static_assert(sizeof(GrantSlot) == 128, "two cache lines");

// Grants of one holder for one task that are not over: each decision for the task may have to look
// at all of them.
inline constexpr size_t kMostForTask = 256;

class GrantTable {
 public:
  // `most`: grants at a time, those that are over and remembered included.
  explicit GrantTable(size_t most) : most_(most) {}
  ~GrantTable();
  GrantTable(const GrantTable&) = delete;
  GrantTable& operator=(const GrantTable&) = delete;

  // For one thread; must not outlive the table.
  class Reader {
   public:
    // Nothing that was found before is used any more. Call it before each decision.
    void Refresh() { reader_.Refresh(); }

    // Null if there is none.
    const GrantSlot* Find(const GrantId& id) const;
    const GrantSlot* FindByCredential(const CredentialDigest& credential) const;
    // Calls `visit(slot)` for the grants of a holder for a task, until it returns true. Those that
    // were over when another was inserted may be left out.
    template <typename Visit>
    void FindByTask(std::string_view holder_type, std::string_view holder_id, std::string_view task,
                    const Visit& visit) const {
      table_->FindByTask(holder_type, holder_id, task, visit);
    }

   private:
    friend class GrantTable;
    Reader(const GrantTable* table, GracePeriods::Reader reader)
        : table_(table), reader_(std::move(reader)) {}

    const GrantTable* table_;
    GracePeriods::Reader reader_;
  };
  // Nothing if there are too many.
  std::optional<Reader> Register();

  // The writer's part.

  // Makes a grant known. `calls`: how many of its calls may be taken now. `now`: what is over by
  // then is not looked for by its task any more, so that decisions for a task that has seen many
  // grants look at those few that may be in force. Errors: ALREADY_EXISTS, NOT_FOUND (the parent),
  // RESOURCE_EXHAUSTED.
  absl::Status Insert(const Grant& grant, const CredentialDigest& credential, int64_t calls,
                      int64_t now);
  // Makes known what became of a grant: its state, revision and heartbeat. NOT_FOUND.
  absl::Status Update(const Grant& grant);
  // The same of a grant that is over for good, of which nothing else changed. NOT_FOUND.
  absl::Status End(const GrantId& id, uint64_t revision, GrantState state);
  // Lets more calls be taken. NOT_FOUND.
  absl::Status AddCalls(const GrantId& id, int64_t calls);
  // More calls may be asked for again; nothing if there is no such grant.
  void HeardOfCalls(const GrantId& id);
  // Takes back exactly so many of the calls that were not taken; false, and none, if there are
  // fewer or there is no such grant.
  bool TakeBackCalls(const GrantId& id, int64_t calls);
  // Forgets a grant. FAILED_PRECONDITION while it has children. NOT_FOUND.
  absl::Status Erase(const GrantId& id);
  // Frees what was erased and can no longer be seen. Cheap if there is nothing.
  void Reclaim();

  // Null if there is none.
  const GrantSlot* Find(const GrantId& id) const;
  // How many grants of a holder for a task are not over at `now`.
  size_t CountForTask(std::string_view holder_type, std::string_view holder_id,
                      std::string_view task, int64_t now) const;
  // Calls `visit(slot)` for every grant, the oldest mostly first.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (uint32_t number = 0; number < slots_; ++number) {
      const GrantSlot& slot = At(number);
      if (slot.is_known_) visit(slot);
    }
  }
  size_t size() const { return size_; }
  // How many more can be inserted: one less for each time that an index grows meanwhile, which is
  // seldom, and more once readers have let go of what was erased.
  size_t room() const;
  // Memory that it holds, slots that wait to be reclaimed included.
  size_t bytes() const;

 private:
  static constexpr size_t kChunk = 1024;  // slots
  using Chunk = std::array<GrantSlot, kChunk>;
  struct Retired {
    uint64_t period;
    uint32_t slot;  // or kNoSlot, and then
    SlotIndex::Retired cells;
  };
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  static uint64_t HashOf(const GrantId& id) {
    return base::MixWords(id.high ^ base::HashSeed(), id.low | 1);
  }
  static uint64_t HashOf(const CredentialDigest& digest);
  static uint64_t HashOfTask(std::string_view holder_type, std::string_view holder_id,
                             std::string_view task) {
    return base::HashBytes(task, base::HashBytes(holder_id, base::HashBytes(holder_type)));
  }
  static uint64_t HashOfTask(const GrantSlot& slot) {
    return HashOfTask(slot.holder_type(), slot.holder_id(), slot.task());
  }

  static uint64_t WordOf(uint64_t revision, GrantState state) {
    return revision << GrantSlot::kStateBits | static_cast<uint64_t>(state);
  }
  const GrantSlot& At(uint32_t number) const {
    return (*chunks_[number / kChunk].load(std::memory_order_acquire))[number % kChunk];
  }
  GrantSlot& Mutable(const GrantSlot& slot) { return const_cast<GrantSlot&>(slot); }
  template <typename Visit>
  void FindByTask(std::string_view holder_type, std::string_view holder_id, std::string_view task,
                  const Visit& visit) const {
    by_task_.Find(HashOfTask(holder_type, holder_id, task), [&](uint32_t number) {
      const GrantSlot& slot = At(number);
      return base::EqualTexts(slot.task(), task) && base::EqualTexts(slot.holder_id(), holder_id) &&
             base::EqualTexts(slot.holder_type(), holder_type) && visit(slot);
    });
  }
  void ListForTask(const GrantSlot& slot, int64_t now);
  uint32_t TakeSlot();
  uint32_t NumberOfClass(const std::string& name);
  void Fill(const Grant& grant, const CredentialDigest& credential, const GrantSlot* parent,
            int64_t calls, GrantSlot& slot);
  void Retire(SlotIndex::Retired cells);

  const size_t most_;
  GracePeriods periods_;
  SlotIndex by_id_;
  SlotIndex by_credential_;
  SlotIndex by_task_;
  static constexpr size_t kMostChunks = size_t{1} << 14;
  std::unique_ptr<std::atomic<Chunk*>[]> chunks_{new std::atomic<Chunk*>[kMostChunks]()};
  size_t slots_ = 0;  // ever used
  size_t size_ = 0;
  absl::flat_hash_map<std::string, uint32_t> class_numbers_;  // never forgotten: there are few
  std::vector<uint32_t> free_;
  std::vector<Retired> retired_;  // by period, ascending
};

}  // namespace thuja::grants
