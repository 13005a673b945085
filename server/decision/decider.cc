// SPDX-License-Identifier: Apache-2.0
// Deciding and recording.
//
// Tested by tests/service/records_test.cc and tests/authzen/authzen_test.cc.
#include "server/decision/decider.h"

#include <openssl/rand.h>
#include <time.h>

#include <charconv>
#include <cstdio>

#include "server/http/connection.h"

namespace thuja::server {
namespace {

// More of a context is not written: a record must fit into the queue many times over.
constexpr size_t kMostContextBytes = size_t{16} << 10;

int64_t WallNow() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void AppendHex(uint64_t number, int digits, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[16];
  for (int i = digits - 1; i >= 0; --i, number >>= 4) text[i] = kDigits[number & 15];
  out->append(text, static_cast<size_t>(digits));
}

void AppendNumber(int64_t number, std::string* out) {
  char text[24];
  const auto result = std::to_chars(text, text + sizeof(text), number);
  out->append(text, result.ptr);
}

// RFC 3339 with microseconds.
void AppendTime(int64_t nanoseconds, std::string* out) {
  const std::time_t seconds = nanoseconds / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.", &parts);
  out->append(text, size);
  char digits[8];
  std::snprintf(digits, sizeof(digits), "%06d",
                static_cast<int>(nanoseconds % 1'000'000'000 / 1000));
  out->append(digits).push_back('Z');
}

const std::string& PolicyId(const Snapshot& snapshot, PolicyIndex policy) {
  return snapshot.policies().bound()[policy.index].id;
}

}  // namespace

void AppendReasons(const Snapshot& snapshot, const Decision& decision, std::string* out) {
  out->push_back('[');
  for (size_t i = 0; i < decision.reasons.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendQuoted(PolicyId(snapshot, decision.reasons[i]), out);
  }
  out->push_back(']');
}

void AppendErrors(const Snapshot& snapshot, const Decision& decision, std::string* out) {
  out->push_back('[');
  for (size_t i = 0; i < decision.errors.size(); ++i) {
    if (i > 0) out->push_back(',');
    out->append("{\"policy\":");
    AppendQuoted(PolicyId(snapshot, decision.errors[i].policy), out);
    out->append(",\"kind\":\"").append(EvalErrorName(decision.errors[i].kind)).append("\"}");
  }
  out->push_back(']');
}

Decider::Decider(const SnapshotSource& source, const DeciderOptions& options,
                 ThreadMetrics& metrics, LineWriter* records, const Masker& masker, size_t thread)
    : reader_(source),
      options_(options),
      metrics_(metrics),
      records_(records),
      masker_(masker),
      thread_(thread) {
  uint64_t random = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof(random));
  if (options_.guard) guard_.emplace(*options_.guard);
  AppendHex(random, 16, &id_);
  id_prefix_ = id_.size();
}

std::optional<ReasonCode> Decider::Begin(DialectName dialect, const HttpRequest& http,
                                         std::string_view asked) {
  reader_.Refresh();
  dialect_ = dialect;
  http_ = &http;
  asked_ = asked;
  asked_digest_.clear();
  begun_ = SteadyNow();
  return guard_ ? guard_->Identify(dialect, http) : std::nullopt;
}

void Decider::OnTick() {
  reader_.Refresh();
  if (guard_) guard_->OnTick();
}

void Decider::MakeId() {
  id_.resize(id_prefix_);
  AppendHex(++count_, 16, &id_);
}

Verdict Decider::Decide(Request& request) {
  if (options_.deadline > 0 && begun_ - http_->received > options_.deadline) {
    return Refuse(ReasonCode::kDeadlineExceeded);
  }
  if (guard_) {
    const GuardedDecision guarded =
        guard_->Decide(reader_.snapshot(), request, scratch_, options_.decide);
    return Conclude(&request, guarded.decision, guarded.grant);
  }
  request.now = WallNow();
  return Conclude(&request, thuja::Decide(reader_.snapshot(), request, scratch_, options_.decide));
}

Verdict Decider::Refuse(ReasonCode code) {
  Decision decision;
  decision.code = code;
  decision.revision = reader_.snapshot().revision();
  return Conclude(nullptr, decision);
}

Verdict Decider::Conclude(const Request* request, const Decision& decision,
                          const grants::GrantSlot* grant) {
  MakeId();
  const int64_t now = SteadyNow();
  metrics_.CountDecision(dialect_, decision.code, now - begun_);
  if (records_ != nullptr) Record(request, decision, grant, now - begun_);
  begun_ = now;
  return {decision, id_, &reader_.snapshot(), &options_.decide};
}

void Decider::Record(const Request* request, const Decision& decision,
                     const grants::GrantSlot* grant, int64_t nanoseconds) {
  line_ = "{\"time\":\"";
  AppendTime(request == nullptr ? WallNow() : request->now, &line_);
  line_.append("\",\"id\":\"").append(id_);
  line_.append("\",\"revision\":");
  AppendNumber(static_cast<int64_t>(decision.revision), &line_);
  line_.append(decision.allowed() ? ",\"decision\":\"allow\"" : ",\"decision\":\"deny\"");
  line_.append(",\"reason\":\"").append(ReasonCodeName(decision.code));
  line_.append("\",\"dialect\":\"").append(kDialectNames[static_cast<size_t>(dialect_)]);
  line_.push_back('"');
  if (request != nullptr) {
    line_.append(",\"principal\":");
    AppendQuotedUid(request->principal.view(), &line_);
    line_.append(",\"action\":");
    AppendQuotedUid(request->action.view(), &line_);
    line_.append(",\"resource\":");
    AppendQuotedUid(request->resource.view(), &line_);
    if (options_.record_context) {
      line_.append(",\"context\":");
      masker_.Append(request->context, kMostContextBytes, &line_);
    }
  }
  if (guard_) {
    line_.append(",\"enforcement_point\":");
    AppendQuoted(guard_->enforcement_point(), &line_);
  }
  if (grant != nullptr) {
    line_.append(",\"grant\":\"").append(grant->id().ToString());
    line_.append("\",\"grant_revision\":");
    AppendNumber(static_cast<int64_t>(grant->revision()), &line_);
    line_.append(",\"task\":");
    AppendQuoted(grant->task(), &line_);
  }
  line_.append(",\"policies\":");
  AppendReasons(reader_.snapshot(), decision, &line_);
  line_.append(",\"errors\":");
  AppendErrors(reader_.snapshot(), decision, &line_);
  if (asked_digest_.empty()) {
    digest_.Update(asked_);
    digest_.AppendHex(&asked_digest_);
  }
  line_.append(",\"request_sha256\":\"").append(asked_digest_).push_back('"');
  for (const auto& [header, key] : {std::pair{"X-Request-ID", ",\"request_id\":"},
                                    std::pair{"traceparent", ",\"traceparent\":"}}) {
    const HttpRequest::Occurrence found = http_->Find(header);
    if (found.count != 1) continue;
    line_.append(key);
    AppendQuoted(IsValidUtf8(found.value) ? found.value : "<not UTF-8>", &line_);
  }
  line_.append(",\"peer\":");
  AppendQuoted(http_->peer->text, &line_);
  char micros[32];
  const int size =
      std::snprintf(micros, sizeof(micros), "%.1f", static_cast<double>(nanoseconds) / 1000);
  line_.append(",\"duration_us\":").append(micros, static_cast<size_t>(size)).push_back('}');
  records_->Write(thread_, line_);
}

}  // namespace thuja::server
