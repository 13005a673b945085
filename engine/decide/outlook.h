// SPDX-License-Identifier: Apache-2.0
// What the holder of a grant could do now: each tool that the grant reaches, and what the policies
// say of it before anybody knows the call.
//
// Every policy is asked, with a context of which only what the decision point fills in is known. A
// policy that looks at nothing else says the same of every call; what one says that looks at the
// rest (its arguments, for example) is open until there is a call. So a tool is permitted
//
//   always    whatever the call: a policy permits it that looks at nothing of the call, none that
//             does could forbid it, and the grant reaches it whatever its arguments and resources
//   never     whatever the call: none could permit it, or one forbids it that does not look
//   depends   on the call
//
// What the enforcement point that brings the call is called is not known either. That the grant is
// alive, and has calls left, is not looked at: it is the same for all tools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decide/decide.h"
#include "engine/decide/snapshot.h"
#include "engine/grants/grant_table.h"

namespace thuja::decide {

enum class Permitted : uint8_t { kAlways, kDepends, kNever };

std::string_view PermittedName(Permitted permitted);

struct ToolOutlook {
  std::string_view tool;  // of the snapshot
  Permitted permitted = Permitted::kNever;
  std::string because;  // for people; names policies
};

struct Outlook {
  std::vector<ToolOutlook> tools;  // by name
  bool truncated = false;          // there are more
};

// Of the first `most` tools of the snapshot that the grant and the classes of its path reach. Takes
// a few microseconds for each. `options` are those of decisions.
Outlook WhatCan(const Snapshot& snapshot, const grants::GrantSlot& grant, int64_t now,
                const DecideOptions& options, size_t most);

// Whether a condition of the policy looks at what only a call can say: anything of the context but
// `context.pdp`, and of that the credential.
bool LooksAtCall(const lang::Policy& policy);

}  // namespace thuja::decide
