// SPDX-License-Identifier: Apache-2.0
// Deciding: may this principal do this action on this resource?
//
//   thuja::SnapshotBuilder builder;
//   builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
//   std::shared_ptr<const thuja::Snapshot> snapshot = builder.Build();
//   thuja::Scratch scratch;  // one per thread
//   thuja::Decision decision = thuja::Decide(*snapshot, request, scratch);
//
// Decide never fails: what cannot be answered is denied, with a reason code that says why.
#pragma once

#include <string>

#include "engine/decide/decide.h"
#include "engine/decide/decision.h"
#include "engine/decide/explain.h"
#include "engine/decide/snapshot.h"
#include "engine/entities.h"
#include "engine/policies.h"

namespace thuja {

using decide::AppendJson;
using decide::Course;
using decide::Decide;
using decide::DecideOptions;
using decide::Decision;
using decide::Describe;
using decide::DescribeError;
using decide::DescribeToStranger;
using decide::EvalError;
using decide::EvalErrorKind;
using decide::EvalErrorName;
using decide::EvaluatorKind;
using decide::Explain;
using decide::ExplainPolicy;
using decide::Explanation;
using decide::ForbidError;
using decide::kReasonCodeCount;
using decide::kReasonCodes;
using decide::LocateError;
using decide::Observer;
using decide::Outcome;
using decide::PolicyExplanation;
using decide::PolicyIndex;
using decide::ReasonCode;
using decide::ReasonCodeInfo;
using decide::ReasonCodeName;
using decide::ReasonLayer;
using decide::RequestEntities;
using decide::Scratch;
using decide::Snapshot;
using decide::SnapshotBuilder;
using decide::Trace;

}  // namespace thuja
