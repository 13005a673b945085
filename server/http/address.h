// SPDX-License-Identifier: Apache-2.0
// Addresses as configuration writes them: where to listen, and whom to trust.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"

namespace thuja::server {

// `HOST:PORT` with an IP address, `[IPv6]:PORT`, or `unix:PATH`.
struct ListenAddress {
  std::string unix_path;  // empty: TCP
  boost::asio::ip::address host;
  uint16_t port = 0;  // 0: a free one

  bool is_unix() const { return !unix_path.empty(); }
  // True if only this machine can reach it.
  bool is_local() const { return is_unix() || host.is_loopback(); }
  std::string ToString() const;
};

// Names are not resolved, but for `localhost`: a name that changes its meaning must not move a
// listener. Nothing if it is no address.
std::optional<ListenAddress> ParseListenAddress(std::string_view text);

// One entry of `trust.peers`: `unix`, an IP address, or `ADDRESS/BITS`.
struct PeerRange {
  bool is_unix = false;
  boost::asio::ip::address address;
  int bits = 0;  // of the address that must agree

  bool Holds(const Peer& peer) const;
};

std::optional<PeerRange> ParsePeerRange(std::string_view text);

// True if any of the ranges holds the peer.
bool IsTrusted(const Peer& peer, const std::vector<PeerRange>& ranges);

}  // namespace thuja::server
