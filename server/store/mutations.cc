// SPDX-License-Identifier: Apache-2.0
// The four kinds of mutations, and their repetition.
//
// Tested by tests/unit/store/mutations_test.cc.
#include "server/store/mutations.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/json.h"
#include "server/store/call_blocks.h"
#include "server/store/credential.h"
#include "server/store/kept_reply.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::GrantEvent;
using grants::Refusal;

MutationOutcome NotFound(const grants::GrantId& id) {
  return Refused(ReasonCode::kNoActiveGrant, absl::StrCat("there is no grant ", id.ToString()));
}

// What gives authority is refused by a clock that went back; what takes it away is not.
bool GivesAuthority(const Mutation& mutation) {
  switch (mutation.kind) {
    case Mutation::Kind::kIssue:
    case Mutation::Kind::kDelegate: return true;
    case Mutation::Kind::kRevokeAll: return false;
    case Mutation::Kind::kEvent: break;
  }
  switch (mutation.event) {
    case GrantEvent::kActivate:
    case GrantEvent::kHeartbeat:
    case GrantEvent::kResume: return true;
    case GrantEvent::kSuspend:
    case GrantEvent::kComplete:
    case GrantEvent::kFail:
    case GrantEvent::kTimeOut:
    case GrantEvent::kRevoke: return false;
  }
  return true;
}

std::optional<Refusal> CheckReason(const std::string& reason) {
  if (reason.size() > kMostReasonBytes) {
    return Refusal{ReasonCode::kMalformedRequest,
                   absl::StrCat("the reason has more than ", kMostReasonBytes, " bytes")};
  }
  if (!grants::IsVisible(reason)) {
    return Refusal{ReasonCode::kMalformedRequest, "the reason is no readable text"};
  }
  return std::nullopt;
}

// One mutation under way.
class Performance {
 public:
  Performance(const Mutation& mutation, const EntityStore& entities, Transaction& transaction)
      : mutation_(mutation), entities_(entities), transaction_(transaction) {}

  absl::StatusOr<MutationOutcome> Run();

 private:
  absl::StatusOr<MutationOutcome> Replay(const KeptReply& kept);
  absl::StatusOr<MutationOutcome> RunAnew();
  absl::StatusOr<MutationOutcome> Issue();
  absl::StatusOr<MutationOutcome> Delegate();
  absl::StatusOr<MutationOutcome> Happen();
  absl::StatusOr<MutationOutcome> RevokeAll();

  std::optional<Refusal> MakeIdAndCredential(StoredGrant& stored, std::string& credential) const;
  grants::IssueRequest Request() const;
  // Nothing if all grants that `parent` was delegated from are in force.
  absl::StatusOr<std::optional<ReasonCode>> WhyNotAncestors(const Grant& parent);
  // What is too much of a grant that is to be added.
  absl::StatusOr<std::optional<Refusal>> WhyNoRoom(StoredGrant& stored);
  absl::StatusOr<MutationOutcome> Add(StoredGrant stored, std::string credential);
  absl::Status Record(const MutationOutcome& outcome);
  // A grant as MutationOutcome has it.
  StoredGrant Answer(StoredGrant stored) const;

  const Mutation& mutation_;
  const EntityStore& entities_;
  Transaction& transaction_;
};

absl::StatusOr<MutationOutcome> Performance::Run() {
  if (mutation_.request_id.empty()) return RunAnew();
  auto kept = transaction_.backend().FindReply(mutation_.caller, mutation_.request_id);
  if (!kept.ok()) return kept.status();
  if (*kept) return Replay(**kept);
  auto outcome = RunAnew();
  if (!outcome.ok() || outcome->refusal) return outcome;
  // What was refused is not kept: it may be allowed the next time.
  const absl::Status status = transaction_.Keep(
      {.caller = mutation_.caller,
       .request_id = mutation_.request_id,
       .digest = mutation_.digest,
       .time = transaction_.now(),
       .reply =
           WriteReply({outcome->revision, outcome->grants, outcome->unwritten, outcome->grant})});
  if (!status.ok()) return status;
  return outcome;
}

