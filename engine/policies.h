// SPDX-License-Identifier: Apache-2.0
// Policies out of text: parsing, naming, linking, printing.
//
// The language is Cedar 4.5 as the SDK 4.13 reads it (docs.cedarpolicy.com). Thread safety: the
// functions are pure; a PolicySet must not be changed while others read it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/lang/policy_set.h"
#include "engine/lang/printer.h"
#include "engine/value/json.h"

namespace thuja {

using lang::PolicySet;
using PolicyEffect = lang::Effect;

// How policies get their ids.
enum class PolicyIds {
  kPosition,    // `policyN`, N counting all policies and templates of all sources from 0
  kAnnotation,  // the value of `@id`; `policyN` where there is none
};

// Parses the sources, in their order, into one set. Reports duplicate ids like any other error.
std::optional<PolicySet> ParsePolicySet(std::span<const std::shared_ptr<const SourceText>> sources,
                                        PolicyIds ids, Diagnostics& diagnostics);

// Parses one text into policies that are in no set yet.
std::optional<std::vector<lang::Policy>> ParsePolicies(
    const std::shared_ptr<const SourceText>& source, Diagnostics& diagnostics);

// Links templates as a JSON text says: an array of `{"templateId", "newId", "values"}`, values
// keyed `?principal` and `?resource` with uids as objects; or of `{"template_id", "link_id",
// "args"}` with uids as Cedar strings. A template is named by its id or by its `@id` annotation.
bool LinkPolicies(std::shared_ptr<const SourceText> links, PolicySet& policies,
                  Diagnostics& diagnostics);

// The same for an array that is part of a larger document.
bool LinkPolicies(const value::JsonDocument& document, const value::Json& links,
                  PolicySet& policies, Diagnostics& diagnostics);

// Makes one link; reports why not at `place` of `source`.
bool LinkPolicy(std::string_view template_id, std::string link_id, const lang::SlotValues& values,
                const std::shared_ptr<const SourceText>& source, Span place, PolicySet& policies,
                Diagnostics& diagnostics);

// True if `text` is an argument that the extension function `name`, such as `ip`, accepts.
bool IsExtensionText(std::string_view name, std::string_view text);

}  // namespace thuja
