// SPDX-License-Identifier: Apache-2.0
// Policy text to policies.
//
// Follows the grammar of Cedar 4.5 (docs.cedarpolicy.com, "Cedar policy grammar") as the SDK 4.13
// reads it. Function calls are left unresolved; engine/func/resolve.h checks their names.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/source.h"
#include "engine/lang/ast.h"

namespace thuja::lang {

// All policies and templates of the text, in its order. After an error parsing goes on with the
// next policy, so that all errors are found; the result is of use only if none was added.
std::vector<Policy> ParsePolicies(const std::shared_ptr<const base::SourceText>& source,
                                  base::Diagnostics& diagnostics);

// One entity literal such as `Agent::"alice"` and nothing else; as in policy text, spaces and
// comments may stand between its tokens.
std::optional<EntityLiteral> ParseEntityLiteral(
    const std::shared_ptr<const base::SourceText>& source, base::Diagnostics& diagnostics);

}  // namespace thuja::lang
