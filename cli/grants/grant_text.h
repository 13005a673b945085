// SPDX-License-Identifier: Apache-2.0
// Grants in the server's answers, for people. A member that is missing or of another form is shown
// as far as it can be: the answer of a newer server is still worth reading.
#pragma once

#include <string>

#include "cli/table.h"
#include "engine/json.h"

namespace thuja::cli {

// All of a grant: a line for each thing that it has, and the table of its tools.
std::string GrantText(const Json& grant);

// `ID active, expires 2026-03-02T09:10:00Z`, after a change.
std::string GrantLine(const Json& grant);

// The table of a list, and one more of its rows.
Table GrantTable();
void AddGrant(const Json& grant, Table& table);

// The answer of `whatcan`: whether the grant is in force and until when, what is left of it, its
// tools, and what the policies say of the tools that they know.
std::string WhatCanText(const Json& answer);

}  // namespace thuja::cli
