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

  // The ids first: the types of two uids that are compared are mostly one.
  friend bool operator==(const EntityUidView& a, const EntityUidView& b) {
    return base::EqualTexts(a.id, b.id) && base::EqualTexts(a.type, b.type);
  }
  friend auto operator<=>(const EntityUidView&, const EntityUidView&) = default;
};

// Of the uid with this id and a type of this hash.
inline uint64_t HashUid(uint64_t type_hash, std::string_view id) {
  return base::HashBytes(id, type_hash);
}
inline uint64_t HashUid(const EntityUidView& uid) {
  return HashUid(base::HashBytes(uid.type), uid.id);
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
