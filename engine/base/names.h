// SPDX-License-Identifier: Apache-2.0
// What may be a name: identifiers, reserved words, and type names joined by `::`.
//
// Identifiers are ASCII. A reserved word cannot be a bare identifier, but as a string key it is
// fine; `__cedar` is reserved for the language itself.
#pragma once

#include <string_view>

namespace thuja::base {

bool IsIdentifierStart(char c);
bool IsIdentifierPart(char c);

// `[_a-zA-Z][_a-zA-Z0-9]*`, reserved or not.
bool IsIdentifier(std::string_view text);

// true false if then else in is like has
bool IsReservedWord(std::string_view text);

inline constexpr std::string_view kCedarNamespace = "__cedar";

// An identifier that may stand in a name or after a dot: neither reserved nor `__cedar`.
bool IsUnreservedIdentifier(std::string_view text);

// Unreserved identifiers joined by `::` without spaces: the only spelling of a type in JSON.
bool IsTypeName(std::string_view text);

// True if the last part of a type name is `Action`, in any namespace.
bool IsActionType(std::string_view type);

}  // namespace thuja::base
