// SPDX-License-Identifier: Apache-2.0
// Policies back to text.
#pragma once

#include <string>

#include "engine/lang/ast.h"

namespace thuja::lang {

// Canonical Cedar text: one scope element and one condition a line, brackets only where the
// grammar needs them. Parses back to the same tree, comments and layout aside.
std::string Print(const Policy& policy);

// One expression on one line.
std::string Print(const ExprTree& tree, ExprId id);

// The tree itself, as nested lists such as `(and (== principal.x 1) true)`, for tests and for
// comparing two trees; source places are left out.
std::string Dump(const Policy& policy);

}  // namespace thuja::lang
