// SPDX-License-Identifier: Apache-2.0
// One thread's decision point: decides what a dialect read, counts it, records it.
//
// A dialect calls Begin once for each HTTP request and, unless that says why not, Decide or Refuse
// for each question in it; all questions of one HTTP request are decided on one snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/decide.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "server/decision/decision_guard.h"
#include "server/decision/dialect_name.h"
#include "server/decision/digest.h"
#include "server/decision/line_writer.h"
#include "server/decision/masked_json.h"
#include "server/decision/snapshot_source.h"
#include "server/http/message.h"
#include "server/operations/metrics.h"

namespace thuja::server {

struct DeciderOptions {
  DecideOptions decide;
  int64_t deadline = 0;  // nanoseconds from a request's first byte; 0: none
  bool record_context = false;
  std::optional<GuardSources> guard;  // nothing: `guard: off`
};

// An answer to one question. Lifetime: until the next Begin, Decide or Refuse.
struct Verdict {
  Decision decision;
  std::string_view id;
  const Snapshot* snapshot = nullptr;
  const DecideOptions* options = nullptr;
};

// Not thread-safe; one for each thread.
class Decider {
 public:
  // `records` may be null. `thread` is the number of this thread among the producers of `records`.
  Decider(const SnapshotSource& source, const DeciderOptions& options, ThreadMetrics& metrics,
          LineWriter* records, const Masker& masker, size_t thread);

  // `asked` is what the digest in the records is of. Nothing if the caller may ask; otherwise why
  // not, which is to be given to Refuse.
  std::optional<ReasonCode> Begin(DialectName dialect, const HttpRequest& http,
                                  std::string_view asked);

  // Fills in `request.now`.
  Verdict Decide(Request& request);

  // Denies what never came to a decision.
  Verdict Refuse(ReasonCode code);

  // Lets go of what is old while no requests come.
  void OnTick();

 private:
  Verdict Conclude(const Request* request, const Decision& decision,
                   const grants::GrantSlot* grant = nullptr);
  void Record(const Request* request, const Decision& decision, const grants::GrantSlot* grant,
              int64_t nanoseconds);
  void MakeId();

  SnapshotReader reader_;
  const DeciderOptions options_;
  ThreadMetrics& metrics_;
  LineWriter* const records_;
  const Masker& masker_;
  const size_t thread_;

  std::optional<DecisionGuard> guard_;
  Scratch scratch_;
  Sha256 digest_;
  DialectName dialect_ = DialectName::kAuthzen;
  const HttpRequest* http_ = nullptr;
  std::string_view asked_;
  std::string asked_digest_;  // of asked_; empty until it is needed
  std::string id_;            // its first part names this thread of this process
  size_t id_prefix_ = 0;      // bytes of that part
  uint64_t count_ = 0;
  int64_t begun_ = 0;  // of the question; steady clock
  std::string line_;
};

// Appends `["policy0","policy2"]`.
void AppendReasons(const Snapshot& snapshot, const Decision& decision, std::string* out);
// Appends `[{"policy":"policy2","kind":"type_error"}]`.
void AppendErrors(const Snapshot& snapshot, const Decision& decision, std::string* out);

}  // namespace thuja::server
