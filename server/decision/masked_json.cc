// SPDX-License-Identifier: Apache-2.0
// Writing of values, keys first looked at.
//
// Tested by tests/unit/decision/masked_json_test.cc.
#include "server/decision/masked_json.h"

#include <algorithm>

#include "engine/json.h"

namespace thuja::server {
namespace {

constexpr std::string_view kRedacted = "\"<redacted>\"";
constexpr std::string_view kMasked = "\"<masked>\"";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), Lower);
  return out;
}

bool IsPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// `decimal("1.5")` as the call that Cedar reads from JSON.
void AppendCall(const std::string& text, std::string* out) {
  const size_t open = text.find('(');
  out->append("{\"__extn\":{\"fn\":\"").append(text, 0, open).append("\",\"arg\":");
  out->append(text, open + 1, text.size() - open - 2).append("}}");
}

}  // namespace

void AppendQuoted(std::string_view text, std::string* out) {
  if (!std::ranges::all_of(text, IsPlain)) {
    *out += QuoteJson(text);
    return;
  }
  out->push_back('"');
  out->append(text);
  out->push_back('"');
}

void AppendQuotedUid(const EntityUidView& uid, std::string* out) {
  const auto is_printable = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::ranges::all_of(uid.id, is_printable)) return AppendQuoted(Print(uid), out);
  out->push_back('"');
  out->append(uid.type).append("::\\\"").append(uid.id).append("\\\"\"");
}

Masker::Masker(const std::vector<std::string>& more)
    : words_{"authorization", "cookie",  "credential", "key",  "passw",
             "secret",        "session", "signature",  "token"} {
  for (const std::string& word : more) words_.push_back(LowerCase(word));
}

bool Masker::IsSecret(std::string_view key) const {
  const std::string lower = LowerCase(key);
  return std::ranges::any_of(
      words_, [&](const std::string& word) { return lower.find(word) != std::string::npos; });
}

void Masker::Append(const Value& value, size_t most, std::string* out) const {
  const size_t begin = out->size();
  if (AppendValue(value, begin + most, out)) return;
  out->resize(begin);
  out->append(kRedacted);
}

bool Masker::AppendValue(const Value& value, size_t end, std::string* out) const {
  using value::Type;
  switch (value.type()) {
    case Type::kBool: out->append(value.AsBool() ? "true" : "false"); break;
    case Type::kLong: out->append(std::to_string(value.AsInteger())); break;
    case Type::kString:
      if (value.AsString().size() > end) return false;
      AppendQuoted(value.AsString(), out);
      break;
    case Type::kEntity: {
      const EntityUidView& uid = value.AsEntity();
      out->append("{\"__entity\":{\"type\":");
      AppendQuoted(uid.type, out);
      out->append(",\"id\":");
      AppendQuoted(uid.id, out);
      out->append("}}");
      break;
    }
    case Type::kSet:
      out->push_back('[');
      for (const Value& element : value.AsSet()) {
        if (&element != value.AsSet().data()) out->push_back(',');
        if (!AppendValue(element, end, out)) return false;
      }
      out->push_back(']');
      break;
    case Type::kRecord:
      out->push_back('{');
      for (const Field& field : value.AsRecord()) {
        if (&field != value.AsRecord().data()) out->push_back(',');
        AppendQuoted(field.key, out);
        out->push_back(':');
        if (IsSecret(field.key)) {
          out->append(kMasked);
        } else if (!AppendValue(field.value, end, out)) {
          return false;
        }
      }
      out->push_back('}');
      break;
    case Type::kDatetime:
      out->append(R"({"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime",)");
      out->append(R"("arg":"1970-01-01"}},{"__extn":{"fn":"duration","arg":")");
      out->append(std::to_string(value.AsInteger())).append("ms\"}}]}}");
      break;
    case Type::kIpaddr:
    case Type::kDecimal:
    case Type::kDuration: AppendCall(Print(value), out); break;
  }
  return out->size() <= end;
}

}  // namespace thuja::server
