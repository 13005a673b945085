// SPDX-License-Identifier: Apache-2.0
// What each mutation does, within a transaction.
//
// What is refused has written nothing. What a mutation did is seen by the next one in the same
// transaction. Neither clock nor thread is here: the same mutations of the same state have the
// same outcome, but for what is random.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "engine/entities.h"
#include "server/store/grant_store.h"
#include "server/store/transaction.h"

namespace thuja::server {

// Bytes of a reason.
inline constexpr size_t kMostReasonBytes = 256;

// `entities`: what classes are looked up in. An error is one of storage, after which the
// transaction has to be given up.
absl::StatusOr<MutationOutcome> Perform(const Mutation& mutation, const EntityStore& entities,
                                        Transaction& transaction);

// Why nothing was done, as an outcome. Without words of its own the code's are said.
MutationOutcome Refused(grants::Refusal refusal);
MutationOutcome Refused(ReasonCode code, std::string message = {});

// `{"class":"coder"}` and so on: which grants were meant, in the form of docs/grants.md.
std::string WriteSelector(const GrantSelector& selector);

}  // namespace thuja::server
