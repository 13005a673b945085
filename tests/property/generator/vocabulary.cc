// SPDX-License-Identifier: Apache-2.0
// The words themselves.
#include "tests/property/generator/vocabulary.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/func/function.h"

namespace thuja::generator {
namespace {

constexpr std::string_view kAgent = "Thuja::Agent";
constexpr std::string_view kTool = "Thuja::Tool";
constexpr std::string_view kServer = "Thuja::Server";
constexpr std::string_view kTask = "Thuja::Task";
constexpr std::string_view kTeam = "Thuja::Team";
constexpr std::string_view kAction = "Thuja::Action";
constexpr std::string_view kEntityTypes[] = {kAgent, kTool,   kServer,   kTask,
                                             kTeam,  kAction, "Stranger"};

constexpr Uid kStored[] = {
    {kTask, "t1"},       {kTask, "t2"},         {kAgent, "alice"},  {kAgent, "bob"},
    {kAgent, "a \"b\""}, {kAgent, "planner"},   {kTool, "search"},  {kTool, "shell"},
    {kTool, "größe"},    {kServer, "mail"},     {kServer, "files"}, {kTeam, "red"},
    {kTeam, "blue"},     {kTeam, "all"},        {kAction, "read"},  {kAction, "write"},
    {kAction, "call"},   {kAction, "harmless"}, {kAction, "any"},
};
constexpr Uid kGhosts[] = {{kAgent, "ghost"}, {kTool, "ghost"}, {kTeam, "ghost"}, {"Stranger", ""}};
constexpr Uid kVisitors[] = {
    {kAgent, "visitor"}, {kTool, "visitor"}, {kTask, "visitor"}, {kTeam, "visitor"}};
constexpr Uid kActions[] = {{kAction, "read"},     {kAction, "write"}, {kAction, "call"},
                            {kAction, "harmless"}, {kAction, "any"},   {kAction, "unheard"}};
constexpr Uid kAgents[] = {
    {kAgent, "alice"}, {kAgent, "bob"}, {kAgent, "a \"b\""}, {kAgent, "planner"}};
constexpr Uid kTools[] = {{kTool, "search"}, {kTool, "shell"}, {kTool, "größe"}};

constexpr Shape kBool{Type::kBool};
constexpr Shape kLong{Type::kLong};
constexpr Shape kString{Type::kString};
constexpr Shape kEntity{Type::kEntity};

constexpr Field kEntityFields[] = {
    {"enabled", kBool},
    {"in", kBool, kTeam},  // a reserved word: only `["in"]` reaches it
    {"level", kLong},
    {"", kLong, kServer},  // the empty name takes no room wherever names are stored
    {"quota", kLong, kTool},
    {"name", kString},
    {"display name", kString, kTask},
    {"owner", kEntity},
    {"team", kEntity, kServer},
    {"address", {Type::kIpaddr}},
    {"price", {Type::kDecimal}},
    {"created", {Type::kDatetime}},
    {"lifetime", {Type::kDuration}, kAgent},
    {"labels", SetOf(Type::kString)},
    {"ports", SetOf(Type::kLong)},
    {"members", SetOf(Type::kEntity)},
    {"networks", SetOf(Type::kIpaddr)},
    {"groups", SetOf(Type::kSet)},
    {"limits", RecordOf(RecordKind::kLimits)},
};

constexpr Field kTagFields[] = {
    {"zone", kString},           {"tier", kLong},     {"cost center", kString},
    {"approved", kBool},         {"backup", kEntity}, {"scopes", SetOf(Type::kString)},
    {"price", {Type::kDecimal}},
};

constexpr Field kContextFields[] = {
    {"mfa", kBool},
    {"level", kLong},
    {"", kLong},
    {"count", kLong},
    {"tool", kString},
    {"tag", kString},
    {"task", kEntity},
    {"address", {Type::kIpaddr}},
    {"now", {Type::kDatetime}},
    {"age", {Type::kDuration}},
    {"amount", {Type::kDecimal}},
    {"labels", SetOf(Type::kString)},
    {"chain", SetOf(Type::kEntity)},
    {"limits", RecordOf(RecordKind::kLimits)},
};

constexpr Field kLimitsFields[] = {
    {"max", kLong},
    {"open", kBool},
    {"rate", {Type::kDecimal}},
    {"window", RecordOf(RecordKind::kWindow)},
};

constexpr Field kWindowFields[] = {
    {"from", {Type::kDatetime}},
    {"length", {Type::kDuration}},
    {"strict", kBool},
    {"per cent", kLong},
};

constexpr int64_t kNumbers[] = {
    0, 1, 2, 3, 5, -1, -2, 10, 100, INT32_MAX, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1};

constexpr std::string_view kStrings[] = {
    "",        "a",    "ab",       "abc",      "/srv/data/report.txt",   "/srv/data/notes.txt",
    "/srv/",   "a*c",  "zone",     "tier",     "naïve \xf0\x9f\x8c\xb2", "say \"hi\"\\",
    "a\nb\tc", "read", "approved", "eu-west-1"};

constexpr std::string_view kPatterns[] = {"*",
                                          "",
                                          "a*",
                                          "ab*",
                                          "abc",
                                          "*c",
                                          "*bc",
                                          "a*c",
                                          R"(a\*c)",
                                          "**",
                                          "a**c",
                                          "/srv/*",
                                          "/srv/data/*",
                                          "/srv/*/report.txt",
                                          "*.txt",
                                          "*report*",
                                          "*data*notes*",
                                          R"(*\"*)",
                                          R"(a\nb*)",
                                          R"(*\u{1f332})",
                                          R"(a\x2a)"};

constexpr std::string_view kHasPaths[] = {"enabled",
                                          "level",
                                          "quota",
                                          "owner",
                                          "nowhere",
                                          "\"in\"",
                                          "\"display name\"",
                                          "\"cost center\"",
                                          "limits",
                                          "limits.max",
                                          "limits.window",
                                          "limits.window.strict",
                                          "limits.window.nowhere",
                                          "limits.nowhere.max",
                                          "owner.level",
                                          "owner.team.name",
                                          "team.owner.limits.open",
                                          "name.level",
                                          "mfa",
                                          "task.owner"};

// Only the ipaddr, decimal, datetime and duration lists are asked for; see TextsOf.
struct Texts {
  std::span<const std::string_view> good;
  std::span<const std::string_view> bad;
};

constexpr std::string_view kGoodAddresses[] = {"10.0.0.1",
                                               "10.0.0.1/32",
                                               "10.0.0.0/8",
                                               "10.1.2.3/8",
                                               "10.1.0.0/16",
                                               "127.0.0.1",
                                               "127.0.0.0/8",
                                               "224.0.0.1",
                                               "0.0.0.0/0",
                                               "::1",
                                               "::",
                                               "fe80::1/64",
                                               "2001:db8::/32",
                                               "ff02::1",
                                               "1:2:3:4:5:6:7:8",
                                               "192.168.1.255/24"};
constexpr std::string_view kBadAddresses[] = {
    "",      "10.0.0",          "10.0.0.256", "10.0.0.01", "10.0.0.1/33",
    "::1::", "::ffff:10.0.0.1", " 10.0.0.1"};
constexpr std::string_view kGoodDecimals[] = {"0.0",
                                              "-0.5",
                                              "1.0",
                                              "1.00",
                                              "1.2345",
                                              "99.99",
                                              "-1.0",
                                              "922337203685477.5807",
                                              "-922337203685477.5808"};
constexpr std::string_view kBadDecimals[] = {
    "", "1", "1.", ".5", "1.23456", "+1.0", "922337203685477.5808", "1e3"};
constexpr std::string_view kGoodDatetimes[] = {"1970-01-01",
                                               "2024-02-29",
                                               "2024-02-29T12:00:00Z",
                                               "2024-02-29T12:00:00.001Z",
                                               "2024-02-29T14:00:00+0200",
                                               "0000-01-01",
                                               "9999-12-31T23:59:59.999Z",
                                               "1969-12-31T23:59:59Z"};
constexpr std::string_view kBadDatetimes[] = {
    "", "2023-02-29", "2024-02-29T24:00:00Z", "2024-02-29T12:00:00", "2024-2-9", "today"};
constexpr std::string_view kGoodDurations[] = {"0ms",
                                               "1ms",
                                               "1s",
                                               "60s",
                                               "1m",
                                               "1h",
                                               "24h",
                                               "1d",
                                               "-1d",
                                               "1d2h3m4s5ms",
                                               "106751991167d",
                                               "9223372036854775807ms",
                                               "-9223372036854775808ms"};
constexpr std::string_view kBadDurations[] = {
    "", "1", "1x", "1s1m", "- 1s", "106751991168d", "9223372036854775808ms"};

// No default: a new extension type must not compile until it has texts here.
Texts TextsOf(Type type) {
  switch (type) {
    case Type::kIpaddr: return {kGoodAddresses, kBadAddresses};
    case Type::kDecimal: return {kGoodDecimals, kBadDecimals};
    case Type::kDatetime: return {kGoodDatetimes, kBadDatetimes};
    case Type::kDuration: return {kGoodDurations, kBadDurations};
    case Type::kBool:
    case Type::kLong:
    case Type::kString:
    case Type::kEntity:
    case Type::kSet:
    case Type::kRecord: return {};
  }
  return {};
}

constexpr Shape kShapes[] = {
    kBool,
    kLong,
    kString,
    kEntity,
    {Type::kIpaddr},
    {Type::kDecimal},
    {Type::kDatetime},
    {Type::kDuration},
    SetOf(Type::kString),
    SetOf(Type::kLong),
    SetOf(Type::kEntity),
    SetOf(Type::kIpaddr),
    SetOf(Type::kSet),
    RecordOf(RecordKind::kContext),
    RecordOf(RecordKind::kLimits),
    RecordOf(RecordKind::kWindow),
};

}  // namespace

std::span<const Shape> AllShapes() { return kShapes; }
std::span<const Field> EntityFields() { return kEntityFields; }
std::span<const Field> TagFields() { return kTagFields; }

std::span<const Field> FieldsOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kNone: return {};
    case RecordKind::kContext: return kContextFields;
    case RecordKind::kLimits: return kLimitsFields;
    case RecordKind::kWindow: return kWindowFields;
  }
  return {};
}

