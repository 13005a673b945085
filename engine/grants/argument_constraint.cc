// SPDX-License-Identifier: Apache-2.0
// Making constraints, asking them about arguments and about each other.
//
// Tested by tests/unit/grants/argument_constraint_test.cc and
// tests/unit/grants/argument_containment_test.cc.
#include "engine/grants/argument_constraint.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/text.h"
#include "engine/grants/address.h"
#include "engine/grants/canonical.h"
#include "engine/grants/whole_regex.h"

namespace thuja::grants {

using value::Field;
using value::IpAddress;
using value::Type;
using value::Value;

// Each kind uses some of it.
struct ArgumentConstraint::Parts {
  std::vector<Value> values;
  std::string letters;  // of the values that are strings, whose arena would be mostly empty
  base::Arena arena;    // of the values that are neither strings nor in themselves
  std::optional<Value> minimum;
  std::optional<Value> maximum;
  std::vector<std::string> texts;
  std::vector<IpAddress> ranges;
  std::optional<WholeRegex> regex;
};

namespace {

constexpr std::string_view kAllBelow = "*.";

absl::Status Bad(std::string_view what, std::string_view text, const char* why) {
  return absl::InvalidArgumentError(absl::StrCat(
      std::string(what), " ", base::QuoteString(text.substr(0, kLongestPathPrefix)), " ", why));
}

absl::Status CheckCount(size_t count) {
  if (count <= kMostAlternatives) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a constraint has more than ", kMostAlternatives, " alternatives"));
}

bool Before(const Value& a, const Value& b) { return Value::Compare(a, b) < 0; }

bool IsScalar(Type type) {
  return type == Type::kBool || type == Type::kLong || type == Type::kString ||
         type == Type::kDecimal;
}

// How large a value is, counted until it is found to be too large.
class Measure {
 public:
  // False once there is anything that cannot be kept.
  bool Add(const Value& value, int depth = 0) {
    if (depth > kMostValueDepth || !AddBytes(sizeof(Value))) return false;
    switch (value.type()) {
      case Type::kString: return AddText(value.AsString());
      case Type::kEntity: return AddText(value.AsEntity().type) && AddText(value.AsEntity().id);
      case Type::kSet:
        return std::ranges::all_of(value.AsSet(),
                                   [&](const Value& inner) { return Add(inner, depth + 1); });
      case Type::kRecord:
        return std::ranges::all_of(value.AsRecord(), [&](const Field& field) {
          return AddBytes(sizeof(Field) - sizeof(Value)) && AddText(field.key) &&
                 Add(field.value, depth + 1);
        });
      default: return true;
    }
  }

 private:
  bool AddBytes(size_t bytes) {
    bytes_ += bytes;
    return bytes_ <= kMostValueBytes;
  }

  bool AddText(std::string_view text) {
    return text.size() <= kLongestText && AddBytes(text.size()) && base::IsValidUtf8(text);
  }

