// SPDX-License-Identifier: Apache-2.0
// From JSON back to text: trees, single strings, and what messages call a value. json.cc reads.
//
// Tested by tests/unit/value/json_test.cc.
#include "engine/value/json.h"

namespace thuja::value {

std::string_view Describe(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return "a boolean";
    case Json::Kind::kInteger:
    case Json::Kind::kOtherNumber: return "a number";
    case Json::Kind::kString: return "a string";
    case Json::Kind::kArray: return "an array";
    case Json::Kind::kObject: return "an object";
  }
  return "";
}

std::string WriteJson(const Json& json) {
  switch (json.kind) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return json.boolean ? "true" : "false";
    case Json::Kind::kInteger: return std::to_string(json.integer);
    case Json::Kind::kOtherNumber: return std::string(json.text);
    case Json::Kind::kString: return QuoteJson(json.text);
    case Json::Kind::kArray: {
      std::string out;
      for (const Json& element : json.elements) {
        out += (out.empty() ? "" : ",") + WriteJson(element);
      }
      return "[" + out + "]";
    }
    case Json::Kind::kObject: {
      std::string out;
      for (const JsonMember& member : json.members) {
        out += (out.empty() ? "" : ",") + QuoteJson(member.key) + ":" + WriteJson(member.value);
      }
      return "{" + out + "}";
    }
  }
  return "";
}

std::string QuoteJson(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<size_t>(c) >> 4];
          out += kHex[static_cast<size_t>(c) & 0xF];
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace thuja::value
