// SPDX-License-Identifier: Apache-2.0
// Addresses to listen on, and ranges of peers that are trusted.
#include "server/http/address.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace thuja::server {
namespace {

Peer TcpPeer(std::string_view address) {
  Peer peer;
  peer.address = boost::asio::ip::make_address(std::string(address));
  return peer;
}

Peer UnixPeer() {
  Peer peer;
  peer.is_unix = true;
  return peer;
}

bool Holds(std::string_view range, const Peer& peer) {
  const auto parsed = ParsePeerRange(range);
  EXPECT_TRUE(parsed) << range;
  return parsed && parsed->Holds(peer);
}

TEST(ListenAddress, IsAnIpAddressWithAPortOrAUnixSocket) {
  struct Row {
    const char* text;
    const char* printed;
    bool is_local;
  };
  const Row kRows[] = {
      {"127.0.0.1:8180", "127.0.0.1:8180", true},
      {"127.9.9.9:1", "127.9.9.9:1", true},
      {"0.0.0.0:80", "0.0.0.0:80", false},
      {"10.1.2.3:65535", "10.1.2.3:65535", false},
      {"127.0.0.1:0", "127.0.0.1:0", true},
      {"localhost:8180", "127.0.0.1:8180", true},
      {"[::1]:8180", "[::1]:8180", true},
      {"[::]:8180", "[::]:8180", false},
      {"[2001:db8::1]:80", "[2001:db8::1]:80", false},
      {"[2001:0db8:0:0:0:0:0:1]:80", "[2001:db8::1]:80", false},
      {"unix:/run/thuja.sock", "unix:/run/thuja.sock", true},
      {"unix:thuja.sock", "unix:thuja.sock", true},
      {"unix:a:b", "unix:a:b", true},
  };
  for (const Row& row : kRows) {
    const auto address = ParseListenAddress(row.text);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(address->ToString(), row.printed);
    EXPECT_EQ(address->is_local(), row.is_local) << row.text;
    EXPECT_EQ(address->is_unix(), std::string_view(row.text).starts_with("unix:")) << row.text;
  }
}

TEST(ListenAddress, WhatIsPrintedIsReadAgain) {
  for (const char* text : {"127.0.0.1:8180", "[::1]:8180", "unix:/run/a b"}) {
    const auto address = ParseListenAddress(ParseListenAddress(text)->ToString());
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ListenAddress, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* text : {"",
                           ":",
                           "8180",
                           ":8180",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:99999999999",
                           "127.0.0.1:-1",
                           "127.0.0.1:+1",
                           "127.0.0.1:80a",
                           "127.0.0.1: 80",
                           "127.0.0.1:80 ",
                           " 127.0.0.1:80",
                           "127.0.0.1 :80",
                           "127.0.0.1:0x50",
                           "127.0.0.1:http",
                           "127.1:80",
                           "127.0.0.256:80",
                           "0177.0.0.1:80",
                           "example.com:80",
                           "LOCALHOST.:80",
                           "*:80",
                           "::1:80",
                           "::1",
                           "[::1]",
                           "[::1]:",
                           "[::1]80",
                           "[]:80",
                           "[::1:80",
                           "::1]:80",
                           "[[::1]]:80",
                           "[::g]:80",
                           "http://127.0.0.1:80",
                           "127.0.0.1:80/",
                           "unix:",
                           "unix",
                           "UNIX:/a"}) {
    EXPECT_FALSE(ParseListenAddress(text)) << text;
  }
}

// Brackets are how an IPv6 address is written; around anything else they are a mistake.
TEST(ListenAddress, RefusesBracketsAroundAnIpv4Address) {
  EXPECT_FALSE(ParseListenAddress("[127.0.0.1]:80"));
  EXPECT_FALSE(ParseListenAddress("[localhost]:80"));
}

TEST(ListenAddress, AUnixPathIsNoLongerThanTheKernelTakes) {
  EXPECT_TRUE(ParseListenAddress("unix:" + std::string(107, 'a')));
  EXPECT_FALSE(ParseListenAddress("unix:" + std::string(108, 'a')));
}

TEST(PeerRange, HoldsTheAddressesThatAgreeInItsBits) {
  struct Row {
    const char* range;
    const char* peer;
    bool holds;
  };
  const Row kRows[] = {
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.1/32", "10.0.0.1", true},
      {"10.0.0.1/32", "10.0.0.0", false},
      {"10.0.0.0/31", "10.0.0.1", true},
      {"10.0.0.0/31", "10.0.0.2", false},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/9", "10.127.0.1", true},
      {"10.0.0.0/9", "10.128.0.0", false},
      {"172.16.0.0/12", "172.31.255.255", true},
      {"172.16.0.0/12", "172.32.0.0", false},
      {"128.0.0.0/1", "255.0.0.1", true},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"10.1.2.3/8", "10.9.9.9", true},
      {"localhost", "127.0.0.1", true},
      {"localhost", "127.0.0.2", false},
      {"::1", "::1", true},
      {"::1", "::2", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"2001:db8::1/128", "2001:db8::1", true},
      {"2001:db8::1/127", "2001:db8::", true},
      {"2001:db8::2/127", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      // The families are two worlds.
      {"0.0.0.0/0", "::1", false},
      {"::/0", "127.0.0.1", false},
      {"::1", "127.0.0.1", false},
      {"127.0.0.1", "::1", false},
      // An IPv4 address that came in through an IPv6 socket is the IPv4 address.
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"10.0.0.0/8", "::ffff:11.1.2.3", false},
      {"::/0", "::ffff:10.1.2.3", false},
      // An address that only looks mapped is not.
      {"10.0.0.0/8", "::10.1.2.3", false},
      {"10.0.0.0/8", "::fffe:10.1.2.3", false},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(Holds(row.range, TcpPeer(row.peer)), row.holds) << row.range << " " << row.peer;
  }
}

