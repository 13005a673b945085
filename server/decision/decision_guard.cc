// SPDX-License-Identifier: Apache-2.0
// Reading headers, and handing what they say to the guard.
//
// Tested by tests/attacks/request_test.cc and tests/attacks/life_test.cc.
#include "server/decision/decision_guard.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>

namespace thuja::server {
namespace {

constexpr std::string_view kOwnHeader = "Thuja-Enforcement-Point";
constexpr std::string_view kBearer = "Bearer ";

// The bearer credential of an Authorization header; empty if it is something else.
std::string_view BearerOf(std::string_view header) {
  if (!EqualsIgnoringCase(header.substr(0, kBearer.size()), kBearer)) return {};
  return header.substr(kBearer.size());
}

}  // namespace

DecisionGuard::DecisionGuard(const GuardSources& sources)
    : config_(*sources.config), store_(sources.store), clock_(*sources.clock) {
  if (store_ != nullptr) guard_.emplace(*store_->table().Register());
  for (const EnforcementPointConfig& pep : config_.peps) {
    Digest& digest = tokens_.emplace_back();
    if (pep.token.empty()) continue;
    sha256_.Update(pep.token);
    digest = sha256_.Finish();
  }
}

std::optional<ReasonCode> DecisionGuard::Identify(DialectName dialect, const HttpRequest& http) {
  caller_ = nullptr;
  HttpRequest::Occurrence token = http.Find(kOwnHeader);
  if (token.count == 0 && dialect != DialectName::kForwardAuth) {
    token = http.Find("Authorization");
    if (token.count > 0) token.value = BearerOf(token.value);
  }
  if (token.count > 1) return ReasonCode::kTokenInvalid;
  // Who shows a credential is who it says, over a Unix socket too, or nobody.
  caller_ =
      token.count == 1 ? FindByToken(token.value) : (http.peer->is_unix ? FindUnix() : nullptr);
  if (caller_ == nullptr) {
    return token.count == 1 ? ReasonCode::kTokenInvalid : ReasonCode::kTokenMissing;
  }
  guarded_ = {.name = caller_->name,
              .tenant = caller_->tenant,
              .environment = caller_->environment,
              .deployment = caller_->deployment};
  if (const auto why = ReadTaskCredential(http)) return why;
  return ReadMinimumRevision(http);
}

// Every digest is compared, and as long as any other: how long it takes says nothing.
const EnforcementPointConfig* DecisionGuard::FindByToken(std::string_view token) {
  if (token.empty()) return nullptr;
  sha256_.Update(token);
  const Digest digest = sha256_.Finish();
  const EnforcementPointConfig* found = nullptr;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const bool same = CRYPTO_memcmp(tokens_[i].data(), digest.data(), digest.size()) == 0;
    if (same && !config_.peps[i].token.empty()) found = &config_.peps[i];
  }
  return found;
}

const EnforcementPointConfig* DecisionGuard::FindUnix() const {
  const auto found = std::ranges::find_if(
      config_.peps, [](const EnforcementPointConfig& pep) { return pep.over_unix; });
  return found == config_.peps.end() ? nullptr : &*found;
}

std::optional<ReasonCode> DecisionGuard::ReadTaskCredential(const HttpRequest& http) {
  const HttpRequest::Occurrence credential = http.Find("Thuja-Task-Credential");
  if (credential.count == 0) return std::nullopt;
  if (credential.count > 1 || credential.value.empty()) return ReasonCode::kTokenInvalid;
  sha256_.Update(credential.value);
  guarded_.credential.bytes = sha256_.Finish();
  return std::nullopt;
}

std::optional<ReasonCode> DecisionGuard::ReadMinimumRevision(const HttpRequest& http) {
  wanted_revision_ = 0;
  const HttpRequest::Occurrence wanted = http.Find("Thuja-Min-Revision");
  if (wanted.count == 0) return std::nullopt;
  const char* const end = wanted.value.data() + wanted.value.size();
  const auto [stopped, error] = std::from_chars(wanted.value.data(), end, wanted_revision_);
  if (wanted.count > 1 || error != std::errc() || stopped != end) {
    return ReasonCode::kMalformedRequest;
  }
  return std::nullopt;
}

bool DecisionGuard::IsExempt(const Request& request) const {
  return std::ranges::any_of(config_.exempt, [&](const ExemptionConfig& exemption) {
    return exemption.pep == caller_->name && exemption.principal == request.principal.type &&
           exemption.action == request.action.id;
  });
}

GuardedDecision DecisionGuard::Decide(const Snapshot& snapshot, Request& request, Scratch& scratch,
                                      const DecideOptions& options) {
  const auto deny = [&](ReasonCode code) {
    GuardedDecision denied;
    denied.decision.code = code;
    denied.decision.revision = snapshot.revision();
    return denied;
  };
  const ClockReading clock = clock_.Read();
  request.now = clock.now;
  if (clock.rolled_back) return deny(ReasonCode::kClockRollback);
  const std::vector<std::string>& principals = caller_->principals;
  if (std::ranges::find(principals, request.principal.type) == principals.end()) {
    return deny(ReasonCode::kPepNotAllowed);
  }
  if (!guard_) return deny(ReasonCode::kStaleState);
  guarded_.is_exempt = IsExempt(request);
  const GrantsState state = {.revision = store_->revision(), .wanted_revision = wanted_revision_};
  const GuardedDecision answer =
      guard_->Decide(snapshot, request, guarded_, state, scratch, options);
  if (answer.wants_calls) store_->RequestCalls(answer.grant->id());
  return answer;
}

void DecisionGuard::OnTick() {
  // Also while the store waits for its disk, what time it was is remembered.
  clock_.ReadAndMark();
  if (guard_) guard_->Rest();
}

std::string_view DecisionGuard::enforcement_point() const {
  return caller_ == nullptr ? std::string_view() : caller_->name;
}

}  // namespace thuja::server
