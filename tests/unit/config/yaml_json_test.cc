// SPDX-License-Identifier: Apache-2.0
// YAML that people write, as JSON.
#include "server/config/yaml_json.h"

#include <gtest/gtest.h>

#include <utility>

namespace thuja::server {
namespace {

TEST(YamlToJson, PlainWordsAreBooleansNumbersOrStrings) {
  const std::pair<const char*, const char*> kRows[] = {
      {"true", "true"},
      {"'true'", "\"true\""},
      {"True", "\"True\""},
      {"12", "12"},
      {"-12", "-12"},
      {"'12'", "\"12\""},
      {"012", "\"012\""},
      {"1.5", "1.5"},
      {"1.", "\"1.\""},
      {"1.2.3.4", "\"1.2.3.4\""},
      {"2024-01-01", "\"2024-01-01\""},
      {"~", "null"},
      {"-", "[null]"},
      {"\"a\\nb\"", "\"a\\nb\""},
      {"0x10", "\"0x10\""},
      {"[1, a, {b: c}]", "[1,\"a\",{\"b\":\"c\"}]"},
      {"{1: 2}", "{\"1\":2}"},
      {"9223372036854775808", "9223372036854775808"},
  };
  for (const auto& [yaml, json] : kRows) EXPECT_EQ(YamlToJson(YAML::Load(yaml)), json) << yaml;
}

TEST(MergeYaml, MapsAreMergedAndAllElseIsReplaced) {
  const auto merge = [](const char* base, const char* over) {
    return YamlToJson(MergeYaml(YAML::Load(base), YAML::Load(over)));
  };
  EXPECT_EQ(merge("{a: {b: 1, c: 2}}", "{a: {c: 3}, d: 4}"), R"({"a":{"b":1,"c":3},"d":4})");
  EXPECT_EQ(merge("{a: [1, 2]}", "{a: [3]}"), R"({"a":[3]})");
  EXPECT_EQ(merge("{a: 1}", "{a: {b: 2}}"), R"({"a":{"b":2}})");
  EXPECT_EQ(merge("1", "{a: 1}"), R"({"a":1})");
}

TEST(MergeYaml, AValueOfAnotherKindIsReplacedAsAWhole) {
  const auto merge = [](const char* base, const char* over) {
    return YamlToJson(MergeYaml(YAML::Load(base), YAML::Load(over)));
  };
  const char* entity = "{__entity: {type: T, id: a}}";
  const char* address = "{__extn: {fn: ip, arg: 1.2.3.4}}";
  EXPECT_EQ(merge(address, entity), R"({"__entity":{"type":"T","id":"a"}})");
  EXPECT_EQ(merge(entity, address), R"({"__extn":{"fn":"ip","arg":"1.2.3.4"}})");
  EXPECT_EQ(merge(entity, "{x: 1}"), R"({"x":1})");
  EXPECT_EQ(merge("{x: 1}", entity), R"({"__entity":{"type":"T","id":"a"}})");
  EXPECT_EQ(merge(entity, "{__entity: {id: b}}"), R"({"__entity":{"type":"T","id":"b"}})");
}

TEST(MergeYaml, LeavesItsInputsAlone) {
  const YAML::Node base = YAML::Load("{a: {b: 1}}");
  MergeYaml(base, YAML::Load("{a: {b: 2, c: 3}}"));
  EXPECT_EQ(YamlToJson(base), R"({"a":{"b":1}})");
}

TEST(CheckYaml, RefusesRepeatedKeysAndOddOnes) {
  EXPECT_THROW(CheckYaml(YAML::Load("{a: 1, a: 2}")), YamlError);
  EXPECT_THROW(CheckYaml(YAML::Load("{a: {b: 1, b: 1}}")), YamlError);
  EXPECT_THROW(CheckYaml(YAML::Load("{[1]: 2}")), YamlError);
  EXPECT_THROW(CheckYaml(YAML::Load("{a: &a {b: 1}, c: {<<: *a}}")), YamlError);
  EXPECT_NO_THROW(CheckYaml(YAML::Load("{a: {a: 1}}")));
}

}  // namespace
}  // namespace thuja::server
