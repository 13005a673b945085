// SPDX-License-Identifier: Apache-2.0
// Reading of the configuration file, strictly: whoever misspells a limit must not run without it.
//
// Tested by tests/unit/config/config_test.cc and tests/unit/config/forward_auth_config_test.cc.
#include "server/config/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "server/config/key_reader.h"
#include "server/config/yaml_json.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

// Port 0 is another port each time.
bool SameAddress(const ListenAddress& a, const ListenAddress& b) {
  if (a.is_unix() || b.is_unix()) return a.unix_path == b.unix_path;
  return a.host == b.host && a.port == b.port && a.port != 0;
}

// Every key of the reference, and what it fills in.
class ConfigReader : public KeyReader {
 public:
  using KeyReader::KeyReader;

  absl::StatusOr<Config> Read(const YAML::Node& root) {
    ReadMap(root, "the configuration", TopKeys());
    Require(root, "version");
    Require(root, "policies");
    if (errors().empty() && config_.bundle.policies.empty()) {
      Fail(root["policies"].Mark(), "expected at least one file or folder");
    }
    if (!errors().empty()) return Invalid(errors());
    return std::move(config_);
  }

 private:
  Keys TopKeys() {
    Keys keys = OwnKeys();
    for (auto& key : GuardKeys(*this, config_.guard)) keys.push_back(std::move(key));
    return keys;
  }

  Keys OwnKeys() {
    return {
        {"version", OneOf({{"1", [] {}}})},
        {"policies", Strings([this](std::vector<std::string> paths) {
           for (std::string& path : paths) path = InFolder(path);
           config_.bundle.policies = std::move(paths);
         })},
        {"entities",
         Text([this](const std::string& path) { config_.bundle.entities = InFolder(path); })},
        {"links", Text([this](const std::string& path) { config_.bundle.links = InFolder(path); })},
        {"ids", Choice<PolicyIds>(&config_.bundle.ids, {{"position", PolicyIds::kPosition},
                                                        {"annotation", PolicyIds::kAnnotation}})},
        {"listen", [this](const YAML::Node& node) { ReadListen(node); }},
        {"threads", Number(&config_.threads, 0, 192)},
        {"admin", Map("admin", AdminKeys())},
        {"trust", Map("trust", TrustKeys())},
        {"forbid_error",
         Choice<ForbidError>(&config_.decide.forbid_error,
                             {{"deny", ForbidError::kDeny}, {"skip", ForbidError::kSkip}})},
        {"answers",
         Map("answers",
             {{"details", Choice<bool>(&config_.dialects.details_on_request,
                                       {{"on_request", true}, {"never", false}})},
              {"explanations", Choice<bool>(&config_.dialects.explanations_on_request,
                                            {{"on_request", true}, {"never", false}})}})},
        {"authzen", Map("authzen", AuthzenKeys())},
        {"forward_auth", [this](const YAML::Node& node) { ReadProfiles(node); }},
        {"decisions", Map("decisions", DecisionKeys())},
        {"log", Map("log", LogKeys())},
        {"reload", Map("reload", ReloadKeys())},
        {"limits", Map("limits", LimitKeys())},
    };
  }

  Keys AdminKeys() {
    return {
        {"listen", [this](const YAML::Node& node) { ReadAddress(node, &config_.admin.listen); }},
        {"token_file",
         Secret([this](std::string token) { config_.admin.token = std::move(token); })},
        {"credentials", AdminCredentialsKey(*this, config_.admin)},
        {"hosts", Strings([this](std::vector<std::string> hosts) {
           config_.admin.hosts = std::move(hosts);
         })},
    };
  }

  Keys TrustKeys() {
    return {
        {"peers", [this](const YAML::Node& node) { ReadPeers(node); }},
        {"request_entities", Choice<RequestEntities>(&config_.decide.request_entities,
                                                     {{"none", RequestEntities::kNone},
                                                      {"add", RequestEntities::kAdd},
                                                      {"override", RequestEntities::kOverride}})},
    };
  }

  Keys AuthzenKeys() {
    return {
        {"base_url", Text([this](std::string url) {
           while (url.ends_with('/')) url.pop_back();
           config_.dialects.authzen_base_url = std::move(url);
         })},
        {"action_type", TypeName(&config_.dialects.authzen_action_type)},
    };
  }

