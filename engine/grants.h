// SPDX-License-Identifier: Apache-2.0
// Grants: authority of one holder for one task, that ends with the task.
//
// Names stay in thuja::grants, whose verbs (Issue, Delegate, Check) say little without it.
//
//   thuja::grants::Grant grant;
//   if (auto refusal = thuja::grants::Issue(request, id, now, entities, grant)) ...
//   thuja::grants::GrantTable table(most);
//   absl::Status status = table.Insert(grant, credential, calls, now);
//
// Thread safety: the functions are pure; engine/grants/grant_table.h says what of the table may be
// called from where.
#pragma once

#include "engine/grants/agent_class.h"
#include "engine/grants/argument_constraint.h"
#include "engine/grants/canonical.h"
#include "engine/grants/grant.h"
#include "engine/grants/grant_table.h"
#include "engine/grants/issue.h"
#include "engine/grants/lifecycle.h"
#include "engine/grants/scope.h"
#include "engine/grants/scope_pattern.h"
