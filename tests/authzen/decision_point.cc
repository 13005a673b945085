// SPDX-License-Identifier: Apache-2.0
// Asking, and taking answers apart.
#include "tests/authzen/decision_point.h"

#include "engine/diagnostics.h"

namespace thuja::testing {
namespace {

std::string Join(const std::string& object, const std::string& member) {
  return member.empty() ? object : object.substr(0, object.size() - 1) + "," + member + "}";
}

std::string Properties(const std::string& properties) {
  return properties.empty() ? "" : "\"properties\":" + properties;
}

}  // namespace

std::unique_ptr<ServerProcess> StartCertification(const std::string& yaml) {
  return std::make_unique<ServerProcess>(
      "version: 1\npolicies: [p.cedar]\nentities: e.json\nids: annotation\n"
      "decisions: {file: none}\n" +
          yaml,
      ServerProcess::Files{{"p.cedar", kCertificationPolicies},
                           {"e.json", kCertificationEntities}});
}

std::unique_ptr<ServerProcess> CertificationSuite::server_;

std::string Entity(const std::string& type, const std::string& id, const std::string& more) {
  return Join("{\"type\":" + QuoteJson(type) + ",\"id\":" + QuoteJson(id) + "}", more);
}

std::string User(const std::string& id, const std::string& properties) {
  return Entity("user", id, Properties(properties));
}

std::string Record(const std::string& id, const std::string& properties) {
  return Entity("record", id, Properties(properties));
}

std::string Action(const std::string& name, const std::string& properties) {
  return Join("{\"name\":" + QuoteJson(name) + "}", Properties(properties));
}

std::string Question(const std::string& subject, const std::string& action,
                     const std::string& resource, const std::string& context,
                     const std::string& more) {
  const std::string plain =
      "{\"subject\":" + subject + ",\"action\":" + action + ",\"resource\":" + resource + "}";
  return Join(Join(plain, context.empty() ? "" : "\"context\":" + context), more);
}

std::string Ask(int port, const std::string& body, const std::string& path,
                const std::string& headers) {
  const auto answer = Post(port, path, body, headers);
  if (!answer) return "no answer";
  if (answer->status == 200) return answer->body;
  return std::to_string(answer->status) + " " + answer->body;
}

int StatusOf(int port, const std::string& body, const std::string& path,
             const std::string& headers) {
  const auto answer = Post(port, path, body, headers);
  return answer ? answer->status : 0;
}

Parsed::Parsed(const std::string& text) {
  Diagnostics diagnostics;
  document_ = ReadJson(std::make_shared<const SourceText>("answer", text), diagnostics);
  if (document_) return;
  ADD_FAILURE() << "no JSON: " << text;
  Diagnostics none;
  document_ = ReadJson(std::make_shared<const SourceText>("answer", "{}"), none);
}

const Json* Parsed::At(std::initializer_list<std::string_view> keys) const {
  const Json* at = &root();
  for (const std::string_view key : keys) {
    at = at->Find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string Parsed::TextAt(std::initializer_list<std::string_view> keys) const {
  const Json* at = At(keys);
  return at == nullptr || !at->IsString() ? "-" : std::string(at->text);
}

std::string DecisionAndReason(int port, const std::string& body) {
  const auto answer = Post(port, kEvaluation, body, "Thuja-Details: true\r\n");
  if (!answer || answer->status != 200) {
    return answer ? std::to_string(answer->status) + " " + answer->body : "no answer";
  }
  const Parsed parsed(answer->body);
  const Json* decision = parsed.At({"decision"});
  return (decision == nullptr ? "-" : WriteJson(*decision)) + " " +
         parsed.TextAt({"context", "reason"});
}

}  // namespace thuja::testing