  Keys DecisionKeys() {
    return {
        {"file", Text([this](const std::string& file) {
           config_.decisions.file = file == "none" ? "" : file == "-" ? "-" : InFolder(file);
         })},
        {"queue", Bytes(&config_.decisions.queue, 4096, size_t{1} << 30)},
        {"context", Choice<bool>(&config_.decisions.context, {{"none", false}, {"masked", true}})},
        {"mask", Strings([this](std::vector<std::string> words) {
           config_.decisions.mask = std::move(words);
         })},
    };
  }

  Keys LogKeys() {
    return {
        {"level", Choice<LogLevel>(&config_.log.level, {{"debug", LogLevel::kDebug},
                                                        {"info", LogLevel::kInfo},
                                                        {"warn", LogLevel::kWarn},
                                                        {"error", LogLevel::kError}})},
        {"format", Choice<LogFormat>(&config_.log.format,
                                     {{"text", LogFormat::kText}, {"json", LogFormat::kJson}})},
        {"access", Choice<AccessLog>(&config_.log.access, {{"none", AccessLog::kNone},
                                                           {"errors", AccessLog::kErrors},
                                                           {"all", AccessLog::kAll}})},
    };
  }

  Keys ReloadKeys() {
    return {
        {"watch", Choice<bool>(&config_.reload.watch, {{"true", true}, {"false", false}})},
        {"interval", Duration(&config_.reload.interval, 1)},
        {"settle", Duration(&config_.reload.settle, 1)},
    };
  }

