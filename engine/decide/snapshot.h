// SPDX-License-Identifier: Apache-2.0
// What is decided with: policies and entities of one revision.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/lang/policy_set.h"
#include "engine/tree/program.h"
#include "engine/value/entity_store.h"

namespace thuja::decide {

// Immutable; shared between threads by pointer. A decision sees exactly one snapshot.
class Snapshot {
 public:
  const lang::PolicySet& policies() const { return *policies_; }
  const value::EntityStore& entities() const { return *entities_; }
  uint64_t revision() const { return revision_; }

  // The policies compiled, and what ties them to these entities.
  const tree::Program& program() const { return *program_; }
  const tree::Link& link() const { return link_; }

 private:
  friend class SnapshotBuilder;

  std::shared_ptr<const lang::PolicySet> policies_;
  std::shared_ptr<const value::EntityStore> entities_;
  std::shared_ptr<const tree::Program> program_;
  tree::Link link_;
  uint64_t revision_ = 0;
};

// Makes one snapshot after another; what is not set anew is shared with the one before. The
// revision grows by one with each. Not thread-safe.
//
// Changed entities compile no policies. A store that was grown from the one before
// (engine/value/entity_store_builder.h) costs no more than what it has more.
class SnapshotBuilder {
 public:
  SnapshotBuilder();

  SnapshotBuilder& SetPolicies(lang::PolicySet policies);
  SnapshotBuilder& SetEntities(value::EntityStore entities);

  // What the next snapshot will have; for growing the next store from.
  const value::EntityStore& entities() const { return *entities_; }

  std::shared_ptr<const Snapshot> Build();

 private:
  std::shared_ptr<const lang::PolicySet> policies_;
  std::shared_ptr<const value::EntityStore> entities_;
  std::shared_ptr<const tree::Program> program_;  // null until Build needs it
  // The store that link_ is for; null if it is for another program.
  std::shared_ptr<const value::EntityStore> linked_;
  tree::Link link_;
  uint64_t revision_ = 0;
};

}  // namespace thuja::decide