  size_t bytes_ = 0;
};

absl::Status CheckValues(std::span<const Value> values) {
  Measure measure;
  if (std::ranges::all_of(values, [&](const Value& value) { return measure.Add(value); })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "a constraint asks for a value that is too large, too deep, or no UTF-8");
}

bool IsNumber(const Value& value) { return value.Is(Type::kLong) || value.Is(Type::kDecimal); }

// The integers that a range is of; a bound that is left out is the last one there is.
struct Interval {
  int64_t first;
  int64_t last;
};

Interval IntervalOf(const std::optional<Value>& minimum, const std::optional<Value>& maximum) {
  return {minimum ? minimum->AsInteger() : std::numeric_limits<int64_t>::min(),
          maximum ? maximum->AsInteger() : std::numeric_limits<int64_t>::max()};
}

bool IsBelow(std::string_view path, std::string_view prefix) {
  if (prefix == "/") return true;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// The canonical form of a pattern, if it has one.
std::optional<std::string> CanonicalHostPattern(std::string_view pattern) {
  // Below a name that leaves no room for a label there is nothing.
  if (pattern.size() > kLongestHost) return std::nullopt;
  const bool all_below = pattern.starts_with(kAllBelow);
  if (all_below) pattern.remove_prefix(kAllBelow.size());
  const auto host = CanonicalHost(pattern);
  if (!host || (all_below && host->is_address())) return std::nullopt;
  std::string canonical(all_below ? kAllBelow : "");
  canonical += host->text();
  return canonical;
}

// Looks for the host itself and for the patterns of all names that it is below. `host` may be such
// a pattern too, which then is below what it is contained in. REQUIRES: it is canonical, and the
// patterns are in order.
bool AcceptsHost(std::span<const std::string> patterns, std::string_view host) {
  const auto is_there = [patterns](std::string_view pattern) {
    return std::ranges::binary_search(patterns, pattern, std::less<>());
  };
  if (is_there(host)) return true;
  // A star in front of each dot makes a pattern of what follows.
  std::array<char, kLongestHost> letters;
  std::ranges::copy(host, letters.begin());
  for (size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    letters[dot - 1] = '*';
    if (is_there({letters.data() + dot - 1, host.size() - dot + 1})) return true;
  }
  return false;
}

bool AcceptsHostOrUrl(std::span<const std::string> patterns, std::string_view text) {
  if (text.find("://") != std::string_view::npos) {
    const auto url = ParseUrl(text);
    return url && AcceptsHost(patterns, url->host.text());
  }
  const auto host = CanonicalHost(text);
  return host && AcceptsHost(patterns, host->text());
}

bool IsInOneOf(std::span<const IpAddress> ranges, const IpAddress& range) {
  return std::ranges::any_of(ranges,
                             [&range](const IpAddress& outer) { return IsInside(range, outer); });
}

bool AcceptsRange(std::span<const IpAddress> ranges, const IpAddress& range) {
  return !TouchesMapped(range) && IsInOneOf(ranges, range);
}

IpAddress HalfOf(IpAddress range, bool upper) {
  const unsigned bit = 0x80u >> range.prefix % 8;
  uint8_t& byte = range.bytes[range.prefix / 8];
  byte = static_cast<uint8_t>(upper ? byte | bit : byte & ~bit);
  ++range.prefix;
  return range;
}

// Whether `ranges` accept all that `range` accepts. What has no mapped addresses is accepted itself
// and so has to lie in one of them. What has some is not; it is halved until the half that has them
// is nothing else, and the other halves are looked at alone.
bool CoverRange(std::span<const IpAddress> ranges, IpAddress range) {
  while (!IsInside(range, kMappedAddresses)) {
    if (IsInOneOf(ranges, range)) return true;
    if (!TouchesMapped(range)) return false;
    const bool mapped_is_upper = TouchesMapped(HalfOf(range, true));
    if (!IsInOneOf(ranges, HalfOf(range, !mapped_is_upper))) return false;
    range = HalfOf(range, mapped_is_upper);
  }
  return true;
}

bool SameRange(const IpAddress& a, const IpAddress& b) {
  return Value::Ipaddr(&a) == Value::Ipaddr(&b);
}

template <typename Order, typename T>
void SortWithoutDuplicates(std::vector<T>& items, Order before) {
  std::ranges::sort(items, before);
  const auto rest = std::ranges::unique(
      items, [&before](const T& a, const T& b) { return !before(a, b) && !before(b, a); });
  items.erase(rest.begin(), rest.end());
}

}  // namespace

ArgumentConstraint ArgumentConstraint::Any() {
  return {Kind::kAny, std::make_shared<const Parts>()};
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::Exact(const Value& value) {
  if (absl::Status status = CheckValues({&value, 1}); !status.ok()) return status;
  auto parts = std::make_shared<Parts>();
  if (value.Is(Type::kString)) {
    parts->letters = value.AsString();
    parts->values.push_back(Value::String(parts->letters));
  } else {
    parts->values.push_back(value.CopyInto(parts->arena));
  }
  return ArgumentConstraint(Kind::kExact, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::OneOf(std::span<const Value> values) {
  if (absl::Status status = CheckCount(values.size()); !status.ok()) return status;
  if (absl::Status status = CheckValues(values); !status.ok()) return status;
  auto parts = std::make_shared<Parts>();
  size_t letters = 0;
  for (const Value& value : values) {
    if (!IsScalar(value.type())) {
      return absl::InvalidArgumentError(absl::StrCat("a list of values has a value of type `",
                                                     std::string(value::TypeName(value.type())),
                                                     "`"));
    }
    if (value.Is(Type::kString)) letters += value.AsString().size();
  }
  // Values point into it, so it must not grow.
  parts->letters.reserve(letters);
  parts->values.reserve(values.size());
  for (const Value& value : values) {
    if (!value.Is(Type::kString)) {
      parts->values.push_back(value);
      continue;
    }
    const size_t begin = parts->letters.size();
    parts->letters += value.AsString();
    parts->values.push_back(Value::String(std::string_view(parts->letters).substr(begin)));
  }
  SortWithoutDuplicates(parts->values, Before);
  return ArgumentConstraint(Kind::kOneOf, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::Range(std::optional<Value> minimum,
                                                             std::optional<Value> maximum) {
  if (!minimum && !maximum) {
    return absl::InvalidArgumentError("a range has neither a minimum nor a maximum");
  }
  if ((minimum && !IsNumber(*minimum)) || (maximum && !IsNumber(*maximum))) {
    return absl::InvalidArgumentError("a bound of a range is neither a long nor a decimal");
  }
  if (minimum && maximum && minimum->type() != maximum->type()) {
    return absl::InvalidArgumentError("the bounds of a range are of two types");
  }
  const Interval interval = IntervalOf(minimum, maximum);
  if (interval.first > interval.last) {
    return absl::InvalidArgumentError("the minimum of a range is above its maximum");
  }
  auto parts = std::make_shared<Parts>();
  parts->minimum = minimum;
  parts->maximum = maximum;
  return ArgumentConstraint(Kind::kRange, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::PathPrefix(std::string_view path) {
  if (path.size() > kLongestPathPrefix) {
    return absl::InvalidArgumentError(
        absl::StrCat("a path has more than ", kLongestPathPrefix, " bytes"));
  }
  const auto canonical = CanonicalPath(path);
  if (!canonical) return Bad("the path", path, "is not absolute and in canonical form");
  auto parts = std::make_shared<Parts>();
  parts->texts.emplace_back(*canonical);
  return ArgumentConstraint(Kind::kPathPrefix, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::Host(std::span<const std::string> patterns) {
  if (absl::Status status = CheckCount(patterns.size()); !status.ok()) return status;
  auto parts = std::make_shared<Parts>();
  for (const std::string& pattern : patterns) {
    auto canonical = CanonicalHostPattern(pattern);
    if (!canonical) return Bad("the host", pattern, "is neither a host nor `*.` and a name");
    parts->texts.push_back(*std::move(canonical));
  }
  SortWithoutDuplicates(parts->texts, std::less<>());
  return ArgumentConstraint(Kind::kHost, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::Cidr(std::span<const std::string> ranges) {
  if (absl::Status status = CheckCount(ranges.size()); !status.ok()) return status;
  auto parts = std::make_shared<Parts>();
  for (const std::string& text : ranges) {
    const auto range = ParseAddress(text);
    if (!range) return Bad("the range", text, "is no address and no range of addresses");
    if (IsInside(*range, kMappedAddresses)) {
      return Bad("the range", text, "has mapped IPv4 addresses only; write them as IPv4");
    }
    parts->ranges.push_back(*range);
  }
  SortWithoutDuplicates(parts->ranges, [](const IpAddress& a, const IpAddress& b) {
    return Before(Value::Ipaddr(&a), Value::Ipaddr(&b));
  });
  return ArgumentConstraint(Kind::kCidr, std::move(parts));
}

absl::StatusOr<ArgumentConstraint> ArgumentConstraint::Regex(std::string_view text) {
  auto regex = WholeRegex::Parse(text);
  if (!regex.ok()) return regex.status();
  auto parts = std::make_shared<Parts>();
  parts->texts.emplace_back(text);
  parts->regex = *std::move(regex);
  return ArgumentConstraint(Kind::kRegex, std::move(parts));
}

bool ArgumentConstraint::AcceptsText(std::string_view text) const {
  if (text.size() > kLongestText) return false;
  switch (kind_) {
    case Kind::kPathPrefix: {
      const auto path = CanonicalPath(text);
      return path && IsBelow(*path, parts_->texts.front());
    }
    case Kind::kHost: return AcceptsHostOrUrl(parts_->texts, text);
    case Kind::kCidr: {
      const auto range = ParseAddress(text);
      return range && AcceptsRange(parts_->ranges, *range);
    }
    case Kind::kRegex: return parts_->regex->Matches(text);
    default: return false;
  }
}

bool ArgumentConstraint::Accepts(const Value& argument) const {
  switch (kind_) {
    case Kind::kAny: return true;
    case Kind::kExact: return argument == parts_->values.front();
    case Kind::kOneOf: return std::ranges::binary_search(parts_->values, argument, Before);
    case Kind::kRange: {
      const Value& bound = parts_->minimum ? *parts_->minimum : *parts_->maximum;
      const Interval interval = IntervalOf(parts_->minimum, parts_->maximum);
      return argument.type() == bound.type() && argument.AsInteger() >= interval.first &&
             argument.AsInteger() <= interval.last;
    }
    case Kind::kCidr:
      if (argument.Is(Type::kIpaddr)) return AcceptsRange(parts_->ranges, argument.AsIpaddr());
      [[fallthrough]];
    default: return argument.Is(Type::kString) && AcceptsText(argument.AsString());
  }
}

bool ArgumentConstraint::ContainsSameKind(const Parts& narrower) const {
  switch (kind_) {
    case Kind::kRange: {
      const auto type_of = [](const Parts& parts) {
        return (parts.minimum ? parts.minimum : parts.maximum)->type();
      };
      const Interval outer = IntervalOf(parts_->minimum, parts_->maximum);
      const Interval inner = IntervalOf(narrower.minimum, narrower.maximum);
      return type_of(*parts_) == type_of(narrower) && outer.first <= inner.first &&
             inner.last <= outer.last;
    }
    case Kind::kPathPrefix: return IsBelow(narrower.texts.front(), parts_->texts.front());
    case Kind::kHost:
      return std::ranges::all_of(narrower.texts, [this](std::string_view pattern) {
        return AcceptsHost(parts_->texts, pattern);
      });
    case Kind::kCidr:
      return std::ranges::all_of(narrower.ranges, [this](const IpAddress& range) {
        return CoverRange(parts_->ranges, range);
      });
    case Kind::kRegex: return parts_->regex == narrower.regex;
    default: return false;
  }
}

bool ArgumentConstraint::Contains(const ArgumentConstraint& narrower) const {
  if (kind_ == Kind::kAny) return true;
  if (narrower.kind_ == Kind::kExact || narrower.kind_ == Kind::kOneOf) {
    return std::ranges::all_of(narrower.parts_->values,
                               [this](const Value& value) { return Accepts(value); });
  }
  return kind_ == narrower.kind_ && ContainsSameKind(*narrower.parts_);
}

std::span<const Value> ArgumentConstraint::values() const { return parts_->values; }
std::optional<Value> ArgumentConstraint::minimum() const { return parts_->minimum; }
std::optional<Value> ArgumentConstraint::maximum() const { return parts_->maximum; }
std::span<const std::string> ArgumentConstraint::texts() const { return parts_->texts; }
std::span<const IpAddress> ArgumentConstraint::ranges() const { return parts_->ranges; }

size_t ArgumentConstraint::bytes() const {
  size_t bytes = sizeof(*this) + sizeof(*parts_) + parts_->letters.capacity() +
                 parts_->arena.capacity() + parts_->values.capacity() * sizeof(Value) +
                 parts_->ranges.capacity() * sizeof(IpAddress);
  for (const std::string& text : parts_->texts) bytes += sizeof(text) + text.capacity();
  if (parts_->regex) bytes += parts_->regex->bytes();
  return bytes;
}

bool operator==(const ArgumentConstraint& a, const ArgumentConstraint& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.parts_ == b.parts_) return true;
  return a.parts_->values == b.parts_->values && a.parts_->minimum == b.parts_->minimum &&
         a.parts_->maximum == b.parts_->maximum && a.parts_->texts == b.parts_->texts &&
         std::ranges::equal(a.parts_->ranges, b.parts_->ranges, SameRange);
}

}  // namespace thuja::grants
