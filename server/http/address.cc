// SPDX-License-Identifier: Apache-2.0
// Parsing of addresses and ranges.
//
// Tested by tests/unit/http/address_test.cc.
#include "server/http/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace thuja::server {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> ParseHost(std::string_view text) {
  if (text == "localhost") return ip::address_v4::loopback();
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address;
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text, T most) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || number > most) {
    return std::nullopt;
  }
  return number;
}

bool SameBits(std::span<const unsigned char> a, std::span<const unsigned char> b, int bits) {
  for (size_t i = 0; bits > 0; ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;
    if (((a[i] ^ b[i]) & mask) != 0) return false;
  }
  return true;
}

// An IPv4 address that came in through an IPv6 socket is the IPv4 address.
ip::address Unmap(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (is_unix()) return "unix:" + unix_path;
  const std::string host_text = host.is_v6() ? "[" + host.to_string() + "]" : host.to_string();
  return host_text + ":" + std::to_string(port);
}

std::optional<ListenAddress> ParseListenAddress(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    // The kernel's limit, with the byte that ends the path.
    constexpr size_t kLongestPath = 107;
    if (address.unix_path.empty() || address.unix_path.size() > kLongestPath) return std::nullopt;
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address without brackets: where would its port begin?
  }
  const auto parsed = ParseHost(host);
  const auto port = ParseNumber<uint32_t>(text.substr(colon + 1), 65535);
  if (!parsed || !port || bracketed != parsed->is_v6()) return std::nullopt;
  address.host = *parsed;
  address.port = static_cast<uint16_t>(*port);
  return address;
}

std::optional<PeerRange> ParsePeerRange(std::string_view text) {
  PeerRange range;
  if (text == "unix") {
    range.is_unix = true;
    return range;
  }
  const size_t slash = text.find('/');
  const auto address = ParseHost(text.substr(0, slash));
  // Peers are looked at by their IPv4 address then, so a mapped range would hold nobody.
  if (!address || *address != Unmap(*address)) return std::nullopt;
  range.address = *address;
  range.bits = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return range;
  const auto bits = ParseNumber<int>(text.substr(slash + 1), range.bits);
  if (!bits || *bits < 0) return std::nullopt;
  range.bits = *bits;
  return range;
}

bool PeerRange::Holds(const Peer& peer) const {
  if (is_unix || peer.is_unix) return is_unix && peer.is_unix;
  const ip::address other = Unmap(peer.address);
  if (other.is_v4() != address.is_v4()) return false;
  if (address.is_v4()) {
    return SameBits(address.to_v4().to_bytes(), other.to_v4().to_bytes(), bits);
  }
  return SameBits(address.to_v6().to_bytes(), other.to_v6().to_bytes(), bits);
}

bool IsTrusted(const Peer& peer, const std::vector<PeerRange>& ranges) {
  return std::ranges::any_of(ranges, [&](const PeerRange& range) { return range.Holds(peer); });
}

}  // namespace thuja::server
