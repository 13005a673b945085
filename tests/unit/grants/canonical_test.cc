// SPDX-License-Identifier: Apache-2.0
// Canonical forms: which texts have one, and which of the ways to write another one have none. Why
// it is long: the tables of the latter are all the attacks that are known.
#include "engine/grants/canonical.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/base/text.h"

namespace thuja::grants {
namespace {

using std::string_view_literals::operator""sv;

std::string Utf8(char32_t scalar) {
  std::string text;
  base::AppendScalar(scalar, &text);
  return text;
}

// So that a character which does not show shows in a failure.
std::string Shown(std::string_view text) { return base::QuoteString(text.substr(0, 200)); }

TEST(IsToolName, TakesServerAndNameOrMoreSegments) {
  for (const std::string_view text :
       {"crm/search", "a/b", "github/issues/create", "1/2/3/4/5/6/7/8", "a-b_c.d/E.F-G_H",
        "server/.hidden", "server/...", "..a/a..", "-/_"}) {
    EXPECT_TRUE(IsToolName(text)) << text;
  }
}

TEST(IsToolName, RefusesOtherShapes) {
  for (const std::string_view text :
       {"", "/", "crm", "crm/", "/search", "crm//search", "/crm/search", "crm/search/",
        "crm/./search", "crm/../search", "./search", "crm/..", "1/2/3/4/5/6/7/8/9"}) {
    EXPECT_FALSE(IsToolName(text)) << text;
  }
}

TEST(IsToolName, HasBounds) {
  const std::string longest(kLongestToolSegment, 'a');
  EXPECT_TRUE(IsToolName(longest + "/" + longest));
  EXPECT_FALSE(IsToolName(longest + "a/b"));
  EXPECT_FALSE(IsToolName("a/" + longest + "b"));
  const std::string most = longest + "/" + longest + "/" + longest + "/" + longest.substr(3);
  ASSERT_EQ(most.size(), kLongestToolName);
  EXPECT_TRUE(IsToolName(most));
  EXPECT_FALSE(IsToolName(most + "a"));
  EXPECT_FALSE(IsToolName(std::string(10'000'000, '/')));
  EXPECT_FALSE(IsToolName(std::string(10'000'000, 'a')));
}

TEST(IsToolName, KnowsNoOtherByte) {
  const std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/"sv;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = std::string("crm/a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(IsToolName(name), kAlphabet.find(static_cast<char>(byte)) != kAlphabet.npos) << byte;
  }
}

// Names that look like `fs/file_read`, or are it once somebody has normalised them.
TEST(IsToolName, RefusesWhatLooksLikeAnother) {
  const std::string_view kNames[] = {
      "fs/f\xD1\x96le_read",      // Cyrillic i
      "fs/\xEF\xBD\x86ile_read",  // full-width f
      "fs\xEF\xBC\x8F"
      "file_read",  // full-width slash
      "fs\xE2\x88\x95"
      "file_read",                 // division slash
      "fs/caf\xC3\xA9",            // NFC
      "fs/cafe\xCC\x81",           // NFD
      "fs/file\xE2\x80\x8B_read",  // zero-width space
      "fs/file\xE2\x80\x8D_read",  // zero-width joiner
      "fs/file\xC2\xAD_read",      // soft hyphen
      "\xEF\xBB\xBF"
      "fs/file_read",  // byte order mark
      "fs/\xE2\x80\xAE"
      "daer_elif",                 // bidi override
      "fs/file_read\xE2\x81\xA9",  // bidi isolate
      "fs/file_read\0"sv,          // NUL at the end
      "fs/file_read\0.txt"sv,
      "fs/file_read ",
      " fs/file_read",
      "fs/file read",
      "fs/file_read\n",
      "fs/file_read\t",
      "fs/file%5fread",
      "fs\\file_read",
      "fs:file_read",
      "fs/file_read*",
      "fs/\xC0\xAF",  // an overlong slash
      "fs/\xFF",
  };
  for (const std::string_view name : kNames) EXPECT_FALSE(IsToolName(name)) << Shown(name);
}

TEST(IsVisible, RefusesWhatDoesNotShowAndWhatIsNoUtf8) {
  EXPECT_TRUE(IsVisible(""));
  EXPECT_TRUE(IsVisible("plain text, with spaces/and~everything\\else%41"));
  EXPECT_TRUE(IsVisible("caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80"));
  const char32_t kInvisible[] = {
      0x00,   0x09,   0x0A,    0x1F,    0x7F,    0x80,    0x9F,    0xA0,    0xAD,   0x34F,  0x61C,
      0x115F, 0x1160, 0x17B4,  0x180E,  0x2000,  0x200B,  0x200D,  0x200E,  0x200F, 0x2028, 0x2029,
      0x202A, 0x202E, 0x2060,  0x2066,  0x2069,  0x206F,  0x3000,  0x3164,  0xFE00, 0xFE0F, 0xFEFF,
      0xFFA0, 0xFFF9, 0x1BCA0, 0x1D173, 0x1D17A, 0xE0001, 0xE0041, 0xE01EF,
  };
  for (const char32_t scalar : kInvisible) {
    EXPECT_FALSE(IsVisible("a" + Utf8(scalar) + "b")) << std::hex << static_cast<int>(scalar);
  }
  // The neighbours of the ranges show.
  for (const char32_t scalar : {0x34E, 0x350, 0x61B, 0x61D, 0x115E, 0x1161, 0x3163, 0x3165, 0xFDFF,
                                0xFE10, 0xFF9F, 0xFFA1, 0x1D172, 0x1D17B, 0xDFFFF, 0xE1000}) {
    EXPECT_TRUE(IsVisible(Utf8(scalar))) << std::hex << static_cast<int>(scalar);
  }
  for (const std::string_view text :
       {"\xFF", "\x80", "\xC3", "a\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x80"}) {
    EXPECT_FALSE(IsVisible(text)) << Shown(text);
  }
}

TEST(IsPlainName, TakesWhatEveryReaderTakesAlike) {
  for (const std::string_view text :
       {"a", "docs/report", "/data/a", "https://api.acme.test/v1", "a b", "100%", "5% of 3%", "%zz",
        "a/.../b", ".git", "a..b", "..a", "a..", "~", "caf\xC3\xA9", "a/", "%", "%4", "a*b"}) {
    EXPECT_TRUE(IsPlainName(text)) << text;
  }
}

TEST(IsPlainName, RefusesWhatLeadsElsewhereForSomeReader) {
  const std::string_view kTexts[] = {
      "a/..;/b",
      "a/.;x=1/b",
      "a/ ..  ;/b",
      "",
      ".",
      "..",
      "a/..",
      "../a",
      "a/./b",
      "a/../b",
      "a/.. /b",
      "a/ ../b",
      "a/  .  /b",
      "a\\b",
      "a\\..\\b",
      "a/%2e%2e/b",
      "a/%2E./b",
      "a%2fb",
      "a%252fb",
      "a%00",
      "%41",
      "a/%u002e%u002e/b",
      "a/%c0%ae",
      "a\0"sv,
      "a\xE2\x80\x8B",
      "a/.\xE2\x80\x8B./b",
      "a/\xEF\xBC\x8E\xEF\xBC\x8E/b",  // full-width dots
      "a/\xE2\x80\xA5/b",              // one character of two dots
      "a\xEF\xBC\x8F"
      "b",
      "a\xEF\xBC\xBC"
      "b",
      "a\xE2\x88\x95"
      "b",
      "a\xE2\x81\x84"
      "b",
      "a\xE2\x84\x80"
      "b",  // `a/c` in one character
      "a\xEF\xBC\x85"
      "2e",  // full-width percent sign
      "a\xC0\xAF"
      "b",
      "a\xFF",
  };
  for (const std::string_view text : kTexts) EXPECT_FALSE(IsPlainName(text)) << Shown(text);
  EXPECT_TRUE(IsPlainName(std::string(kLongestText, 'a')));
  EXPECT_FALSE(IsPlainName(std::string(kLongestText + 1, 'a')));
}

TEST(CanonicalPath, DropsASlashAtTheEndAndNothingElse) {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } kCases[] = {
      {"/", "/"},
      {"/data", "/data"},
      {"/data/", "/data"},
      {"/data/a", "/data/a"},
      {"/data/a/", "/data/a"},
      {"/Data/A", "/Data/A"},
      {"/data/.git", "/data/.git"},
      {"/data/a..b", "/data/a..b"},
      {"/data/...", "/data/..."},
      {"/data/with space", "/data/with space"},
      {"/data/100%", "/data/100%"},
      {"/data/caf\xC3\xA9", "/data/caf\xC3\xA9"},
      {"/data/cafe\xCC\x81", "/data/cafe\xCC\x81"},  // NFD stays NFD
  };
  for (const auto& [text, canonical] : kCases) EXPECT_EQ(CanonicalPath(text), canonical) << text;
}

