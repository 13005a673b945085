// SPDX-License-Identifier: Apache-2.0
// Assembly of snapshots.
//
// Tested by tests/unit/decide/decide_test.cc.
#include "engine/decide/snapshot.h"

#include <utility>

namespace thuja::decide {

SnapshotBuilder::SnapshotBuilder()
    : policies_(std::make_shared<const lang::PolicySet>()),
      entities_(std::make_shared<const value::EntityStore>()) {}

SnapshotBuilder& SnapshotBuilder::SetPolicies(lang::PolicySet policies) {
  policies_ = std::make_shared<const lang::PolicySet>(std::move(policies));
  program_ = nullptr;
  return *this;
}

SnapshotBuilder& SnapshotBuilder::SetEntities(value::EntityStore entities) {
  entities_ = std::make_shared<const value::EntityStore>(std::move(entities));
  return *this;
}

std::shared_ptr<const Snapshot> SnapshotBuilder::Build() {
  if (program_ == nullptr) {
    program_ = std::make_shared<const tree::Program>(tree::Compile(*policies_));
    linked_ = nullptr;
  }
  if (linked_ == nullptr || (linked_ != entities_ && !entities_->Extends(*linked_))) {
    link_ = tree::Link(*program_, *entities_);
  } else if (linked_ != entities_) {
    link_ = tree::Link(*program_, *entities_, link_, linked_->numbers());
  }
  linked_ = entities_;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->policies_ = policies_;
  snapshot->entities_ = entities_;
  snapshot->program_ = program_;
  snapshot->link_ = link_;
  snapshot->revision_ = ++revision_;
  return snapshot;
}

}  // namespace thuja::decide
