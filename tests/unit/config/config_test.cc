// SPDX-License-Identifier: Apache-2.0
// The configuration file: every key of docs/configuration.md, and what is refused. The tables of
// keys hold each other to account in one place. Profiles are in forward_auth_config_test.cc.
#include "server/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"
#include "tests/unit/config/parse_config.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;

// `a.b: value` as maps within maps, on one line.
std::string Nested(const std::string& key, const std::string& value) {
  const size_t dot = key.find('.');
  if (dot == std::string::npos) return key + ": " + value;
  return key.substr(0, dot) + ": {" + Nested(key.substr(dot + 1), value) + "}";
}

TEST(Config, DefaultsAreThoseOfTheReference) {
  const Config config = Good("");
  EXPECT_EQ(config.bundle.policies, std::vector<std::string>{"/etc/thuja/p.cedar"});
  EXPECT_EQ(config.bundle.entities, "");
  EXPECT_EQ(config.bundle.links, "");
  EXPECT_EQ(config.bundle.ids, PolicyIds::kPosition);
  ASSERT_EQ(config.listen.size(), 1u);
  EXPECT_EQ(config.listen[0].ToString(), "127.0.0.1:8180");
  EXPECT_EQ(config.threads, 0u);
  EXPECT_EQ(config.admin.listen.ToString(), "127.0.0.1:8181");
  EXPECT_EQ(config.admin.token, "");
  EXPECT_TRUE(config.admin.credentials.empty());
  EXPECT_TRUE(config.admin.hosts.empty());
  ASSERT_EQ(config.trusted_peers.size(), 1u);
  EXPECT_TRUE(config.trusted_peers[0].is_unix);
  EXPECT_EQ(config.decide.request_entities, RequestEntities::kAdd);
  EXPECT_EQ(config.decide.forbid_error, ForbidError::kDeny);
  EXPECT_TRUE(config.dialects.details_on_request);
  EXPECT_FALSE(config.dialects.explanations_on_request);
  EXPECT_EQ(config.dialects.authzen_base_url, "");
  EXPECT_EQ(config.dialects.authzen_action_type, "Action");
  EXPECT_TRUE(config.dialects.forward_auth.empty());
  EXPECT_EQ(config.decisions.file, "-");
  EXPECT_EQ(config.decisions.queue, size_t{4} << 20);
  EXPECT_FALSE(config.decisions.context);
  EXPECT_TRUE(config.decisions.mask.empty());
  EXPECT_EQ(config.log.level, LogLevel::kInfo);
  EXPECT_EQ(config.log.format, LogFormat::kText);
  EXPECT_EQ(config.log.access, AccessLog::kErrors);
  EXPECT_TRUE(config.reload.watch);
  EXPECT_EQ(config.reload.interval, milliseconds(1000));
  EXPECT_EQ(config.reload.settle, milliseconds(200));
  EXPECT_EQ(config.limits.line, 8u << 10);
  EXPECT_EQ(config.limits.fields, 100u);
  EXPECT_EQ(config.limits.header, 16u << 10);
  EXPECT_EQ(config.limits.body, 1u << 20);
  EXPECT_EQ(config.dialects.batch, 1000u);
  EXPECT_EQ(config.dialects.entities, 1000u);
  EXPECT_EQ(config.limits.connections, 8000u);
  EXPECT_EQ(config.limits.pipelined, 64u);
  EXPECT_EQ(config.limits.request_time, milliseconds(10'000));
  EXPECT_EQ(config.limits.idle_time, milliseconds(75'000));
  EXPECT_EQ(config.limits.drain_time, milliseconds(10'000));
}

// A key, a value that is not its default, and what of the configuration shows it.
struct KeyRow {
  const char* key;
  const char* value;
  std::function<bool(const Config&)> holds;
};

const KeyRow kKeys[] = {
    {"version", "1", [](const Config&) { return true; }},
    {"policies", "[a.cedar, /b]",
     [](const Config& c) {
       return c.bundle.policies == std::vector<std::string>{"/etc/thuja/a.cedar", "/b"};
     }},
    {"entities", "e.json",
     [](const Config& c) { return c.bundle.entities == "/etc/thuja/e.json"; }},
    {"links", "l.json", [](const Config& c) { return c.bundle.links == "/etc/thuja/l.json"; }},
    {"ids", "annotation", [](const Config& c) { return c.bundle.ids == PolicyIds::kAnnotation; }},
    {"listen", "0.0.0.0:9000",
     [](const Config& c) {
       return c.listen.size() == 1 && c.listen[0].ToString() == "0.0.0.0:9000";
     }},
    {"threads", "192", [](const Config& c) { return c.threads == 192; }},
    {"admin.listen", "unix:a.sock",
     [](const Config& c) { return c.admin.listen.ToString() == "unix:/etc/thuja/a.sock"; }},
    {"admin.hosts", "[pdp.example.com]",
     [](const Config& c) { return c.admin.hosts == std::vector<std::string>{"pdp.example.com"}; }},
    {"trust.peers", "[127.0.0.1/32, '::1']",
     [](const Config& c) {
       return c.trusted_peers.size() == 2 && !c.trusted_peers[0].is_unix &&
              c.trusted_peers[0].bits == 32 && c.trusted_peers[1].bits == 128;
     }},
    {"trust.request_entities", "override",
     [](const Config& c) { return c.decide.request_entities == RequestEntities::kOverride; }},
    {"trust.request_entities", "none",
     [](const Config& c) { return c.decide.request_entities == RequestEntities::kNone; }},
    {"forbid_error", "skip",
     [](const Config& c) { return c.decide.forbid_error == ForbidError::kSkip; }},
    {"answers.details", "never", [](const Config& c) { return !c.dialects.details_on_request; }},
    {"answers.explanations", "on_request",
     [](const Config& c) { return c.dialects.explanations_on_request; }},
    {"authzen.base_url", "https://pdp.example.com/",
     [](const Config& c) { return c.dialects.authzen_base_url == "https://pdp.example.com"; }},
    {"authzen.action_type", "Acme::Action",
     [](const Config& c) { return c.dialects.authzen_action_type == "Acme::Action"; }},
    {"forward_auth", "[{path: /n, profile: nginx, principal: {type: A, header: X-A}}]",
     [](const Config& c) { return c.dialects.forward_auth.size() == 1; }},
    {"decisions.file", "d.log",
     [](const Config& c) { return c.decisions.file == "/etc/thuja/d.log"; }},
    {"decisions.file", "none", [](const Config& c) { return c.decisions.file.empty(); }},
    {"decisions.queue", "64KiB", [](const Config& c) { return c.decisions.queue == 65536; }},
    {"decisions.context", "masked", [](const Config& c) { return c.decisions.context; }},
    {"decisions.mask", "[iban, pin]",
     [](const Config& c) {
       return c.decisions.mask == std::vector<std::string>{"iban", "pin"};
     }},
    {"log.level", "debug", [](const Config& c) { return c.log.level == LogLevel::kDebug; }},
    {"log.level", "warn", [](const Config& c) { return c.log.level == LogLevel::kWarn; }},
    {"log.level", "error", [](const Config& c) { return c.log.level == LogLevel::kError; }},
    {"log.format", "json", [](const Config& c) { return c.log.format == LogFormat::kJson; }},
    {"log.access", "none", [](const Config& c) { return c.log.access == AccessLog::kNone; }},
    {"log.access", "all", [](const Config& c) { return c.log.access == AccessLog::kAll; }},
    {"reload.watch", "false", [](const Config& c) { return !c.reload.watch; }},
    {"reload.interval", "2m",
     [](const Config& c) { return c.reload.interval == std::chrono::minutes(2); }},
    {"reload.settle", "7ms", [](const Config& c) { return c.reload.settle == milliseconds(7); }},
    {"limits.line", "1KiB", [](const Config& c) { return c.limits.line == 1024; }},
    {"limits.fields", "8", [](const Config& c) { return c.limits.fields == 8; }},
    {"limits.header", "512", [](const Config& c) { return c.limits.header == 512; }},
    {"limits.body", "2MiB", [](const Config& c) { return c.limits.body == 2u << 20; }},
    {"limits.batch", "1", [](const Config& c) { return c.dialects.batch == 1; }},
    {"limits.entities", "0", [](const Config& c) { return c.dialects.entities == 0; }},
    {"limits.connections", "2", [](const Config& c) { return c.limits.connections == 2; }},
    {"limits.pipelined", "3", [](const Config& c) { return c.limits.pipelined == 3; }},
    {"limits.request_time", "100ms",
     [](const Config& c) { return c.limits.request_time == milliseconds(100); }},
    {"limits.idle_time", "1h",
     [](const Config& c) { return c.limits.idle_time == std::chrono::hours(1); }},
    {"limits.drain_time", "0s",
     [](const Config& c) { return c.limits.drain_time == milliseconds(0); }},
};

TEST(Config, EachKeyGoesToItsField) {
  for (const KeyRow& row : kKeys) {
    std::string text = "version: 1\npolicies: [p.cedar]\n";
    // The required keys stand once; a row for one of them replaces it.
    const size_t line = text.find(std::string(row.key) + ":");
    if (line != std::string::npos) text.erase(line, text.find('\n', line) + 1 - line);
    text += Nested(row.key, row.value);
    const auto config = ParseConfig(text, "t.yaml", "/etc/thuja");
    ASSERT_TRUE(config.ok()) << row.key << ": " << config.status();
    EXPECT_TRUE(row.holds(*config)) << row.key << ": " << row.value;
  }
  // A row says something only if its key is what makes it hold.
  const Config defaults = Good("");
  for (const KeyRow& row : kKeys) {
    EXPECT_EQ(row.holds(defaults), std::string(row.key) == "version") << row.key;
  }
}

// ---- The reference.

// The keys of the reference, by its tables: those of the file, and those of a profile.
struct Reference {
  Reference() {
    std::ifstream file(THUJA_SOURCE_DIR "/docs/configuration.md");
    static const std::regex kRow(R"(\| `([a-z_.\[\]]+)`(?:, `[a-z_]+`)* \| .* \| .* \|)");
    std::vector<std::string>* of_section = &of_file;
    for (std::string line; std::getline(file, line);) {
      if (line == "## Enforcement points") of_section = &of_peps;
      if (line == "## Forward-auth profiles") of_section = &of_profiles;
      if (line.starts_with("| profile |")) break;
      std::smatch match;
      if (!std::regex_match(line, match, kRow)) continue;
      of_section->push_back(match[1]);
      // A row may name keys that are of one kind.
      const std::string row = line.substr(0, line.find('|', 1));
      static const std::regex kMore(", `([a-z_]+)`");
      for (std::sregex_iterator more(row.begin(), row.end(), kMore), end; more != end; ++more) {
        of_section->push_back((*more)[1]);
      }
    }
  }

  std::vector<std::string> of_file;
  std::vector<std::string> of_peps;
  std::vector<std::string> of_profiles;
};

TEST(ConfigReference, HasItsTables) {
  const Reference reference;
  EXPECT_GT(reference.of_file.size(), 35u);
  EXPECT_GT(reference.of_profiles.size(), 10u);
}

// A value that no key takes: what is told then is about the value.
TEST(ConfigReference, EachOfItsKeysIsKnownToTheReader) {
  for (const std::string& key : Reference().of_file) {
    const std::string errors = ErrorsOf(Nested(key, "[[]]"));
    EXPECT_EQ(errors.find("has no key"), std::string::npos) << key << ": " << errors;
    // Only what was left out is missing, so that the value has an error of its own.
    const bool required = key == "version" || key == "policies";
    const size_t lines = static_cast<size_t>(std::ranges::count(errors, '\n')) + 1;
    EXPECT_EQ(lines, required ? 2u : 3u) << key << ": " << errors;
  }
}

// The keys that the reader names when it is given one that it does not know.
std::set<std::string> KnownKeys(const std::string& yaml) {
  const std::string errors = Errors(yaml);
  const size_t begin = errors.find("its keys are ");
  EXPECT_NE(begin, std::string::npos) << yaml << errors;
  std::set<std::string> keys;
  static const std::regex kQuoted("`([^`]*)`");
  const std::string list = errors.substr(begin, errors.find('\n', begin) - begin);
  for (std::sregex_iterator match(list.begin(), list.end(), kQuoted), end; match != end; ++match) {
    keys.insert((*match)[1]);
  }
  return keys;
}

TEST(ConfigReference, EachKeyOfTheReaderStandsInIt) {
  std::map<std::string, std::set<std::string>> documented;  // map -> its keys; `` is the file
  for (const std::string& key : Reference().of_file) {
    const size_t dot = key.find('.');
    documented[""].insert(key.substr(0, dot));
    if (dot != std::string::npos) documented[key.substr(0, dot)].insert(key.substr(dot + 1));
  }
  for (const auto& [map, keys] : documented) {
    EXPECT_EQ(KnownKeys(Nested(map.empty() ? "absurd" : map + ".absurd", "1")), keys) << map;
  }
}

TEST(ConfigReference, HasTheKeysOfProfilesAndRoutes) {
  std::set<std::string> profile;
  std::set<std::string> principal;
  std::set<std::string> route;
  for (const std::string& key : Reference().of_profiles) {
    if (key.starts_with("principal.")) principal.insert(key.substr(10));
    if (key.starts_with("routes[].")) {
      route.insert(key.substr(9));
    } else {
      profile.insert(key.substr(0, key.find('.')));
    }
  }
  EXPECT_EQ(KnownKeys("forward_auth: [{absurd: 1}]"), profile);
  EXPECT_EQ(KnownKeys("forward_auth: [{principal: {absurd: 1}}]"), principal);
  EXPECT_EQ(KnownKeys("forward_auth: [{routes: [{absurd: 1}]}]"), route);
  EXPECT_EQ(KnownKeys("forward_auth: [{routes: [{resource: {absurd: 1}}]}]"),
            (std::set<std::string>{"type", "id"}));
}

TEST(ConfigReference, HasTheKeysOfEnforcementPoints) {
  const std::vector<std::string> keys = Reference().of_peps;
  EXPECT_EQ(KnownKeys("peps: [{absurd: 1}]"), std::set<std::string>(keys.begin(), keys.end()));
}

TEST(ConfigReference, ItsTestKnowsEachKey) {
  std::set<std::string> tested = {
      "admin.token_file",   // TokenFile
      "admin.credentials",  // admin_config_test.cc
      "guard",
      "store",
      "peps",
      "exempt",
      "grants.most",
      "grants.scope_bytes",
      "grants.remember"  // guard_config_test.cc
  };
  for (const KeyRow& row : kKeys) tested.insert(row.key);
  for (const std::string& key : Reference().of_file) EXPECT_EQ(tested.count(key), 1u) << key;
}

// ---- What is refused.

TEST(Config, RefusesValuesOfAnotherKindOrBeyondTheirRange) {
  const std::pair<const char*, std::vector<const char*>> kRows[] = {
      {"entities", {"[]", "[e.json]", "{a: b}", "''", "~"}},
      {"links", {"[]", "''"}},
      {"ids", {"index", "Position", "''", "[position]", "1"}},
      {"listen",
       {"8180", "example.com:80", "[]", "''", "{a: b}", "[127.0.0.1]", "'127.0.0.1:70000'",
        "['127.0.0.1:1', x]", "'unix:'"}},
      {"threads", {"-1", "257", "1.5", "one", "''", "[1]", "1s", "0x1", "+1", "1 1"}},
      {"admin", {"x", "[]", "[{listen: '127.0.0.1:1'}]"}},
      {"admin.listen", {"x", "[]", "['127.0.0.1:1']"}},
      {"admin.hosts", {"x", "[[x]]", "['']", "{a: b}"}},
      {"trust.peers", {"unix", "[x]", "['']", "[10.0.0.0/33]", "[[unix]]", "[Unix]", "{a: b}"}},
      {"trust.request_entities", {"all", "''", "[add]"}},
      {"forbid_error", {"allow", "Deny", "''"}},
      {"answers.details", {"always", "true"}},
      {"answers.explanations", {"always", "true"}},
      {"authzen.base_url", {"''", "[]"}},
      {"authzen.action_type", {"''", "1a", "a b", "A::", "[]", "a-b", "'A::\"x\"'"}},
      {"forward_auth", {"{}", "x", "[x]", "[[]]", "[{}]"}},
      {"decisions.file", {"''", "[]"}},
      {"decisions.queue",
       {"1", "4095", "2048MiB", "4GiB", "4 MiB", "4mib", "4.5MiB", "-4MiB", "MiB"}},
      {"decisions.context", {"all", "true"}},
      {"decisions.mask", {"x", "[[x]]", "['']"}},
      {"log.level", {"trace", "INFO", "''"}},
      {"log.format", {"xml"}},
      {"log.access", {"some"}},
      {"reload.watch", {"1", "yes", "True", "''"}},
      {"reload.interval", {"1", "0ms", "-1s", "1d", "25h", "1.5s", "1 s", "s", "1S", "''"}},
      {"reload.settle", {"0s", "200", "99999999999999999999s"}},
      {"limits.line", {"255", "2MiB", "1KB", "1k", "''"}},
      {"limits.fields", {"7", "10001", "8KiB"}},
      {"limits.header", {"511", "17MiB"}},
      {"limits.body", {"255", "257MiB", "18446744073709551615", "99999999999999999999"}},
      {"limits.batch", {"0", "100001"}},
      {"limits.entities", {"-1", "100001"}},
      {"limits.connections", {"0", "1000001"}},
      {"limits.pipelined", {"0", "10001"}},
      {"limits.request_time", {"99ms", "0s", "10"}},
      {"limits.idle_time", {"99ms", "25h"}},
      {"limits.drain_time", {"0", "25h", "1441m"}},
      {"version", {"2", "0", "1.0", "[1]"}},
      {"policies", {"p.cedar", "[[p]]", "['']", "{a: b}", "~"}},
  };
  for (const auto& [key, values] : kRows) {
    for (const char* value : values) {
      const std::string name = key;
      std::string text = Nested(name, value) + "\n";
      if (name != "version") text += "version: 1\n";
      if (name != "policies") text += "policies: [p]\n";
      const std::string errors = ErrorsOf(text);
      EXPECT_TRUE(errors.starts_with("t.yaml:1:")) << text << errors;
      // It is the value that is wrong, and nothing else.
      EXPECT_TRUE(name == "forward_auth" || errors.find("is missing") == std::string::npos)
          << text << errors;
    }
  }
}

TEST(Config, TheBoundsOfARangeBelongToIt) {
  for (const char* yaml :
       {"threads: 0", "limits: {line: 256}", "limits: {line: 1MiB}", "limits: {fields: 10000}",
        "limits: {header: 16MiB}", "limits: {body: 256}", "limits: {body: 256MiB}",
        "limits: {body: 268435456B}", "limits: {batch: 100000}", "limits: {entities: 100000}",
        "limits: {connections: 1000000}", "limits: {pipelined: 10000}",
        "limits: {request_time: 24h}", "limits: {idle_time: 1440m}", "decisions: {queue: 4KiB}",
        "decisions: {queue: 1024MiB}", "reload: {interval: 1ms}"}) {
    EXPECT_EQ(Errors(yaml), "");
  }
}

TEST(Config, AKeyThatNobodyKnowsIsAnErrorWithItsPlace) {
  EXPECT_TRUE(Errors("polices: [x]")
                  .starts_with("t.yaml:3:1: the configuration has no key `polices`; its keys are "
                               "`version`, `policies`, "))
      << Errors("polices: [x]");
  EXPECT_TRUE(Errors("limits:\n  bdy: 1MiB\n")
                  .starts_with("t.yaml:4:3: `limits` has no key `bdy`; its keys are `line`, "));
  for (const char* key : {"Limits", "version ", "limits.body", "", "admin.listen"}) {
    const std::string yaml = "\"" + std::string(key) + "\": 1";
    EXPECT_NE(Errors(yaml).find("has no key `" + std::string(key) + "`"), std::string::npos)
        << Errors(yaml);
  }
}

TEST(Config, AKeyThatStandsTwiceIsAnError) {
  EXPECT_EQ(Errors("threads: 1\nthreads: 1\n"), "t.yaml:4:1: the key `threads` stands twice");
  EXPECT_EQ(Errors("log: {level: info, level: warn}"), "t.yaml:3:20: the key `level` stands twice");
  EXPECT_EQ(Errors("version: 1"), "t.yaml:3:1: the key `version` stands twice");
}

TEST(Config, AKeyWithoutAValueIsAnErrorAtTheKey) {
  for (const char* yaml : {"listen:\nthreads: 1", "listen: ~", "limits:", "forward_auth:"}) {
    EXPECT_TRUE(Errors(yaml).starts_with("t.yaml:3:1: the key `")) << yaml << Errors(yaml);
  }
}

TEST(Config, VersionAndPoliciesAreRequired) {
  EXPECT_EQ(ErrorsOf("policies: [p]"), "t.yaml:1:1: the key `version` is missing");
  EXPECT_EQ(ErrorsOf("version: 1"), "t.yaml:1:1: the key `policies` is missing");
  EXPECT_EQ(ErrorsOf("threads: 1"),
            "t.yaml:1:1: the key `version` is missing\nt.yaml:1:1: the key `policies` is missing");
}

TEST(Config, WhatIsNoMapIsNoConfiguration) {
  for (const char* text : {"", "\n", "# nothing\n", "x", "[]", "- version: 1", "~", "1",
                           "version: 1\npolicies: [p]\n---\nversion: 1\n", "{", "a: b: c", "a: [",
                           "\tversion: 1", "a: 'x", "*a", "{version: 1, policies: [p]} x"}) {
    EXPECT_TRUE(ErrorsOf(text).starts_with("t.yaml:")) << text << ErrorsOf(text);
  }
}

TEST(Config, ReportsEveryErrorWithItsPlace) {
  EXPECT_EQ(ErrorsOf("version: 3\n"
                     "threads: many\n"
                     "log:\n"
                     "  level: loud\n"
                     "limits:\n"
                     "  body: 1GiB\n"
                     "trust: {peers: [x, unix, y]}\n"),
            "t.yaml:1:10: expected `1`\n"
            "t.yaml:2:10: expected a number from 0 to 192\n"
            "t.yaml:4:10: expected `debug`, `error`, `info`, `warn`\n"
            "t.yaml:6:9: expected bytes, such as `16KiB`, from 256 to 268435456\n"
            "t.yaml:7:17: expected `unix`, an IP address or `ADDRESS/BITS`\n"
            "t.yaml:7:26: expected `unix`, an IP address or `ADDRESS/BITS`\n"
            "t.yaml:1:1: the key `policies` is missing");
}

TEST(Config, PathsAreRelativeToTheFile) {
  const testing::TemporaryFolder folder;
  const std::string root = folder.path().string();
  testing::WriteFile(root + "/thuja.yaml",
                     "version: 1\n"
                     "policies: [a.cedar, ./b/, ../c, /abs/d]\n"
                     "entities: data/e.json\n"
                     "listen: ['unix:run/x.sock', '127.0.0.1:1']\n"
                     "decisions: {file: log/d}\n");
  const auto config = ReadConfig(root + "/thuja.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->bundle.policies,
            (std::vector<std::string>{root + "/a.cedar", root + "/b/",
                                      folder.path().parent_path().string() + "/c", "/abs/d"}));
  EXPECT_EQ(config->bundle.entities, root + "/data/e.json");
  ASSERT_EQ(config->listen.size(), 2u);
  EXPECT_EQ(config->listen[0].unix_path, root + "/run/x.sock");
  EXPECT_EQ(config->decisions.file, root + "/log/d");
}

TEST(Config, AFileThatCannotBeReadIsNamed) {
  const auto config = ReadConfig("/nowhere/thuja.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(std::string(config.status().message()), "/nowhere/thuja.yaml: the file cannot be read");
}

// The socket is bound under its whole path; one that is cut would be another socket.
TEST(Config, AUnixPathIsNotTooLongInItsFolder) {
  const std::string folder = "/" + std::string(100, 'f');
  const auto config =
      ParseConfig(std::string(kBase) + "listen: unix:thuja.sock\n", "t.yaml", folder);
  ASSERT_FALSE(config.ok()) << config->listen[0].ToString();
  EXPECT_TRUE(std::string(config.status().message()).starts_with("t.yaml:3:9: "))
      << config.status();
}

TEST(Config, ListensOnOneAddressOrMany) {
  EXPECT_EQ(Good("listen: '[::1]:80'").listen[0].ToString(), "[::1]:80");
  const Config config = Good("listen: ['127.0.0.1:1', '10.0.0.1:2', 'unix:/x']");
  ASSERT_EQ(config.listen.size(), 3u);
  EXPECT_EQ(config.listen[1].ToString(), "10.0.0.1:2");
  EXPECT_EQ(config.listen[2].ToString(), "unix:/x");
}

TEST(Config, TheAdminListenerIsLocal) {
  for (const char* address :
       {"0.0.0.0:8181", "10.0.0.1:8181", "'[::]:8181'", "'[2001:db8::1]:1'"}) {
    const std::string yaml = "admin: {listen: " + std::string(address) + "}";
    EXPECT_EQ(Errors(yaml),
              "t.yaml: the admin listener must be on a loopback address or a Unix socket")
        << yaml;
  }
  for (const char* address :
       {"127.0.0.1:1", "127.1.2.3:1", "'[::1]:1'", "'unix:/x'", "localhost:1"}) {
    EXPECT_EQ(Errors("admin: {listen: " + std::string(address) + "}"), "");
  }
}

TEST(Config, TheAdminListenerHasAnAddressOfItsOwn) {
  for (const char* yaml : {
           "listen: 127.0.0.1:8181",
           "listen: 0.0.0.0:8181",
           "listen: ['127.0.0.1:1', '127.0.0.1:8181']",
           "{listen: 'unix:/x', admin: {listen: 'unix:/x'}}",
           "{listen: 'unix:x', admin: {listen: 'unix:./x'}}",
           "{listen: 'unix:/etc/thuja/x', admin: {listen: 'unix:x'}}",
       }) {
    std::string text = yaml;
    if (text.front() == '{') text = text.substr(1, text.size() - 2);
    const size_t comma = text.find(", admin");
    if (comma != std::string::npos) text.replace(comma, 2, "\n");
    EXPECT_EQ(Errors(text), "t.yaml: the admin listener needs an address of its own") << text;
  }
  // Port 0 is another port each time.
  EXPECT_EQ(Errors("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}"), "");
}

TEST(Config, NoAddressIsListenedOnTwice) {
  for (const char* yaml :
       {"listen: ['127.0.0.1:1', '127.0.0.1:1']", "listen: ['unix:/x', 'unix:/x']",
        "listen: ['unix:x', 'unix:/etc/thuja/x']"}) {
    EXPECT_NE(Errors(yaml), "") << yaml;
  }
  EXPECT_EQ(Errors("listen: ['127.0.0.1:0', '127.0.0.1:0']"), "");
  EXPECT_EQ(Errors("listen: ['127.0.0.1:1', '127.0.0.2:1']"), "");
}

class TokenFile : public ::testing::Test {
 protected:
  // The credential that is read from a file of this text, or what is wrong with it.
  std::string Read(const std::string& text) {
    testing::WriteFile((folder_.path() / "token").string(), text);
    const auto config = ParseConfig(std::string(kBase) + "admin: {token_file: token}", "t.yaml",
                                    folder_.path().string());
    return config.ok() ? "token " + config->admin.token : std::string(config.status().message());
  }

  testing::TemporaryFolder folder_;
};

TEST_F(TokenFile, HoldsACredentialInOneLine) {
  EXPECT_EQ(Read("0123456789abcdef"), "token 0123456789abcdef");
  EXPECT_EQ(Read("0123456789abcdef\n"), "token 0123456789abcdef");
  EXPECT_EQ(Read("0123456789abcdef \r\n"), "token 0123456789abcdef");
  EXPECT_EQ(Read("~!@#$%^&*()_+=-[]{}"), "token ~!@#$%^&*()_+=-[]{}");
}

TEST_F(TokenFile, RefusesWhatIsShortOrNotPrintable) {
  const std::string kRefused =
      "t.yaml:3:21: the file must hold a credential of at least 16 printable characters";
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("0123456789abcde"),
        std::string("0123456789abcde \n"), std::string("\n0123456789abcdef\n"),
        std::string("0123456789 abcdef"), std::string(" 0123456789abcdef"),
        std::string("0123456789abcdef\x7f"), std::string("0123456789abcd\xC3\xA9"),
        std::string("0123456789abcdef\0x", 18), std::string("0123456789\tabcdef")}) {
    EXPECT_EQ(Read(text), kRefused) << text;
  }
}

TEST_F(TokenFile, OneThatIsMissingIsAnError) {
  EXPECT_NE(Errors("admin: {token_file: missing}"), "");
  EXPECT_NE(Errors("admin: {token_file: [x]}"), "");
  EXPECT_NE(Errors("admin: {token_file: .}"), "");
}

}  // namespace
}  // namespace thuja::server