std::span<const Uid> StoredUids() { return kStored; }
std::span<const Uid> GhostUids() { return kGhosts; }
std::span<const Uid> VisitorUids() { return kVisitors; }
std::span<const Uid> ActionUids() { return kActions; }
std::span<const std::string_view> EntityTypes() { return kEntityTypes; }

Uid PickPrincipal(Random& random) {
  return random.Chance(80) ? random.Pick(kAgents) : PickAny(random);
}

Uid PickResource(Random& random) {
  return random.Chance(80) ? random.Pick(kTools) : PickAny(random);
}

Uid PickAction(Random& random) { return random.Pick(kActions); }

Uid PickAny(Random& random) {
  switch (random.Below(10)) {
    case 0: return random.Pick(kGhosts);
    case 1: return random.Pick(kVisitors);
    default: return random.Pick(kStored);
  }
}

std::span<const int64_t> Numbers() { return kNumbers; }
std::span<const std::string_view> Strings() { return kStrings; }
std::span<const std::string_view> Patterns() { return kPatterns; }
std::span<const std::string_view> HasPaths() { return kHasPaths; }
std::span<const std::string_view> GoodTexts(Type type) { return TextsOf(type).good; }
std::span<const std::string_view> BadTexts(Type type) { return TextsOf(type).bad; }
bool IsExtension(Type type) { return !TextsOf(type).good.empty(); }

std::string_view ConstructorOf(Type type) {
  for (const func::Function& function : func::AllFunctions()) {
    if (function.style == func::CallStyle::kFunction && function.result == type &&
        function.parameters.size() == 1 && function.parameters[0] == Type::kString) {
      return function.name;
    }
  }
  return {};
}

}  // namespace thuja::generator
