// SPDX-License-Identifier: Apache-2.0
// A dialect turns one wire format into requests of the engine, and decisions back. One file each;
// dialects.cc is the table of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "engine/json.h"
#include "server/decision/decider.h"
#include "server/dialects/forward_auth_profile.h"
#include "server/http/json_body.h"
#include "server/http/message.h"
#include "server/http/route_table.h"

namespace thuja::server {

struct DialectOptions {
  bool details_on_request = true;  // answers carry id, revision, reason and errors if asked to
  // Answers carry why, with texts of policies and values of the store, if asked to.
  bool explanations_on_request = false;
  size_t batch = 1000;           // questions in one request
  size_t entities = 1000;        // that one question may bring
  std::string authzen_base_url;  // empty: what the request was sent to
  std::string authzen_action_type = "Action";
  std::vector<ForwardAuthProfile> forward_auth;
};

struct Dialect {
  std::string_view name;
  // Adds the dialect's routes to the table of one thread. Options and decider outlive the table.
  void (*mount)(const DialectOptions& options, Decider& decider, RouteTable& routes);
};

void MountAuthzen(const DialectOptions& options, Decider& decider, RouteTable& routes);
void MountCedarAgent(const DialectOptions& options, Decider& decider, RouteTable& routes);
void MountForwardAuth(const DialectOptions& options, Decider& decider, RouteTable& routes);

// Mounts every dialect.
void MountDialects(const DialectOptions& options, Decider& decider, RouteTable& routes);

// What a dialect reads one request after the other into: once its memory has grown to the usual
// size, reading takes none from the system any more.
struct ReadingMemory {
  JsonDocument document;
  Request request;

  // To be called once a body has been answered: what one of unusual size took is given back, so
  // that nobody makes a thread hold much memory for long.
  void Finish(size_t body_bytes);
};

// The body's tree, whose root may be an array, in the document, and an empty request. False if the
// body is no JSON. The document is of use as long as the body.
bool ReadBody(const HttpRequest& http, ReadingMemory& memory, Diagnostics& diagnostics);

// True if the caller asked for details by a header, and may have them.
bool WantsDetails(const DialectOptions& options, const HttpRequest& request);
// The same for explanations.
bool WantsExplanation(const DialectOptions& options, const HttpRequest& request);

// The answer to a caller who may not ask: its status and text, recorded as refused.
void AnswerUnwelcome(ReasonCode why, Decider& decider, HttpResponse& response);

// Decisions must not be kept by anybody between.
void ForbidCaching(HttpResponse& response);

}  // namespace thuja::server
