// SPDX-License-Identifier: Apache-2.0
// Paths of requests that gateways ask about: one reading or none; templates over them.
#include "server/dialects/request_path.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thuja::server {
namespace {

using Segments = std::vector<std::string>;

// What a template captures, as `name=text|rest=a/b`; `no` if it does not match.
std::string Match(std::string_view pattern, std::string_view raw) {
  const auto compiled = PathTemplate::Parse(pattern);
  const auto path = RequestPath::Parse(raw);
  EXPECT_TRUE(compiled) << pattern;
  EXPECT_TRUE(path) << raw;
  if (!compiled || !path) return "";
  const auto captures = compiled->Match(*path);
  if (!captures) return "no";
  std::string out;
  for (const auto& [name, text] : *captures) {
    out += (out.empty() ? "" : "|") + std::string(name) + "=" + text;
  }
  return out;
}

TEST(RequestPath, DecodesEachSegmentOnce) {
  const std::pair<std::string_view, Segments> kRows[] = {
      {"/", {""}},
      {"/a", {"a"}},
      {"/a/b/c", {"a", "b", "c"}},
      {"/a/", {"a", ""}},
      {"/a/b/", {"a", "b", ""}},
      {"/%61%5A%7e", {"aZ~"}},
      {"/a%20b", {"a b"}},
      {"/a+b", {"a+b"}},
      {"/%3F%23", {"?#"}},
      {"/a,b:c@d!$&'()*=", {"a,b:c@d!$&'()*="}},
      {"/...", {"..."}},
      {"/.a/a./..a/a..", {".a", "a.", "..a", "a.."}},
      {"/.%61", {".a"}},
      {"/%7B%7D%22%3C%3E%5E%60%7C", {"{}\"<>^`|"}},
      {"/%C3%A9", {"é"}},
      {"/%c3%a9", {"é"}},
      {"/%F0%9F%98%80", {"😀"}},
      {"/é/😀", {"é", "😀"}},
      // Half of a character plain, half of it escaped: the bytes are what counts.
      {"/\xC3%A9", {"é"}},
  };
  for (const auto& [raw, segments] : kRows) {
    const auto path = RequestPath::Parse(raw);
    ASSERT_TRUE(path) << raw;
    EXPECT_EQ(path->segments, segments) << raw;
    std::string text;
    for (const std::string& segment : segments) text += "/" + segment;
    EXPECT_EQ(path->text, text) << raw;
  }
}

struct RefusedRow {
  const char* why;
  std::vector<std::string> paths;
};

TEST(RequestPath, RefusesWhatOthersCouldReadDifferently) {
  const RefusedRow kRows[] = {
      {"no path", {"", "a", "a/b", "*", "?", "http://h/a", "%2Fa", "\\a"}},
      {"encoded slash", {"/a%2Fb", "/a%2fb", "/%2F", "/a/%2f"}},
      {"backslash", {"/a\\b", "/\\", "/a%5Cb", "/a%5cb", "/..\\a"}},
      {"NUL", {std::string("/a\0b", 4), "/a%00b", "/%00", "/a%00"}},
      {"dot segment",
       {"/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b", "/a/../", "/a/./"}},
      {"encoded dot segment",
       {"/%2e", "/%2E", "/%2e%2e", "/%2E%2e/a", "/.%2e", "/%2e.", "/a/%2e%2e/b", "/a/.%2E"}},
      {"dot segment with parameters",
       {"/a;b=c/d", "/a%3bb", "/..;", "/..;x", "/..;x/a", "/.;", "/.;x=y", "/a/..;/b", "/%2e%2e;x",
        "/..%3bx", "/%2e%2e%3Bx", "/..;x;y"}},
      {"double escape", {"/%252e", "/%252e%252e", "/%252F", "/%25", "/a%25b", "/%2525"}},
      {"bad escape",
       {"/%", "/%4", "/a%", "/a%4", "/%zz", "/%4z", "/%z4", "/%%41", "/% 41", "/%4/1", "/%/41",
        "/%u0041", "/%+1", "/%-1", "/%0x", "/a%/b", "/%\xC3\xA9"}},
      {"empty segment", {"//", "//a", "/a//b", "/a//", "///", "/a/b//c"}},
      {"control character",
       {"/a\nb", "/a\rb", "/a\tb", "/\x01", "/\x1f", "/\x7f", "/a%0Ab", "/a%0d", "/%09", "/%1F",
        "/%7F", "/%01"}},
      {"plain space", {"/a b", "/ ", "/a /b", " /a"}},
      {"no UTF-8",
       {"/\xFF", "/%FF", "/%C3", "/%C3a", "/%C3/%A9", "/%A9", "/%C0%AF", "/%C0%AE%C0%AE",
        "/%E0%80%AF", "/%ED%A0%80", "/%F4%90%80%80", "/%F8%88%80%80%80", "/\xC0\xAE", "/\xC3"}},
  };
  for (const RefusedRow& row : kRows) {
    for (const std::string& path : row.paths) {
      EXPECT_FALSE(RequestPath::Parse(path)) << row.why << ": " << path;
    }
  }
}

TEST(RequestPath, RefusesAnEncodedSlash) { EXPECT_FALSE(RequestPath::Parse("/docs/a%2f..%2fb")); }

// An escape of any byte gives that byte or nothing, wherever in the segment it stands.
TEST(RequestPath, EachEscapeIsItsByteOrRefused) {
  for (int byte = 0; byte < 128; ++byte) {
    static constexpr char kDigits[] = "0123456789abcdef";
    const std::string escape = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    const char c = static_cast<char>(byte);
    const bool refused =
        byte < 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == '%' || c == ';';
    for (const auto& [raw, decoded] : {std::pair<std::string, std::string>{"/x" + escape, {'x', c}},
                                       {"/" + escape + "x", {c, 'x'}}}) {
      const auto path = RequestPath::Parse(raw);
      ASSERT_EQ(path.has_value(), !refused) << raw;
      if (path) {
        EXPECT_EQ(path->segments, Segments{decoded}) << raw;
      }
    }
  }
}

TEST(PathTemplate, RefusesWhatIsNoTemplate) {
  for (const char* text : {"",
                           "a",
                           "{a}",
                           "//",
                           "/a//b",
                           "//a",
                           "/{}",
                           "/{*}",
                           "/{a",
                           "/a}",
                           "/{",
                           "/}",
                           "/a{b}",
                           "/{a}b",
                           "/{a}{b}",
                           "/{{a}}",
                           "/{a**}",
                           "/{a*b}",
                           "/*",
                           "/a*",
                           "/{a*}/b",
                           "/{a*}/{b}",
                           "/{a*}/",
                           "/%41",
                           "/{a}/{a}",
                           "/{a}/{a*}",
                           "/{a}/b/{a}",
                           "/{a%b}",
                           "/{a/b}",
                           "/a/{b}/"
                           "/c"}) {
    EXPECT_FALSE(PathTemplate::Parse(text)) << text;
  }
}

TEST(PathTemplate, KnowsItsPlaces) {
  const auto compiled = PathTemplate::Parse("/a/{b}/{c*}");
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(compiled->Has("b"));
  EXPECT_TRUE(compiled->Has("c"));
  EXPECT_FALSE(compiled->Has("a"));
  EXPECT_FALSE(compiled->Has("c*"));
  EXPECT_FALSE(compiled->Has("B"));
  EXPECT_FALSE(compiled->Has(""));
}

TEST(PathTemplate, MatchesWholePathsAndCapturesSegments) {
  struct Row {
    const char* pattern;
    const char* path;
    const char* captures;
  };
  const Row kRows[] = {
      {"/", "/", ""},
      {"/", "/a", "no"},
      {"/a", "/a", ""},
      {"/a", "/A", "no"},
      {"/a", "/a/", "no"},
      {"/a", "/a/b", "no"},
      {"/a", "/", "no"},
      {"/a/", "/a/", ""},
      {"/a/", "/a", "no"},
      {"/a/b", "/a", "no"},
      {"/a/b", "/a/b", ""},
      {"/a/b", "/a/%62", ""},
      {"/é", "/%C3%A9", ""},
      {"/{x}", "/a", "x=a"},
      {"/{x}", "/a%20b", "x=a b"},
      {"/{x}", "/", "no"},
      {"/{x}", "/a/", "no"},
      {"/{x}", "/a/b", "no"},
      {"/{x}/", "/a/", "x=a"},
      {"/{x}/", "/a", "no"},
      {"/docs/{name}", "/docs/a", "name=a"},
      {"/docs/{name}", "/docs/", "no"},
      {"/docs/{name}", "/docs", "no"},
      {"/docs/{name}", "/doc/a", "no"},
      {"/{a}/x/{b}", "/1/x/2", "a=1|b=2"},
      {"/{a}/x/{b}", "/1/y/2", "no"},
      {"/{a}/{b}", "/1/2", "a=1|b=2"},
      {"/{a}/{b}", "/1", "no"},
      {"/{a}/{b}", "/1/", "no"},
      {"/f/{path*}", "/f/a", "path=a"},
      {"/f/{path*}", "/f/a/b/c", "path=a/b/c"},
      {"/f/{path*}", "/f/a/", "path=a/"},
      {"/f/{path*}", "/f/", "no"},
      {"/f/{path*}", "/f", "no"},
      {"/f/{path*}", "/g/a", "no"},
      {"/{all*}", "/a/b", "all=a/b"},
      {"/{all*}", "/", "no"},
      {"/{a}/{rest*}", "/x/y/z", "a=x|rest=y/z"},
      {"/{a}/{rest*}", "/x", "no"},
      // What was captured is text, whatever it looks like.
      {"/{x}", "/%7Bx%7D", "x={x}"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(Match(row.pattern, row.path), row.captures) << row.pattern << " " << row.path;
  }
}

TEST(Fill, PutsCapturesIntoTheirPlaces) {
  const PathTemplate::Captures captures = {{"a", "1"}, {"b", "x/y"}, {"ab", "{a}"}};
  const std::pair<const char*, const char*> kRows[] = {
      {"", ""},
      {"plain", "plain"},
      {"{a}", "1"},
      {"{b}", "x/y"},
      {"{a}{b}", "1x/y"},
      {"<{a}>-<{b}>-<{a}>", "<1>-<x/y>-<1>"},
      {"a}b", "a}b"},
      {"{a}}", "1}"},
      {"a b", "a b"},
      // Not filled again: a caller must not write patterns.
      {"{ab}", "{a}"},
  };
  for (const auto& [pattern, filled] : kRows) EXPECT_EQ(Fill(pattern, captures), filled) << pattern;
}

TEST(CheckPattern, EveryNameIsAPlaceOfTheTemplate) {
  const auto path = PathTemplate::Parse("/x/{a}/{rest*}");
  ASSERT_TRUE(path);
  for (const char* pattern : {"", "plain", "{a}", "{rest}", "{a}/{rest}/{a}", "a}", "}"}) {
    EXPECT_TRUE(CheckPattern(pattern, *path)) << pattern;
  }
  for (const char* pattern : {"{", "{a", "{}", "{b}", "{x}", "{A}", "{ a}", "{rest*}", "{a}{b}",
                              "{a}{", "{{a}}", "{a{rest}}", "x{a"}) {
    EXPECT_FALSE(CheckPattern(pattern, *path)) << pattern;
  }
}

}  // namespace
}  // namespace thuja::server
