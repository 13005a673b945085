// SPDX-License-Identifier: Apache-2.0
// What became of the policies of a snapshot: its decision tree, for people to look at.
//
//   std::cout << thuja::PrintTree(*snapshot, thuja::TreeFormat::kText);
//
// Thread safety: pure.
#pragma once

#include <span>
#include <string>

#include "engine/decide.h"
#include "engine/tree/print.h"

namespace thuja {

using tree::TreeFormat;
using TreeFigures = tree::Figures;

// With a trace of decisions that were made with this snapshot, it says how often each part of the
// tree was reached.
inline std::string PrintTree(const Snapshot& snapshot, TreeFormat format,
                             const Trace& trace = Trace()) {
  return tree::Print(snapshot.program(), snapshot.policies(), format, trace.reached);
}

inline const TreeFigures& FiguresOf(const Snapshot& snapshot) { return snapshot.program().figures; }

}  // namespace thuja
