// SPDX-License-Identifier: Apache-2.0
// What one argument of a tool call may be.
//
// An argument comes from whoever makes the call, in any type and form. A constraint accepts it if
// it is of the type that the constraint speaks of, and refuses whatever it cannot be sure of: "5"
// is not 5, a set of one is not its element, and a path, host or address that has no canonical form
// (engine/grants/canonical.h) is none.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/value/value.h"

namespace thuja::grants {

// Of a list of values, hosts or ranges.
inline constexpr size_t kMostAlternatives = 1000;
// Of all values of one constraint, with 16 bytes for each and 16 more for each field.
inline constexpr size_t kMostValueBytes = size_t{256} * 1024;
// How deep sets and records may be nested in a value that is asked for.
inline constexpr int kMostValueDepth = 16;
inline constexpr size_t kLongestPathPrefix = 4096;

// Immutable and thread-safe; copies share what is behind them. Accepts takes no memory, but for
// what engine/grants/whole_regex.h says, and time bounded by the sizes of constraint and argument.
class ArgumentConstraint {
 public:
  enum class Kind : uint8_t { kAny, kExact, kOneOf, kRange, kPathPrefix, kHost, kCidr, kRegex };

  // Any value.
  static ArgumentConstraint Any();

  // The value and no other, as `==` has it. An error if it is larger or deeper than the bounds
  // above, or has a text that is longer than kLongestText or no UTF-8.
  static absl::StatusOr<ArgumentConstraint> Exact(const value::Value& value);

  // One of these, which are bools, longs, strings and decimals. Of none it accepts nothing.
  static absl::StatusOr<ArgumentConstraint> OneOf(std::span<const value::Value> values);

  // A long between two longs, or a decimal between two decimals, the bounds included. Either may be
  // left out, and an argument of the other type is not between any.
  static absl::StatusOr<ArgumentConstraint> Range(std::optional<value::Value> minimum,
                                                  std::optional<value::Value> maximum);

  // A string that is a path, this one or below it: `/data/a` takes `/data/a/b` and not `/data/ab`.
  static absl::StatusOr<ArgumentConstraint> PathPrefix(std::string_view path);

  // A string that is a host or a URL of one, whatever its scheme, port and path. Each pattern is a
  // host, or `*.` and a name, for all names that are longer than it by one label or more.
  static absl::StatusOr<ArgumentConstraint> Host(std::span<const std::string> patterns);

  // A string or an ipaddr that is an address, or a range, that lies within one of these ranges;
  // host bits have no part in it. Whatever has a mapped IPv4 address in it is refused
  // (engine/grants/address.h), also if a range has it too.
  static absl::StatusOr<ArgumentConstraint> Cidr(std::span<const std::string> ranges);

  // A string that matches as a whole.
  static absl::StatusOr<ArgumentConstraint> Regex(std::string_view text);

  // Copied only: one that was moved from would still be of a kind, without its parts.
  ArgumentConstraint(const ArgumentConstraint&) = default;
  ArgumentConstraint& operator=(const ArgumentConstraint&) = default;

  bool Accepts(const value::Value& argument) const;

  // Whether every argument that `narrower` accepts is accepted here. Exact within a kind, but for
  // regular expressions, which contain themselves. Of two kinds only values are known to be
  // contained in what accepts them, and everything in Any; the answer for the rest is no.
  bool Contains(const ArgumentConstraint& narrower) const;

  Kind kind() const { return kind_; }

  // What it was made of, without duplicates and in a fixed order; empty for other kinds. Lifetime:
  // this or a copy of it.
  std::span<const value::Value> values() const;      // of Exact, which has one, and OneOf
  std::optional<value::Value> minimum() const;       // of Range
  std::optional<value::Value> maximum() const;       // of Range
  std::span<const std::string> texts() const;        // of PathPrefix, Host and Regex; canonical
  std::span<const value::IpAddress> ranges() const;  // of Cidr

  // Memory held; what copies share is counted by each.
  size_t bytes() const;

  friend bool operator==(const ArgumentConstraint& a, const ArgumentConstraint& b);

 private:
  struct Parts;

  ArgumentConstraint(Kind kind, std::shared_ptr<const Parts> parts)
      : kind_(kind), parts_(std::move(parts)) {}

  bool AcceptsText(std::string_view text) const;
  bool ContainsSameKind(const Parts& narrower) const;

  Kind kind_;
  std::shared_ptr<const Parts> parts_;  // never null
};

}  // namespace thuja::grants
