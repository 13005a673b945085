// SPDX-License-Identifier: Apache-2.0
// The one question that http_bench asks, in each of its forms: http_bench.cedar over the entities
// of policies/quickstart, answered with an allow; and under a guard the same of policies/agents.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "bench/load_client.h"
#include "engine/decide.h"
#include "engine/grants.h"
#include "server/config/config.h"

namespace thuja::bench {

// The configuration that the question needs; `threads` decide.
absl::StatusOr<server::Config> HttpConfig(size_t threads);
// The same of the question asked under a guard: whether the agent may do it for its task.
absl::StatusOr<server::Config> GuardedHttpConfig(size_t threads);

// Writes `count` policies that concern other agents, tools, tasks and paths into a file, so that
// the question is one among many policies and its answer is the same.
absl::Status WriteMorePolicies(size_t count, const std::string& path);

// `more`: a file of more policies; empty: none. Null, with what is wrong on standard error, if
// anything is.
std::shared_ptr<const Snapshot> LoadHttpSnapshot(const std::string& more);
// The pack policies/agents, whose classes may have grants for a day.
std::shared_ptr<const Snapshot> LoadGuardedSnapshot();

// What the question is asked for under a guard, and a grant that reaches it.
inline constexpr std::string_view kQuestionTask = "minutes-2026-02";
grants::IssueRequest GrantForQuestion();

Exchange AuthzenExchange();
Exchange GuardedExchange();
Exchange ForwardAuthExchange();
// The bytes of the AuthZEN request, but to `/empty`, so that reading its body costs the same.
Exchange EmptyExchange();

// Microseconds of one thuja::Decide of the AuthZEN question in this process: the request is read
// already, the caches are warm.
absl::StatusOr<double> DecideMicroseconds(const std::string& more);

}  // namespace thuja::bench
