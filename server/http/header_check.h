// SPDX-License-Identifier: Apache-2.0
// The strict check of a request's header.
//
// Boost.Beast 1.81 takes more than is safe in front of a decision: equal duplicates of
// Content-Length, lists of them, transfer codings it does not know, several Hosts or none, folded
// lines. Where two readers of one request may differ, a request can be smuggled past one of them
// (RFC 9112 section 11.2). So whatever is not plain is refused here, by one reading of RFC 9112
// that leaves nothing to choose.
#pragma once

#include <string_view>

#include "server/http/limits.h"
#include "server/http/message.h"

namespace thuja::server {

// Why a request is not answered: a status and a sentence for its sender.
struct Refusal {
  int status = 0;  // 0: it is not refused
  std::string_view reason;

  explicit operator bool() const { return status != 0; }
};

// Looks at the raw lines, before anything is parsed. `head` ends with the empty line.
Refusal CheckLines(std::string_view head, const Limits& limits);

// Looks at the parsed header, and fills in path and query of the request.
Refusal CheckHeader(HttpRequest& request);

}  // namespace thuja::server
