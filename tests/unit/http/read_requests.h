// SPDX-License-Identifier: Apache-2.0
// From bytes to a text that shows all that was read, so that a test is a table of texts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/limits.h"
#include "server/http/message.h"
#include "server/http/request_reader.h"

namespace thuja::server {

// What came of the bytes of one connection.
struct Reading {
  std::vector<std::string> requests;  // each as Show gives it
  std::string refusal;                // `400 a reason`; empty if nothing was refused
  size_t taken = 0;                   // bytes up to the refusal, or all
  bool started = false;               // the last request is not complete

  friend bool operator==(const Reading&, const Reading&) = default;
};

// `POST /a?b v11 [Host=h|A=b] body`, behind it ` close` if the connection is not to be kept.
inline std::string Show(RequestReader& reader) {
  const HttpRequest& request = reader.request();
  std::string out = std::string(request.method) + " " + std::string(request.path);
  if (request.has_query) out += "?" + std::string(request.query);
  out += " v" + std::to_string(request.version) + " [";
  for (const HeaderField& field : request.fields) {
    if (&field != request.fields.data()) out += '|';
    out += std::string(field.name) + "=" + std::string(field.value);
  }
  out += "] " + std::string(request.body);
  if (!reader.keep_alive()) out += " close";
  return out;
}

// Feeds the bytes in pieces of these sizes, the last size again and again. Each piece is gone when
// the next comes, as the buffer of a socket is.
inline Reading ReadAll(std::string_view bytes, const std::vector<size_t>& sizes,
                       const Limits& limits = Limits()) {
  const Peer peer;
  RequestReader reader(limits, peer);
  Reading reading;
  for (size_t piece = 0; !bytes.empty(); ++piece) {
    std::string part(bytes.substr(0, sizes[std::min(piece, sizes.size() - 1)]));
    bytes.remove_prefix(part.size());
    std::string_view rest = part;
    while (!rest.empty()) {
      const RequestReader::State state = reader.Feed(&rest);
      if (state == RequestReader::State::kNeedMore) {
        EXPECT_TRUE(rest.empty()) << "bytes left that nobody asks for again: " << rest;
        break;
      }
      if (state == RequestReader::State::kRefused) {
        reading.refusal = std::to_string(reader.refusal().status) + " ";
        reading.refusal += reader.refusal().reason;
        return reading;
      }
      reading.requests.push_back(Show(reader));
      reading.taken += part.size() - rest.size();
      reader.Next();
      part.erase(0, part.size() - rest.size());
      rest = part;
    }
    reading.taken += part.size();
    std::ranges::fill(part, '#');
  }
  reading.started = reader.started();
  return reading;
}

// The only request, its refusal, or `more`.
inline std::string ReadOne(std::string_view bytes, const Limits& limits = Limits()) {
  const Reading reading = ReadAll(bytes, {std::max<size_t>(bytes.size(), 1)}, limits);
  if (!reading.refusal.empty()) return reading.refusal;
  if (reading.started || reading.requests.empty()) return "more";
  EXPECT_EQ(reading.requests.size(), 1u);
  return reading.requests[0];
}

// A GET with these lines behind its Host, each with its CRLF.
inline std::string WithLines(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

inline std::string Chunked(std::string_view coded) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(coded);
}

}  // namespace thuja::server
