// SPDX-License-Identifier: Apache-2.0
// Decisions as people and programs read them.
#pragma once

#include <string>

#include "engine/decide.h"

namespace thuja::cli {

// `{"decision":...,"reasons":[...],"errors":[{"policy":...,"kind":...,"message":...}]}`, and with
// `explained` an `"explanation"` as engine/decide/explain.h renders it. `options` are those of the
// decision.
std::string DecisionJson(const Snapshot& snapshot, const Request& request, const Decision& decision,
                         const DecideOptions& options, bool explained = false);

// One screen: the decision, the policies that made it with their text, the policies that failed,
// and where nothing permitted, what each of the nearest permits wanted; more of them, and those of
// every deny, if `explained`.
std::string DecisionText(const Snapshot& snapshot, const Request& request, const Decision& decision,
                         const DecideOptions& options, bool explained = false);

// The request was not decided, because it contradicts what the store knows or itself.
bool IsRefusal(ReasonCode code);
std::string RefusalText(ReasonCode code);

}  // namespace thuja::cli
