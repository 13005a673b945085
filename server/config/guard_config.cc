// SPDX-License-Identifier: Apache-2.0
// Reading and checking what the guard is told.
//
// Tested by tests/unit/config/guard_config_test.cc.
#include "server/config/guard_config.h"

#include <algorithm>

namespace thuja::server {
namespace {

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

void ReadPep(const YAML::Node& node, KeyReader& reader, GuardConfig& config) {
  EnforcementPointConfig pep;
  const auto text = [&](std::string* out) {
    return reader.Text([out](std::string value) { *out = std::move(value); });
  };
  reader.ReadMap(
      node, "an entry of `peps`",
      {{"name", text(&pep.name)},
       {"unix", reader.Choice<bool>(&pep.over_unix, {{"true", true}, {"false", false}})},
       {"token_file", reader.Secret([&](std::string token) { pep.token = std::move(token); })},
       {"principals", reader.List([&](const YAML::Node& type) {
          reader.TypeName (&pep.principals.emplace_back())(type);
        })},
       {"tenant", text(&pep.tenant)},
       {"environment", text(&pep.environment)},
       {"deployment", text(&pep.deployment)}});
  for (const char* key : {"name", "principals"}) reader.Require(node, key);
  config.peps.push_back(std::move(pep));
}

void ReadExemption(const YAML::Node& node, KeyReader& reader, GuardConfig& config) {
  ExemptionConfig exemption;
  reader.ReadMap(
      node, "an entry of `exempt`",
      {{"pep", reader.Text([&](std::string pep) { exemption.pep = std::move(pep); })},
       {"principal", reader.TypeName(&exemption.principal)},
       {"action", reader.Text([&](std::string action) { exemption.action = std::move(action); })}});
  for (const char* key : {"pep", "principal", "action"}) reader.Require(node, key);
  config.exempt.push_back(std::move(exemption));
}

absl::Status CheckPep(const GuardConfig& config, size_t number) {
  const EnforcementPointConfig& pep = config.peps[number];
  if (!pep.over_unix && pep.token.empty()) {
    return Invalid("the enforcement point `" + pep.name + "` needs `unix: true` or a `token_file`");
  }
  if (pep.principals.empty()) {
    return Invalid("the enforcement point `" + pep.name + "` may speak for nobody");
  }
  for (size_t other = 0; other < number; ++other) {
    const EnforcementPointConfig& before = config.peps[other];
    if (before.name == pep.name) {
      return Invalid("two enforcement points are named `" + pep.name + "`");
    }
    if (!pep.token.empty() && before.token == pep.token) {
      return Invalid("`" + before.name + "` and `" + pep.name + "` have one credential");
    }
    if (before.over_unix && pep.over_unix) {
      return Invalid("`" + before.name + "` and `" + pep.name + "` are both on the Unix socket");
    }
  }
  return absl::OkStatus();
}

}  // namespace

KeyReader::Keys GuardKeys(KeyReader& reader, GuardConfig& config) {
  return {
      {"guard", reader.Choice<bool>(&config.agents, {{"off", false}, {"agents", true}})},
      {"store", reader.Text([&reader, &config](const std::string& path) {
         config.store = path == "memory" ? path : reader.InFolder(path);
       })},
      {"peps", reader.List([&](const YAML::Node& node) { ReadPep(node, reader, config); })},
      {"exempt", reader.List([&](const YAML::Node& node) { ReadExemption(node, reader, config); })},
      {"grants", reader.Map("grants", {{"most", reader.Number(&config.most_grants, 1, 16'000'000)},
                                       {"scope_bytes", reader.Number(&config.most_scope_bytes, 1,
                                                                     size_t{1} << 40)},
                                       {"remember", reader.Duration(&config.remember, 1000)}})},
  };
}

absl::Status CheckGuardConfig(const GuardConfig& config) {
  if (config.agents && config.store.empty()) {
    return Invalid("`guard: agents` needs a `store` of grants");
  }
  if (config.agents && config.peps.empty()) {
    return Invalid("`guard: agents` needs at least one enforcement point in `peps`");
  }
  for (size_t i = 0; i < config.peps.size(); ++i) {
    if (const absl::Status status = CheckPep(config, i); !status.ok()) return status;
  }
  for (const ExemptionConfig& exemption : config.exempt) {
    const bool known = std::ranges::any_of(
        config.peps, [&](const auto& pep) { return pep.name == exemption.pep; });
    if (!known) return Invalid("`exempt` names no enforcement point `" + exemption.pep + "`");
  }
  return absl::OkStatus();
}

}  // namespace thuja::server