TEST(CanonicalPath, RefusesWhatTwoReadersCouldDifferAbout) {
  const std::string_view kTexts[] = {
      "",
      "data",
      "./data",
      "../data",
      "~/data",
      "C:/data",
      "file:///data",
      // Traversal, in every spelling.
      "/tmp/../etc/passwd",
      "/tmp/..",
      "/..",
      "/.",
      "/tmp/./a",
      "/tmp/../",
      "/tmp/.. /etc",
      "/tmp/..\\etc",
      "\\tmp",
      "/tmp\\..\\etc",
      "/tmp/%2e%2e/etc",
      "/tmp/%2E%2E/etc",
      "/tmp/.%2e/etc",
      "/tmp/..%2fetc",
      "/tmp/..%5cetc",
      "/tmp/%252e%252e/etc",
      "/tmp/%c0%ae%c0%ae/etc",
      "/tmp/%u002e%u002e/etc",
      "/tmp/\xC0\xAE\xC0\xAE/etc",
      "/tmp/\xEF\xBC\x8E\xEF\xBC\x8E/etc",
      "/tmp/%61",
      // Slashes.
      "//",
      "//tmp",
      "/tmp//a",
      "/tmp//",
      // Bytes and characters.
      "/tmp/a\0"sv,
      "/tmp/a\0.txt"sv,
      "/tmp/a\n",
      "/tmp/a\x7F",
      "/tmp/a\xFF",
      "/tmp/\xED\xA0\x80",
      "/tmp/\xE2\x80\xAE"
      "a",
      "/tmp/a\xE2\x80\x8B",
      "/tmp/\xEF\xBB\xBF"
      "a",
      "\xEF\xBB\xBF/tmp",
      " /tmp",
  };
  for (const std::string_view text : kTexts) EXPECT_FALSE(CanonicalPath(text)) << Shown(text);
}

