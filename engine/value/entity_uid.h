// SPDX-License-Identifier: Apache-2.0
// The name of an entity: a type such as `Thuja::Agent` and an id such as `alice`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/words.h"

namespace thuja::value {

// A uid whose texts belong to somebody else. Two uids are equal when type and id are, byte by
// byte; there is no Unicode normalisation in Cedar.
struct EntityUidView {
  std::string_view type;
  std::string_view id;

  // Ids first, because entities that are compared are often of one type.
  friend bool operator==(const EntityUidView& a, const EntityUidView& b) {
    return base::EqualTexts(a.id, b.id) && base::EqualTexts(a.type, b.type);
  }
  friend auto operator<=>(const EntityUidView&, const EntityUidView&) = default;
};

inline uint64_t HashUid(const EntityUidView& uid) {
  return base::HashBytes(uid.id, base::HashBytes(uid.type));
}

// A uid that owns its texts.
struct EntityUid {
  std::string type;  // normalised: identifiers joined by `::`, no spaces
  std::string id;    // any UTF-8

  EntityUidView view() const { return {type, id}; }

  friend bool operator==(const EntityUid&, const EntityUid&) = default;
};

// `Type::"id"` with the id escaped as Cedar's text syntax wants it.
std::string Print(EntityUidView uid);

}  // namespace thuja::value
