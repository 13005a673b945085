// SPDX-License-Identifier: Apache-2.0
// The question that is decided.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/arena.h"
#include "engine/value/entity_store.h"
#include "engine/value/entity_uid.h"
#include "engine/value/value.h"

namespace thuja::value {

// May `principal` do `action` on `resource`? Bound to no snapshot: all of it is text and values, so
// that one request can be asked of several policy sets. Movable. Not thread-safe while it is built.
struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::EmptyRecord();  // a record, in `arena`

  // Entities that came with the request, in `arena`. They add to the store and never replace: see
  // engine/decide/entity_view.h.
  std::vector<Entity> entities;

  // Nanoseconds since 1970-01-01T00:00:00Z. Nothing in the engine reads a clock.
  int64_t now = 0;

  // Makes it one that nothing is known of, and keeps the memory it has.
  void Clear();

  // Owns what `context` and `entities` point to; moving the request leaves it where it is.
  base::Arena arena;
};

inline void Request::Clear() {
  principal.type.clear();
  principal.id.clear();
  action.type.clear();
  action.id.clear();
  resource.type.clear();
  resource.id.clear();
  context = Value::EmptyRecord();
  entities.clear();
  now = 0;
  arena.Reset();
}

}  // namespace thuja::value