std::string HostOf(std::string_view text) {
  const auto host = CanonicalHost(text);
  return host ? std::string(host->text()) : "";
}

TEST(CanonicalHost, IsALowerCaseNameOrAnAddress) {
  const struct {
    std::string_view text;
    std::string_view canonical;
    bool is_address;
  } kCases[] = {
      {"api.acme.test", "api.acme.test", false},
      {"API.Acme.TEST", "api.acme.test", false},
      {"localhost", "localhost", false},
      {"a-b.c--d.e", "a-b.c--d.e", false},
      {"xn--caf-dma.test", "xn--caf-dma.test", false},
      {"1.2.3.4.test", "1.2.3.4.test", false},
      {"1a", "1a", false},
      {"0xg", "0xg", false},
      {"a.0x7fg", "a.0x7fg", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"255.255.255.255", "255.255.255.255", true},
      {"[::1]", "[::1]", true},
      {"[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]", true},
      {"[2001:0db8::0001]", "[2001:db8::1]", true},
      {"[0:0:0:0:0:0:0:0]", "[::]", true},
      {"[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]", true},
  };
  for (const auto& [text, canonical, is_address] : kCases) {
    const auto host = CanonicalHost(text);
    ASSERT_TRUE(host) << text;
    EXPECT_EQ(host->text(), canonical);
    EXPECT_EQ(host->is_address(), is_address) << text;
    EXPECT_EQ(HostOf(canonical), canonical) << "a canonical form is its own";
  }
}

