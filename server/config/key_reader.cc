// SPDX-License-Identifier: Apache-2.0
// Kinds of keys.
//
// Tested by tests/unit/config/config_test.cc.
#include "server/config/key_reader.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "engine/entities.h"
#include "server/config/yaml_json.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;

constexpr size_t kShortestSecret = 16;

// A number with a unit, such as `200ms` or `16KiB`, in the smallest unit.
std::optional<uint64_t> ParseQuantity(std::string_view text,
                                      const std::map<std::string_view, uint64_t>& units) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  const auto unit = units.find(std::string_view(end, text.data() + text.size() - end));
  constexpr uint64_t kMost = uint64_t{1} << 40;
  if (unit == units.end() || number > kMost / unit->second) return std::nullopt;
  return number * unit->second;
}

bool IsHeaderName(const std::string& text) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && std::ranges::all_of(text, is_part);
}

// Empty unless the file holds one line of printable characters.
std::string ReadSecretLine(const std::string& path) {
  std::ifstream file(path);
  std::string secret;
  std::getline(file, secret);
  while (secret.ends_with('\r') || secret.ends_with(' ')) secret.pop_back();
  std::string more;
  const bool one_line = !(file >> more);
  const bool printable = std::ranges::all_of(secret, [](char c) { return c > 0x20 && c < 0x7f; });
  return one_line && printable ? secret : "";
}

}  // namespace

void KeyReader::Fail(const YAML::Mark& mark, const std::string& message) {
  const YamlError at(mark, message);
  errors_ += (errors_.empty() ? "" : "\n") + name_ + ":" + std::to_string(at.line) + ":" +
             std::to_string(at.column) + ": " + message;
}

void KeyReader::Require(const YAML::Node& map, const std::string& key) {
  if (!map.IsMap() || map[key]) return;
  Fail(map.Mark(), "the key `" + key + "` is missing");
}

void KeyReader::ReadMap(const YAML::Node& node, const std::string& what, const Keys& keys) {
  if (!node.IsMap()) return Fail(node.Mark(), what + " must be a map of keys");
  for (const auto& member : node) {
    const std::string key = member.first.Scalar();
    const auto found = std::ranges::find(keys, key, &Keys::value_type::first);
    if (found == keys.end()) {
      std::string known;
      for (const auto& [name, read] : keys) known += (known.empty() ? "`" : ", `") + name + "`";
      Fail(member.first.Mark(), what + " has no key `" + key + "`; its keys are " + known);
    } else if (member.second.IsNull()) {
      Fail(member.first.Mark(), "the key `" + key + "` has no value");
    } else {
      found->second(member.second);
    }
  }
}

KeyReader::ReadKey KeyReader::Map(std::string what, Keys keys) {
  return [this, what = std::move(what), keys = std::move(keys)](const YAML::Node& node) {
    ReadMap(node, "`" + what + "`", keys);
  };
}

KeyReader::ReadKey KeyReader::Text(std::function<void(std::string)> use) {
  return [this, use = std::move(use)](const YAML::Node& node) {
    if (!node.IsScalar() || node.Scalar().empty()) return Fail(node.Mark(), "expected a text");
    use(node.Scalar());
  };
}

KeyReader::ReadKey KeyReader::Strings(std::function<void(std::vector<std::string>)> use) {
  return [this, use = std::move(use)](const YAML::Node& node) {
    std::vector<std::string> texts;
    if (!node.IsSequence()) return Fail(node.Mark(), "expected a list");
    for (const YAML::Node& element : node) {
      if (!element.IsScalar() || element.Scalar().empty()) {
        return Fail(element.Mark(), "expected a text");
      }
      texts.push_back(element.Scalar());
    }
    use(std::move(texts));
  };
}

KeyReader::ReadKey KeyReader::List(ReadKey read) {
  return [this, read = std::move(read)](const YAML::Node& node) {
    if (!node.IsSequence()) return Fail(node.Mark(), "expected a list");
    for (const YAML::Node& element : node) read(element);
  };
}

KeyReader::ReadKey KeyReader::OneOf(std::map<std::string, std::function<void()>> choices) {
  return [this, choices = std::move(choices)](const YAML::Node& node) {
    const auto found = node.IsScalar() ? choices.find(node.Scalar()) : choices.end();
    if (found != choices.end()) return found->second();
    std::string known;
    for (const auto& [name, use] : choices) known += (known.empty() ? "`" : ", `") + name + "`";
    Fail(node.Mark(), "expected " + known);
  };
}

KeyReader::ReadKey KeyReader::Quantity(std::map<std::string_view, uint64_t> units, std::string what,
                                       uint64_t least, uint64_t most,
                                       std::function<void(uint64_t)> use) {
  return [=, this](const YAML::Node& node) {
    const auto value = node.IsScalar() ? ParseQuantity(node.Scalar(), units) : std::nullopt;
    if (value && *value >= least && *value <= most) return use(*value);
    Fail(node.Mark(),
         "expected " + what + " from " + std::to_string(least) + " to " + std::to_string(most));
  };
}

KeyReader::ReadKey KeyReader::Number(size_t* out, size_t least, size_t most) {
  return Quantity({{"", 1}}, "a number", least, most, [out](uint64_t value) { *out = value; });
}

KeyReader::ReadKey KeyReader::Bytes(size_t* out, size_t least, size_t most) {
  return Quantity({{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}},
                  "bytes, such as `16KiB`,", least, most, [out](uint64_t value) { *out = value; });
}

KeyReader::ReadKey KeyReader::Duration(milliseconds* out, uint64_t least) {
  constexpr uint64_t kDay = 86'400'000;
  return Quantity({{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}},
                  "a duration, such as `200ms`, in milliseconds", least, kDay,
                  [out](uint64_t value) { *out = milliseconds(value); });
}

KeyReader::ReadKey KeyReader::TypeName(std::string* out) {
  return [this, out](const YAML::Node& node) {
    if (!node.IsScalar() || !IsTypeName(node.Scalar())) {
      return Fail(node.Mark(), "expected the name of an entity type");
    }
    *out = node.Scalar();
  };
}

KeyReader::ReadKey KeyReader::HeaderName(std::function<void(std::string)> use) {
  return [this, use = std::move(use)](const YAML::Node& node) {
    if (!node.IsScalar() || !IsHeaderName(node.Scalar())) {
      return Fail(node.Mark(), "expected the name of a header, without underscores");
    }
    use(node.Scalar());
  };
}

KeyReader::ReadKey KeyReader::Secret(std::function<void(std::string)> use) {
  return [this, use = std::move(use)](const YAML::Node& node) {
    if (!node.IsScalar()) return Fail(node.Mark(), "expected a file");
    std::string secret = ReadSecretLine(InFolder(node.Scalar()));
    if (secret.size() < kShortestSecret) {
      return Fail(node.Mark(), "the file must hold a credential of at least " +
                                   std::to_string(kShortestSecret) + " printable characters");
    }
    use(std::move(secret));
  };
}

std::string KeyReader::InFolder(const std::string& path) const {
  return (std::filesystem::path(folder_) / path).lexically_normal().string();
}

}  // namespace thuja::server
