// SPDX-License-Identifier: Apache-2.0
// Reading of files and folders.
//
// Tested by tests/unit/cli/files_test.cc.
#include "cli/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "server/reload/files_below.h"

namespace thuja::cli {
namespace {

std::shared_ptr<const SourceText> Refuse(const std::string& path, const std::string& why) {
  std::cerr << "thuja: error: " << path << ": " << why << "\n";
  return nullptr;
}

// Reads to the end, but no further than the limit: a pipe has no size to ask for.
bool ReadAll(std::istream& input, std::string* text) {
  char buffer[1 << 16];
  while (input.read(buffer, sizeof(buffer)) || input.gcount() > 0) {
    text->append(buffer, static_cast<size_t>(input.gcount()));
    if (text->size() >= kMaxSourceBytes) return false;
  }
  return true;
}

}  // namespace

std::shared_ptr<const SourceText> ReadSource(const std::string& path) {
  std::string text;
  bool fits = true;
  if (path == "-") {
    fits = ReadAll(std::cin, &text);
    return fits ? std::make_shared<const SourceText>("<stdin>", std::move(text))
                : Refuse(path, "the input is too large");
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Refuse(path, "this is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Refuse(path, std::strerror(errno == 0 ? EIO : errno));
  fits = ReadAll(file, &text);
  if (!fits) return Refuse(path, "the file is too large");
  if (file.bad()) return Refuse(path, "it cannot be read to its end");
  return std::make_shared<const SourceText>(path, std::move(text));
}

std::optional<std::vector<std::shared_ptr<const SourceText>>> ReadPolicySources(
    const std::vector<std::string>& paths) {
  std::vector<std::shared_ptr<const SourceText>> sources;
  for (const std::string& path : paths) {
    std::vector<std::string> files = {path};
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored)) {
      files = server::FilesBelow(path, ".cedar");
      if (files.empty()) {
        Refuse(path, "this folder holds no .cedar file");
        return std::nullopt;
      }
    }
    for (const std::string& file : files) {
      std::shared_ptr<const SourceText> source = ReadSource(file);
      if (source == nullptr) return std::nullopt;
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

}  // namespace thuja::cli