TEST(CanonicalHost, RefusesWhatIsNoHostOrNotOneForEverybody) {
  const std::string_view kTexts[] = {
      "",
      ".",
      "acme.test.",
      ".acme.test",
      "acme..test",
      "-acme.test",
      "acme-.test",
      "acme_.test",
      "ac me.test",
      "acme.test ",
      "acme.test\0"sv,
      "acme.test\n",
      "*.acme.test",
      // Numbers that a resolver may take for an address, and four that are none.
      "127.1",
      "0x7f.1",
      "0x7f.0.0.1",
      "0X7F.1",
      "0177.0.0.1",
      "2130706433",
      "0x7f000001",
      "017700000001",
      "0",
      "0x",
      "127.0.0.0x1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "1.2.3.04",
      "acme.1",
      "acme.0x1",
      // Of a URL, but not of its host.
      "user@acme.test",
      "acme.test:443",
      "acme.test/",
      "acme%2etest",
      "acme.test%00.evil.test",
      "acme.test\\.evil.test",
      "acme.test#evil",
      // What becomes ASCII for those who normalise.
      "acm\xC3\xA9.test",
      "\xEF\xBD\x81"
      "cme.test",
      "acme\xE3\x80\x82test",
      "acme.test\xE2\x80\x8B",
      "\xC2\xB9\xC2\xB2\xC2\xB7.0.0.1",
      // IPv6 outside of brackets, half inside, a range, with a zone, an IPv4 address in it.
      "::1",
      "[::1",
      "::1]",
      "[]",
      "[",
      "[127.0.0.1]",
      "[acme.test]",
      "[::1/64]",
      "[2001:db8::1/64]",
      "[fe80::1%eth0]",
      "[fe80::1%25eth0]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[[::1]]",
      "[::1].acme.test",
      "[v1.x]",
  };
  for (const std::string_view text : kTexts) EXPECT_EQ(HostOf(text), "") << Shown(text);
}

TEST(CanonicalHost, HasBounds) {
  const std::string label(63, 'a');
  EXPECT_EQ(HostOf(label + ".test"), label + ".test");
  EXPECT_EQ(HostOf(label + "a.test"), "");
  std::string longest = label + "." + label + "." + label + "." + label.substr(2);
  ASSERT_EQ(longest.size(), kLongestHost);
  EXPECT_EQ(HostOf(longest), longest);
  EXPECT_EQ(HostOf(longest + "a"), "");
  EXPECT_EQ(HostOf(std::string(10'000'000, 'a')), "");
}

TEST(CanonicalHost, KnowsNoOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto letter = static_cast<char>(byte);
    const std::string_view kOthers = "0123456789-.";
    const bool is_taken = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                          kOthers.find(letter) != kOthers.npos;
    EXPECT_EQ(HostOf(std::string("a") + letter + "b.test") != "", is_taken) << byte;
  }
}

TEST(ParseUrl, GivesSchemeHostPortAndPath) {
  const struct {
    std::string_view text;
    std::string_view scheme;
    std::string_view host;
    uint16_t port;
    std::string_view path;
  } kCases[] = {
      {"https://api.acme.test", "https", "api.acme.test", 0, ""},
      {"https://API.ACME.test/", "https", "api.acme.test", 0, "/"},
      {"http://api.acme.test:8080/v1/x", "http", "api.acme.test", 8080, "/v1/x"},
      {"wss://api.acme.test:1", "wss", "api.acme.test", 1, ""},
      {"ws://api.acme.test:65535?q", "ws", "api.acme.test", 65535, ""},
      {"git+ssh://acme.test/a.git", "git+ssh", "acme.test", 0, "/a.git"},
      {"https://127.0.0.1:80/", "https", "127.0.0.1", 80, "/"},
      {"https://[::1]", "https", "[::1]", 0, ""},
      {"https://[2001:DB8::1]:443/a", "https", "[2001:db8::1]", 443, "/a"},
      {"https://acme.test/a?b=c#d", "https", "acme.test", 0, "/a"},
      {"https://acme.test/a#d?b", "https", "acme.test", 0, "/a"},
      {"https://acme.test?a=/b", "https", "acme.test", 0, ""},
      {"https://acme.test#/b", "https", "acme.test", 0, ""},
      {"https://acme.test/%2e%2e/a%20b", "https", "acme.test", 0, "/%2e%2e/a%20b"},
      {"https://acme.test/caf\xC3\xA9", "https", "acme.test", 0, "/caf\xC3\xA9"},
      // Signs that mean something only before the path.
      {"https://acme.test/a@b:c", "https", "acme.test", 0, "/a@b:c"},
      {"https://acme.test/https://evil.test", "https", "acme.test", 0, "/https://evil.test"},
      // Where it leads is the host in front, whatever stands behind.
      {"https://evil.test?.api.acme.test/", "https", "evil.test", 0, ""},
      {"https://evil.test#.api.acme.test/", "https", "evil.test", 0, ""},
      {"https://evil.test/@api.acme.test", "https", "evil.test", 0, "/@api.acme.test"},
      {"https://api.acme.test.evil.test", "https", "api.acme.test.evil.test", 0, ""},
  };
  for (const auto& [text, scheme, host, port, path] : kCases) {
    const auto url = ParseUrl(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->scheme, scheme) << text;
    EXPECT_EQ(url->host.text(), host) << text;
    EXPECT_EQ(url->port, port) << text;
    EXPECT_EQ(url->path, path) << text;
  }
}