absl::StatusOr<MutationOutcome> Performance::Replay(const KeptReply& kept) {
  if (kept.digest != mutation_.digest) return Refused(ReasonCode::kRequestIdReuse);
  auto content = ReadReply(kept.reply);
  if (!content.ok()) return content.status();
  MutationOutcome outcome;
  outcome.revision = content->revision;
  outcome.grants = content->grants;
  outcome.unwritten = content->unwritten;
  outcome.replayed = true;
  if (!content->grant) return outcome;
  auto stored = transaction_.Get(content->grant->grant.id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return NotFound(content->grant->grant.id);
  Restore(*content->grant, **stored);
  outcome.grant = *std::move(*stored);
  outcome.grant->calls_since = 0;
  return outcome;
}

absl::StatusOr<MutationOutcome> Performance::RunAnew() {
  if (transaction_.rolled_back() && GivesAuthority(mutation_)) {
    return Refused(ReasonCode::kClockRollback);
  }
  if (auto refusal = CheckReason(mutation_.reason)) return Refused(*std::move(refusal));
  switch (mutation_.kind) {
    case Mutation::Kind::kIssue: return Issue();
    case Mutation::Kind::kDelegate: return Delegate();
    case Mutation::Kind::kEvent: return Happen();
    case Mutation::Kind::kRevokeAll: return RevokeAll();
  }
  return Refused(ReasonCode::kMalformedRequest);
}

grants::IssueRequest Performance::Request() const {
  grants::IssueRequest request = mutation_.issue;
  request.issued_by = mutation_.caller;
  return request;
}

std::optional<Refusal> Performance::MakeIdAndCredential(StoredGrant& stored,
                                                        std::string& credential) const {
  const Refusal no_randomness = {ReasonCode::kInternalError, "the system has no randomness"};
  do {
    const auto id = MakeGrantId();
    if (!id) return no_randomness;
    stored.grant.id = *id;
  } while (transaction_.IsKnown(stored.grant.id));
  if (!mutation_.credential) return std::nullopt;
  auto made = MakeCredential();
  if (!made) return no_randomness;
  stored.credential = DigestOfCredential(*made);
  credential = *std::move(made);
  return std::nullopt;
}

absl::Status Performance::Record(const MutationOutcome& outcome) {
  GrantChange change;
  change.revision = outcome.revision;
  change.time = transaction_.now();
  change.grants = outcome.grants;
  change.caller = mutation_.caller;
  switch (mutation_.kind) {
    case Mutation::Kind::kIssue: change.event = "issue"; break;
    case Mutation::Kind::kDelegate: change.event = "delegate"; break;
    case Mutation::Kind::kEvent: change.event = GrantEventName(mutation_.event); break;
    case Mutation::Kind::kRevokeAll:
      change.event = GrantEventName(GrantEvent::kRevoke);
      change.subject = WriteSelector(mutation_.selector);
      break;
  }
  if (outcome.grant) change.id = outcome.grant->grant.id;
  return transaction_.Record(change);
}

StoredGrant Performance::Answer(StoredGrant stored) const {
  stored.calls_given = GivenOut(stored, transaction_.runs());
  stored.calls_since = 0;
  return stored;
}

absl::StatusOr<std::optional<Refusal>> Performance::WhyNoRoom(StoredGrant& stored) {
  if (!transaction_.HasRoom()) {
    return Refusal{ReasonCode::kOverloaded, "as many grants are remembered as there may be"};
  }
  if (!transaction_.HasRoomForTask(stored.grant)) {
    return Refusal{ReasonCode::kOverloaded, absl::StrCat("the holder has ", grants::kMostForTask,
                                                         " grants for this task already")};
  }
  const auto has_room = transaction_.ShareScope(stored.grant);
  if (!has_room.ok()) return has_room.status();
  if (*has_room) return std::nullopt;
  return Refusal{ReasonCode::kOverloaded,
                 "the scopes of the grants that are remembered are as large as they may be"};
}

// The last step of issuing and delegating, which nothing can refuse any more.
absl::StatusOr<MutationOutcome> Performance::Add(StoredGrant stored, std::string credential) {
  MutationOutcome outcome;
  outcome.credential = std::move(credential);
  outcome.revision = stored.grant.revision = transaction_.NextRevision();
  outcome.grants = 1;
  stored.calls_since = transaction_.runs();
  const uint64_t block = NextBlock(stored);
  if (const absl::Status status = transaction_.Insert(stored, block); !status.ok()) return status;
  outcome.grant = Answer(std::move(stored));
  if (const absl::Status status = Record(outcome); !status.ok()) return status;
  return outcome;
}

absl::StatusOr<MutationOutcome> Performance::Issue() {
  StoredGrant stored;
  std::string credential;
  if (auto refusal = MakeIdAndCredential(stored, credential)) return Refused(*std::move(refusal));
  if (auto refusal =
          grants::Issue(Request(), stored.grant.id, transaction_.now(), entities_, stored.grant)) {
    return Refused(*std::move(refusal));
  }
  auto no_room = WhyNoRoom(stored);
  if (!no_room.ok()) return no_room.status();
  if (*no_room) return Refused(**std::move(no_room));
  return Add(std::move(stored), std::move(credential));
}

absl::StatusOr<std::optional<ReasonCode>> Performance::WhyNotAncestors(const Grant& parent) {
  // Storage is asked, and not the table: what this transaction did is not in the table yet.
  for (grants::GrantId id = parent.parent; id;) {
    auto stored = transaction_.Get(id);
    if (!stored.ok()) return stored.status();
    if (!*stored) return ReasonCode::kAncestorRevoked;
    const Grant& ancestor = (*stored)->grant;
    if (const auto why = WhyNotInForce(ancestor, transaction_.now())) {
      return grants::AsAncestor(*why);
    }
    id = ancestor.parent;
  }
  return std::nullopt;
}

absl::StatusOr<MutationOutcome> Performance::Delegate() {
  auto parent = transaction_.Get(mutation_.id);
  if (!parent.ok()) return parent.status();
  if (!*parent) return NotFound(mutation_.id);
  StoredGrant stored;
  std::string credential;
  if (auto refusal = MakeIdAndCredential(stored, credential)) return Refused(*std::move(refusal));
  if (auto refusal = grants::Delegate(Request(), stored.grant.id, (*parent)->grant,
                                      transaction_.now(), entities_, stored.grant)) {
    return Refused(*std::move(refusal));
  }
  const auto why = WhyNotAncestors((*parent)->grant);
  if (!why.ok()) return why.status();
  if (*why) return Refused(ReasonCode::kParentNotActive, std::string(Describe(**why).text));
  auto no_room = WhyNoRoom(stored);
  if (!no_room.ok()) return no_room.status();
  if (*no_room) return Refused(**std::move(no_room));
  // A child without calls of its own has a parent without a limit.
  if ((*parent)->grant.calls) {
    if (!Draw(*stored.grant.calls, **parent, transaction_)) {
      return Refused(ReasonCode::kBudgetExhausted,
                     "the grant that it would come from has fewer calls left");
    }
    if (const absl::Status status = transaction_.Count(**parent); !status.ok()) return status;
  }
  return Add(std::move(stored), std::move(credential));
}

absl::StatusOr<MutationOutcome> Performance::Happen() {
  // Who falls silent is found out by the store; nobody can say so of another.
  if (mutation_.event == GrantEvent::kTimeOut) return Refused(ReasonCode::kMalformedRequest);
  auto stored = transaction_.Get(mutation_.id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return NotFound(mutation_.id);
  Grant& grant = (*stored)->grant;
  if (const auto why = Apply(mutation_.event, transaction_.now(), grant)) return Refused(*why);
  if (IsTerminal(grant.state)) grant.ended_because = mutation_.reason;
  MutationOutcome outcome;
  outcome.revision = grant.revision = transaction_.NextRevision();
  outcome.grants = 1;
  if (const absl::Status status = transaction_.Change(**stored); !status.ok()) return status;
  outcome.grant = Answer(*std::move(*stored));
  if (const absl::Status status = Record(outcome); !status.ok()) return status;
  return outcome;
}

absl::StatusOr<MutationOutcome> Performance::RevokeAll() {
  MutationOutcome outcome;
  outcome.revision = transaction_.NextRevision();
  const auto revoked = transaction_.Revoke(
      mutation_.selector,
      {.revision = outcome.revision, .time = transaction_.now(), .reason = mutation_.reason});
  if (!revoked.ok()) return revoked.status();
  outcome.grants = revoked->grants;
  outcome.unwritten = revoked->unwritten;
  // That somebody asked is on record even if there was nothing to revoke.
  if (const absl::Status status = Record(outcome); !status.ok()) return status;
  return outcome;
}

}  // namespace

MutationOutcome Refused(Refusal refusal) {
  MutationOutcome outcome;
  outcome.refusal = std::move(refusal);
  return outcome;
}

MutationOutcome Refused(ReasonCode code, std::string message) {
  if (message.empty()) message = Describe(code).text;
  return Refused(Refusal{code, std::move(message)});
}

std::string WriteSelector(const GrantSelector& selector) {
  switch (selector.kind) {
    case GrantSelector::Kind::kEverything: break;
    case GrantSelector::Kind::kHolder:
      return absl::StrCat("{\"holder\":{\"type\":", QuoteJson(selector.holder.type),
                          ",\"id\":", QuoteJson(selector.holder.id), "}}");
    case GrantSelector::Kind::kClass:
      return absl::StrCat("{\"class\":", QuoteJson(selector.agent_class), "}");
    case GrantSelector::Kind::kTask: {
      std::string text = absl::StrCat("{\"task\":", QuoteJson(selector.task));
      if (!selector.tenant.empty()) {
        absl::StrAppend(&text, ",\"tenant\":", QuoteJson(selector.tenant));
      }
      return text + "}";
    }
  }
  return "{\"everything\":true}";
}

absl::StatusOr<MutationOutcome> Perform(const Mutation& mutation, const EntityStore& entities,
                                        Transaction& transaction) {
  return Performance(mutation, entities, transaction).Run();
}

}  // namespace thuja::server