  Keys LimitKeys() {
    Limits& limits = config_.limits;
    return {
        {"line", Bytes(&limits.line, 256, size_t{1} << 20)},
        {"fields", Number(&limits.fields, 8, 10'000)},
        {"header", Bytes(&limits.header, 512, size_t{16} << 20)},
        {"body", Bytes(&limits.body, 256, size_t{256} << 20)},
        {"batch", Number(&config_.dialects.batch, 1, 100'000)},
        {"entities", Number(&config_.dialects.entities, 0, 100'000)},
        {"connections", Number(&limits.connections, 1, 1'000'000)},
        {"pipelined", Number(&limits.pipelined, 1, 10'000)},
        {"request_time", Duration(&limits.request_time, 100)},
        {"idle_time", Duration(&limits.idle_time, 100)},
        {"drain_time", Duration(&limits.drain_time, 0)},
    };
  }

  void ReadAddress(const YAML::Node& node, ListenAddress* out) {
    const auto address =
        node.IsScalar() ? ParseListenAddress(node.Scalar()) : std::optional<ListenAddress>();
    if (!address)
      return Fail(node.Mark(), "expected `HOST:PORT` with an IP address, or `unix:PATH`");
    *out = *address;
    if (!out->is_unix()) return;
    // Parsed again in its folder, since the kernel's limit is on the whole path.
    const auto whole = ParseListenAddress("unix:" + InFolder(out->unix_path));
    if (!whole) return Fail(node.Mark(), "the path of the socket is too long in its folder");
    *out = *whole;
  }

  void ReadListen(const YAML::Node& node) {
    config_.listen.clear();
    if (!node.IsSequence()) return ReadAddress(node, &config_.listen.emplace_back());
    if (node.size() == 0) return Fail(node.Mark(), "expected at least one address");
    for (const YAML::Node& element : node) ReadAddress(element, &config_.listen.emplace_back());
  }

  void ReadPeers(const YAML::Node& node) {
    config_.trusted_peers.clear();
    if (!node.IsSequence()) return Fail(node.Mark(), "expected a list");
    for (const YAML::Node& element : node) {
      const auto range =
          element.IsScalar() ? ParsePeerRange(element.Scalar()) : std::optional<PeerRange>();
      if (!range) {
        Fail(element.Mark(), "expected `unix`, an IP address or `ADDRESS/BITS`");
        continue;
      }
      config_.trusted_peers.push_back(*range);
    }
  }

  void ReadProfiles(const YAML::Node& node) {
    if (!node.IsSequence()) return Fail(node.Mark(), "expected a list of profiles");
    for (const YAML::Node& element : node) ReadProfile(element);
  }

  void ReadProfile(const YAML::Node& node) {
    ForwardAuthProfile profile;
    const Keys keys = {
        {"path", [&](const YAML::Node& path) { ReadMountPath(path, &profile.path); }},
        {"profile",
         [&](const YAML::Node& name) {
           profile.gateway = name.IsScalar() ? FindGateway(name.Scalar()) : nullptr;
           if (profile.gateway == nullptr) {
             Fail(name.Mark(), "expected `nginx`, `caddy`, `traefik`, `haproxy` or `envoy`");
           }
         }},
        {"principal",
         [&](const YAML::Node& principal) {
           ReadMap(principal, "`principal`",
                   {{"type", TypeName(&profile.principal_type)},
                    {"header", HeaderName([&](const std::string& name) {
                       profile.principal_header = name;
                     })}});
         }},
        {"action_type", TypeName(&profile.action_type)},
        {"resource_type", TypeName(&profile.resource_type)},
        {"routes",
         [&](const YAML::Node& routes) {
           if (!routes.IsSequence()) return Fail(routes.Mark(), "expected a list of routes");
           for (const YAML::Node& route : routes) ReadRoute(route, &profile);
         }},
        {"context_headers",
         [&](const YAML::Node& names) {
           if (!names.IsSequence()) return Fail(names.Mark(), "expected a list of headers");
           for (const YAML::Node& name : names) {
             HeaderName([&](const std::string& text) { profile.context_headers.push_back(text); })(
                 name);
           }
         }},
        {"call_headers", Map("call_headers", CallHeaderKeys(profile))},
        {"reason_header", Choice<bool>(&profile.reason_header, {{"true", true}, {"false", false}})},
    };
    ReadMap(node, "a profile", keys);
    for (const char* key : {"path", "profile", "principal"}) Require(node, key);
    for (ForwardAuthRoute& route : profile.routes) {
      if (route.resource_type.empty()) route.resource_type = profile.resource_type;
    }
    if (node.IsMap() && node["principal"]) {
      for (const char* key : {"type", "header"}) Require(node["principal"], key);
    }
    if (!profile.path.empty()) CheckMountPath(node, profile);
    config_.dialects.forward_auth.push_back(std::move(profile));
  }

  Keys CallHeaderKeys(ForwardAuthProfile& profile) {
    Keys keys;
    for (const char* key : {"task", "step", "tenant", "environment", "deployment"}) {
      keys.emplace_back(key, HeaderName([&profile, key](const std::string& name) {
                          profile.call_headers.emplace_back(key, name);
                        }));
    }
    return keys;
  }

  // Below a prefix everything is a path that a client chose: nothing else may be mounted there, or
  // its answers would let that client's requests pass.
  void CheckMountPath(const YAML::Node& node, const ForwardAuthProfile& profile) {
    const auto holds = [](const ForwardAuthProfile& a, const ForwardAuthProfile& b) {
      return a.gateway != nullptr && a.gateway->from_request() &&
             (b.path.starts_with(a.path + "/") || a.path.ends_with('/'));
    };
    if (profile.gateway != nullptr && profile.gateway->from_request() &&
        profile.path.ends_with('/')) {
      return Fail(node.Mark(), "the path of this profile is a prefix; it must not end with `/`");
    }
    for (const ForwardAuthProfile& other : config_.dialects.forward_auth) {
      if (other.path == profile.path) {
        return Fail(node.Mark(), "another profile is mounted at this path");
      }
      if (holds(other, profile) || holds(profile, other)) {
        return Fail(node.Mark(), "one of two profiles is mounted below the prefix of the other");
      }
    }
  }

  // Profiles must not stand in front of the decision endpoints.
  void ReadMountPath(const YAML::Node& node, std::string* out) {
    const std::string path = node.IsScalar() ? node.Scalar() : "";
    const auto is_part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '/' || c == '.';
    };
    if (!path.starts_with('/') || !std::ranges::all_of(path, is_part)) {
      return Fail(node.Mark(), "expected a path such as `/nginx`");
    }
    for (const std::string_view taken : {"/access", "/v1", "/.well-known"}) {
      if (path == taken || path.starts_with(std::string(taken) + "/")) {
        return Fail(node.Mark(), "this path belongs to the decision endpoints");
      }
    }
    *out = path;
  }

  void ReadRoute(const YAML::Node& node, ForwardAuthProfile* profile) {
    ForwardAuthRoute route;
    std::string resource_id;
    bool has_path = false;
    const Keys keys = {
        {"methods",
         Strings([&](std::vector<std::string> names) { route.methods = std::move(names); })},
        {"path",
         [&](const YAML::Node& path) {
           auto parsed =
               path.IsScalar() ? PathTemplate::Parse(path.Scalar()) : std::optional<PathTemplate>();
           if (!parsed) return Fail(path.Mark(), "expected a template such as `/docs/{name}`");
           route.path = *std::move(parsed);
           has_path = true;
         }},
        {"action", Text([&](std::string action) { route.action = std::move(action); })},
        {"resource",
         [&](const YAML::Node& resource) {
           ReadMap(resource, "`resource`",
                   {{"type", TypeName(&route.resource_type)},
                    {"id", Text([&](std::string id) { route.resource_id = std::move(id); })}});
         }},
    };
    ReadMap(node, "a route", keys);
    Require(node, "path");
    if (has_path && !CheckPattern(route.resource_id, route.path)) {
      Fail(node.Mark(), "the resource's id names a place that the path does not have");
    }
    profile->routes.push_back(std::move(route));
  }

  Config config_ = DefaultConfig();
};

}  // namespace

Config DefaultConfig() {
  Config config;
  config.listen = {*ParseListenAddress("127.0.0.1:8180")};
  config.admin.listen = *ParseListenAddress("127.0.0.1:8181");
  config.trusted_peers = {*ParsePeerRange("unix")};
  config.decide.forbid_error = ForbidError::kDeny;
  return config;
}

absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& name,
                                   const std::string& folder) {
  ConfigReader reader(name, folder);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() != 1) {
      reader.Fail(YAML::Mark::null_mark(), "expected one YAML document");
      return Invalid(reader.errors());
    }
    CheckYaml(documents[0]);
    absl::StatusOr<Config> config = reader.Read(documents[0]);
    if (!config.ok()) return config;
    if (const absl::Status status = CheckConfig(*config); !status.ok()) {
      return Invalid(name + ": " + std::string(status.message()));
    }
    return config;
  } catch (const YamlError& error) {
    return Invalid(name + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) +
                   ": " + error.what());
  } catch (const YAML::Exception& error) {
    reader.Fail(error.mark, error.msg);
    return Invalid(reader.errors());
  }
}

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() && text.empty()) return Invalid(path + ": the file cannot be read");
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return ParseConfig(text, path, folder.empty() ? "." : folder.string());
}