TEST(ParseUrl, RefusesWhatDoesNotLeadToOneHostForEverybody) {
  const std::string_view kTexts[] = {
      "",
      "https",
      "https:",
      "https:/",
      "https://",
      "://acme.test",
      "//acme.test",
      "/acme.test",
      "acme.test",
      "https:acme.test",
      "https:/acme.test",
      "https:///acme.test",
      "https:////acme.test",
      "https:\\\\acme.test",
      "https:/\\acme.test",
      "https://?",
      "https://#acme.test",
      "https://:80",
      // Schemes.
      "HTTPS://acme.test",
      "1http://acme.test",
      "-http://acme.test",
      "ht tp://acme.test",
      "ht_tp://acme.test",
      "file://acme.test/etc/passwd",
      "file:///etc/passwd",
      "javascript://acme.test/%0aalert(1)",
      "data://acme.test",
      "jar://acme.test",
      "view-source://acme.test",
      "view-source:https://acme.test",
      "jdbc:postgresql://acme.test",
      // User names.
      "https://api.acme.test@evil.test/",
      "https://api.acme.test:80@evil.test/",
      "https://api.acme.test%40evil.test/",
      "https://user:password@api.acme.test/",
      "https://@api.acme.test/",
      "https://a@b@api.acme.test/",
      // Some find the host in front of these, others behind.
      "https://evil.test?@api.acme.test/",
      "https://evil.test#@api.acme.test/",
      "https://evil.test:80#@api.acme.test:80/",
      "https://evil.test\\@api.acme.test/",
      "https://evil.test\\.api.acme.test/",
      "https://api.acme.test\\",
      "https://api.acme.test/a\\b",
      // Blanks and control characters, which some drop and others end the URL at.
      " https://acme.test",
      "https://acme.test ",
      "https://acme .test",
      "https://acme.test/a b",
      "https://acme.test/\t",
      "https://evil.test\n.acme.test",
      "ht\ntps://acme.test",
      "https://acme.test\0.evil.test"sv,
      "https://acme.test/\0"sv,
      "https://acme.test\r\nHost: evil.test",
      "https://acme.test/\xE2\x80\x8B",
      "https://acme.test/\xFF",
      // Hosts.
      "https://acme%2etest",
      "https://%61cme.test",
      "https://acme.test.",
      "https://acme..test",
      "https://acme.test,evil.test/",
      "https://acme.test;evil.test/",
      "https://acme.test&evil.test/",
      "https://acme.test|evil.test/",
      "https://acme.test\xEF\xBC\x8F.evil.test/",
      "https://evil.test\xEF\xBC\x83.acme.test/",
      "https://acme\xE3\x80\x82test",
      "https://127.1",
      "https://0x7f.1",
      "https://2130706433",
      "https://[::1",
      "https://::1",
      "https://[::1]evil.test",
      "https://[::ffff:127.0.0.1]",
      "https://[fe80::1%25en0]",
      // Ports.
      "https://acme.test:",
      "https://acme.test:/",
      "https://acme.test:0",
      "https://acme.test:080",
      "https://acme.test:65536",
      "https://acme.test:99999999999999999999",
      "https://acme.test:-1",
      "https://acme.test:+1",
      "https://acme.test: 1",
      "https://acme.test:1x",
      "https://acme.test:80:80",
      "https://acme.test:80evil.test",
      "https://[::1]:",
      "https://[::1]80",
  };
  for (const std::string_view text : kTexts) {
    const auto url = ParseUrl(text);
    EXPECT_FALSE(url) << Shown(text) << " leads to " << (url ? url->host.text() : "");
  }
  EXPECT_FALSE(ParseUrl("https://acme.test/" + std::string(kLongestText, 'a')));
}

TEST(CanonicalForms, TakeATextWithoutMemory) {
  const std::string_view none;
  EXPECT_FALSE(IsToolName(none));
  EXPECT_TRUE(IsVisible(none));
  EXPECT_FALSE(IsPlainName(none));
  EXPECT_FALSE(CanonicalPath(none));
  EXPECT_FALSE(CanonicalHost(none));
  EXPECT_FALSE(ParseUrl(none));
}

// Texts of the letters that mean something somewhere.
class HostileText {
 public:
  explicit HostileText(uint64_t seed) : random_(seed) {}

