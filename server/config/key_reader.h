// SPDX-License-Identifier: Apache-2.0
// Reads the keys of a configuration: each by a function that gets its node, all errors collected
// with their places. A key that is not known, stands twice or has no value is an error.
//
// Tested by tests/unit/config/config_test.cc.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thuja::server {

// What its functions return refers to it.
class KeyReader {
 public:
  using ReadKey = std::function<void(const YAML::Node&)>;
  using Keys = std::vector<std::pair<std::string, ReadKey>>;

  // `name` of the file, for errors; relative paths are relative to `folder`.
  KeyReader(std::string name, std::string folder)
      : name_(std::move(name)), folder_(std::move(folder)) {}

  void Fail(const YAML::Mark& mark, const std::string& message);
  // One a line, as `file:line:column: message`.
  const std::string& errors() const { return errors_; }

  // Reads a map that has no other keys. `what` is how errors call it.
  void ReadMap(const YAML::Node& node, const std::string& what, const Keys& keys);
  // An error if a map lacks a key.
  void Require(const YAML::Node& map, const std::string& key);

  // Kinds of keys.
  ReadKey Map(std::string what, Keys keys);
  ReadKey Text(std::function<void(std::string)> use);
  ReadKey Strings(std::function<void(std::vector<std::string>)> use);
  // A list whose elements are read by `read`.
  ReadKey List(ReadKey read);
  ReadKey OneOf(std::map<std::string, std::function<void()>> choices);
  template <typename T>
  ReadKey Choice(T* out, const std::map<std::string, T>& choices) {
    std::map<std::string, std::function<void()>> uses;
    for (const auto& [name, value] : choices) uses[name] = [out, value = value] { *out = value; };
    return OneOf(std::move(uses));
  }
  ReadKey Number(size_t* out, size_t least, size_t most);
  ReadKey Bytes(size_t* out, size_t least, size_t most);
  // `least` milliseconds, and a day at most.
  ReadKey Duration(std::chrono::milliseconds* out, uint64_t least);
  ReadKey TypeName(std::string* out);
  ReadKey HeaderName(std::function<void(std::string)> use);
  // A file with a credential in one line.
  ReadKey Secret(std::function<void(std::string)> use);

  std::string InFolder(const std::string& path) const;

 private:
  ReadKey Quantity(std::map<std::string_view, uint64_t> units, std::string what, uint64_t least,
                   uint64_t most, std::function<void(uint64_t)> use);

  const std::string name_;
  const std::string folder_;
  std::string errors_;
};

}  // namespace thuja::server