// A range that never holds anybody would be passed over without a word.
TEST(PeerRange, AMappedRangeIsRefusedOrHoldsWhatItSays) {
  for (const char* text : {"::ffff:10.0.0.1", "::ffff:10.0.0.0/104"}) {
    const auto range = ParsePeerRange(text);
    EXPECT_TRUE(!range || range->Holds(TcpPeer("::ffff:10.0.0.1"))) << text;
  }
}

TEST(PeerRange, UnixHoldsUnixPeersOnly) {
  EXPECT_TRUE(Holds("unix", UnixPeer()));
  EXPECT_FALSE(Holds("unix", TcpPeer("127.0.0.1")));
  EXPECT_FALSE(Holds("0.0.0.0/0", UnixPeer()));
  EXPECT_FALSE(Holds("::/0", UnixPeer()));
}

TEST(PeerRange, RefusesWhatIsNoRange) {
  for (const char* text : {"",
                           "/",
                           "/8",
                           "a",
                           "10.0.0.0/",
                           "10.0.0.0/33",
                           "10.0.0.0/-1",
                           "10.0.0.0/8a",
                           "10.0.0.0/ 8",
                           "10.0.0.0/+8",
                           "10.0.0.0/8/8",
                           "10.0.0/8",
                           "10/8",
                           "10.0.0.0:80",
                           "::1/129",
                           "[::1]",
                           "[::1]/128",
                           "::g",
                           "unix/8",
                           "unix:",
                           "Unix",
                           "example.com",
                           "*",
                           "10.0.0.*",
                           " 10.0.0.1",
                           "10.0.0.1 ",
                           "10.0.0.0-10.0.0.9"}) {
    EXPECT_FALSE(ParsePeerRange(text)) << text;
  }
}

TEST(IsTrusted, AnyRangeDoesAndNoneIsNobody) {
  const std::vector<PeerRange> ranges = {*ParsePeerRange("unix"), *ParsePeerRange("10.0.0.0/8"),
                                         *ParsePeerRange("::1")};
  EXPECT_TRUE(IsTrusted(UnixPeer(), ranges));
  EXPECT_TRUE(IsTrusted(TcpPeer("10.1.1.1"), ranges));
  EXPECT_TRUE(IsTrusted(TcpPeer("::1"), ranges));
  EXPECT_FALSE(IsTrusted(TcpPeer("11.1.1.1"), ranges));
  EXPECT_FALSE(IsTrusted(UnixPeer(), {}));
  EXPECT_FALSE(IsTrusted(TcpPeer("127.0.0.1"), {}));
  // Of one whose address could not be told.
  EXPECT_FALSE(IsTrusted(Peer(), ranges));
}

}  // namespace
}  // namespace thuja::server
