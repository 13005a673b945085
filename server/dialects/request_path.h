// SPDX-License-Identifier: Apache-2.0
// The path of a request that a gateway asks about, read so that nobody can read it differently.
//
// Gateways and upstreams disagree about encoded slashes, dot segments, doubled slashes and doubled
// escapes; a decision about one reading must not open the other. So a path that has any of them is
// no path here, instead of being put into order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::server {

struct RequestPath {
  std::vector<std::string> segments;  // decoded; a path that ends with `/` ends with an empty one
  std::string text;                   // `/` and the segments, decoded

  // The path of `raw`, which begins with `/` and holds no query. Nothing if it is not plain.
  static std::optional<RequestPath> Parse(std::string_view raw);
};

// A path with places to fill: `/docs/{name}`, `/files/{path*}`.
class PathTemplate {
 public:
  // The names and texts of a match.
  using Captures = std::vector<std::pair<std::string_view, std::string>>;

  // `{name}` stands for one segment, `{name*}` at the end for one or more. Nothing if the text is
  // no template, or names a place twice.
  static std::optional<PathTemplate> Parse(std::string_view text);

  // Nothing if the path does not fit. No place is filled with nothing.
  std::optional<Captures> Match(const RequestPath& path) const;

  // True if the template has such a place.
  bool Has(std::string_view name) const;

 private:
  struct Part {
    std::string text;  // of a literal, or the name of a place
    bool is_place = false;
    bool takes_rest = false;
  };

  std::vector<Part> parts_;
};

// `pattern` with `{name}` replaced by what was captured. REQUIRES: CheckPattern.
std::string Fill(std::string_view pattern, const PathTemplate::Captures& captures);

// True if every `{name}` of the pattern is a place of the template.
bool CheckPattern(std::string_view pattern, const PathTemplate& path);

}  // namespace thuja::server
