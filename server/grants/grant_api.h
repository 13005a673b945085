// SPDX-License-Identifier: Apache-2.0
// The grants over HTTP: docs/grants.md. One row of api_routes.cc for each endpoint; what it does is
// one function of api_calls.h, and /openapi.json is written from the same rows.
//
// Changes are handed to the store, which answers when they are durable and every decision sees
// them. Questions are answered from a view of the store, so that each answer shows one moment.
//
// The listener's thread, the store's and the three of the API each do one thing, and only the store
// is waited for by all: a revocation is read by the listener and made by the store, whatever lists
// are being written and whatever large grants are being read at the time.
#pragma once

#include <chrono>
#include <cstddef>

#include "engine/decide.h"
#include "server/decision/snapshot_source.h"
#include "server/grants/answer_thread.h"
#include "server/grants/change_streams.h"
#include "server/grants/held_lists.h"
#include "server/http/route_table.h"
#include "server/operations/credentials.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

struct GrantApiLimits {
  HeldListLimits lists = {};
  ChangeStreamLimits streams = {};
  size_t page_bytes = size_t{4} << 20;  // a page ends with the grant that makes it longer
  size_t page_rows = 10'000;            // that one page looks at, of which few may be in the list
  size_t tools = 10'000;                // of one answer of what a grant could do
  size_t questions = 64;                // that wait to be answered
  size_t forms = 256;                   // that wait to be read, of at most a body's size each
};

// All of it outlives the API.
struct GrantApiSources {
  GrantStore* store = nullptr;
  const TrustedClock* clock = nullptr;
  const SnapshotSource* snapshots = nullptr;
  const Credentials* credentials = nullptr;
  DecideOptions decide;  // as decisions are made
  GrantApiLimits limits;
};

// Thread-safe: one for all threads of a listener, whose lists and streams they share.
class GrantApi {
 public:
  explicit GrantApi(const GrantApiSources& sources);

  // The routes refer to it. None without a credential: what could not be refused does not exist.
  void AddRoutes(RouteTable& routes);

  // Lets go of lists whose time is over, and of all if the store has too many who look at it. To be
  // called now and then.
  void OnTick();

  // Ends all streams of changes, and takes no new ones.
  void Stop() { streams_.Stop(); }

  // For the calls.
  const GrantApiSources& sources() const { return sources_; }
  HeldLists& lists() { return lists_; }
  ChangeStreams& streams() { return streams_; }
  AnswerThread& questions() { return questions_; }
  AnswerThread& forms() { return forms_; }
  // Shared with the store, which may answer for longer than this is there.
  const std::shared_ptr<AnswerThread>& answers() { return answers_; }

 private:
  const GrantApiSources sources_;
  HeldLists lists_;
  ChangeStreams streams_;
  // Behind what they use.
  AnswerThread questions_;
  AnswerThread forms_;                     // what is to be read before the store is asked
  std::shared_ptr<AnswerThread> answers_;  // what is to be written when the store is done
};

// In its place where what was kept is lost: whoever may ask is told so.
void AddRoutesOfLostGrants(const Credentials& credentials, RouteTable& routes);

}  // namespace thuja::server