absl::Status CheckConfig(const Config& config) {
  if (!config.admin.listen.is_local()) {
    return Invalid("the admin listener must be on a loopback address or a Unix socket");
  }
  if (const absl::Status status = CheckAdminConfig(config.admin); !status.ok()) return status;
  if (const absl::Status status = CheckGuardConfig(config.guard); !status.ok()) return status;
  // Who may ask for decisions about agents must not be taken for who gives them their grants.
  for (const AdminCredentialConfig& credential : config.admin.AllCredentials()) {
    for (const EnforcementPointConfig& pep : config.guard.peps) {
      if (pep.token != credential.token) continue;
      return Invalid("the enforcement point `" + pep.name + "` and the credential `" +
                     credential.name + "` are one");
    }
  }
  const std::vector<ListenAddress>& listen = config.listen;
  for (size_t i = 0; i < listen.size(); ++i) {
    // Whatever the host: one of them could be all hosts.
    const bool same_port = listen[i].port != 0 && listen[i].port == config.admin.listen.port;
    if (SameAddress(listen[i], config.admin.listen) ||
        (same_port && !listen[i].is_unix() && !config.admin.listen.is_unix())) {
      return Invalid("the admin listener needs an address of its own");
    }
    for (size_t other = 0; other < i; ++other) {
      if (SameAddress(listen[i], listen[other])) {
        return Invalid("`listen` names " + listen[i].ToString() + " twice");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace thuja::server
