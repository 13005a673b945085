// SPDX-License-Identifier: Apache-2.0
// What is kept of an answer, so that the same can be said again to whoever repeats the request.
//
// Most of a grant never changes, and is read from the grant. What does change is kept as it was
// when the answer was made: a caller that asks twice because the first answer was lost is told
// what it missed, not what became of it since. The secret of a credential is not kept.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/grants.h"
#include "server/store/grant_backend.h"

namespace thuja::server {

struct ReplyContent {
  uint64_t revision = 0;   // of the change
  uint64_t grants = 0;     // that were changed
  uint64_t unwritten = 0;  // of these
  // As it was answered, with only those members set that may change; the rest is the grant's.
  std::optional<StoredGrant> grant;
};

// `3 1 0`, or with a grant `3 1 0 ID STATE REVISION LAST_HEARTBEAT ENDED CALLS_GIVEN REASON`.
std::string WriteReply(const ReplyContent& content);

// DATA_LOSS if it is no such text.
absl::StatusOr<ReplyContent> ReadReply(std::string_view text);

// Gives `grant` what `answered` has of what may change.
void Restore(const StoredGrant& answered, StoredGrant& grant);

}  // namespace thuja::server
