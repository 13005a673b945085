// SPDX-License-Identifier: Apache-2.0
// Which requests of an integration test cannot be answered without reading its schema.
//
// A schema changes an answer in two ways: it settles values that the data leaves implicit (a string
// that is an address, an object that is an entity), and it brings action groups that the entities
// file does not have. A request needs its schema if the test's policies can see such groups, or if
// its answer changes once the implicit values are spelled out.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "engine/json.h"

namespace thuja::cli {

// True if the policies test groups of actions that only the schema defines.
bool NeedsActionGroups(std::string_view schema, std::string_view policies, const Json& entities);

// Spells out what a schema would settle. It knows attributes by their names only: where two types
// give one name different types it may be wrong, which can only make a request seem to need its
// schema.
class ImplicitValues {
 public:
  explicit ImplicitValues(std::string_view schema);

  // The value as JSON text, with `{"type", "id"}` as an `__entity` and strings of attributes that
  // the schema gives an extension type as an `__extn`. `json` is no attribute's value itself.
  std::string SpellOut(const Json& json) const;

  // The same for an entities file: uids and parents stay as they are.
  std::string SpellOutEntities(const Json& entities) const;

 private:
  std::string SpellOutAttribute(std::string_view name, const Json& json) const;
  std::string SpellOutMembers(const Json& json) const;

  // Names of attributes by the function that constructs their type.
  std::set<std::pair<std::string, std::string>> attributes_;
};

}  // namespace thuja::cli