  std::string Next(std::vector<std::string_view> beginnings) {
    std::string text(beginnings[random_() % beginnings.size()]);
    static constexpr std::string_view kPieces[] = {
        "a",    "b",  "a.b",  ".",    "..",   "/",        "/",
        "%",    "2e", "%25",  "\\",   "@",    ":",        "80",
        "[",    "]",  "::1",  "?",    "#",    "*",        " ",
        "-",    "1",  "0x7f", "127.", "\0"sv, "\xC3\xA9", "\xE2\x80\x8B",
        "\xFF", "A",  "~",    "//",   "..",   "b.",       "\xEF\xBC\x8F",
        "a/",   "/a", ".b",
    };
    for (uint64_t pieces = random_() % 7; pieces > 0; --pieces) {
      text += kPieces[random_() % std::size(kPieces)];
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

TEST(CanonicalPath, GivesOnlyWhatIsItsOwnFormAtRandom) {
  HostileText texts(11);
  int taken = 0;
  constexpr int kRounds = 50'000;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = texts.Next({"/", "/a", "/a/", "a", ""});
    const auto path = CanonicalPath(text);
    if (!path) continue;
    ++taken;
    ASSERT_EQ(CanonicalPath(*path), path) << Shown(text);
    const std::string closed = std::string(*path) + "/";
    for (const std::string_view never : {"/./"sv, "/../"sv, "\\"sv, "%2e"sv, "%25"sv, "\0"sv}) {
      ASSERT_EQ(closed.find(never), closed.npos) << Shown(text);
    }
    ASSERT_EQ(path->find("//"), path->npos) << Shown(text);
    ASSERT_TRUE(base::IsValidUtf8(*path));
    ASSERT_TRUE(text == *path || text == closed) << Shown(text);
  }
  EXPECT_GT(taken, kRounds / 10);
  EXPECT_LT(taken, kRounds * 9 / 10);
}

// Wherever a reader looks for the host, between `//` and whatever ends it, there is this one.
TEST(ParseUrl, FindsTheHostThatStandsBetweenTheSignsAroundItAtRandom) {
  HostileText texts(12);
  int taken = 0;
  constexpr int kRounds = 100'000;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = texts.Next({"https://a", "https://", "ws://[::1]", "http://a.b"});
    const auto url = ParseUrl(text);
    if (!url) continue;
    ++taken;
    const size_t begin = text.find("//") + 2;
    const size_t end = std::min(text.find_first_of("/?#\\@", begin), text.size());
    std::string written = text.substr(begin, end - begin);
    ASSERT_EQ(written.find('@'), written.npos) << Shown(text);
    ASSERT_TRUE(end == text.size() || text[end] != '@') << Shown(text);
    if (url->port != 0) written.resize(written.rfind(':'));
    for (char& c : written) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    ASSERT_EQ(written, url->host.text()) << Shown(text);
    ASSERT_EQ(HostOf(written), written) << Shown(text);
  }
  EXPECT_GT(taken, kRounds / 20);
  EXPECT_LT(taken, kRounds * 9 / 10);
}

TEST(IsToolName, ImpliesAPlainNameAtRandom) {
  std::mt19937_64 random(13);
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (uint64_t letters = random() % 8; letters > 0; --letters) text += "a.-/_."[random() % 6];
    if (!IsToolName(text)) continue;
    ++taken;
    ASSERT_TRUE(IsPlainName(text)) << text;
  }
  EXPECT_GT(taken, 2'000);
}

// A text of the greatest length is read thousands of times: a reader that went back to the
// beginning at every sign would take years.
TEST(CanonicalForms, TakeTimeInProportionToTheText) {
  for (const std::string_view piece : {"/", "/a", "/..", "%", "%2", "%u", " ", "a", ".", ":", "@",
                                       "[", "0", "\xC3\xA9", "/ ", "\\"}) {
    std::string text = "/";
    while (text.size() + piece.size() <= kLongestText) text += piece;
    for (int round = 0; round < 20; ++round) {
      const bool is_path = CanonicalPath(text).has_value();
      ASSERT_EQ(is_path, CanonicalPath(text).has_value());
      ASSERT_FALSE(IsToolName(text));
      ASSERT_FALSE(CanonicalHost(text));
      ASSERT_FALSE(ParseUrl("https://" + text.substr(1)));
    }
  }
}

}  // namespace
}  // namespace thuja::grants
