// SPDX-License-Identifier: Apache-2.0
// What is random: ids of grants, and task credentials.
//
// A credential is a secret that a holder presents to show which grant it acts under. It is told
// once, to whoever asked for the grant; what is kept is its SHA-256 digest, which is enough to
// recognise it and of no use to who steals it. With 256 random bits nothing is left to guess, so
// that a plain digest does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/grants.h"

namespace thuja::server {

// So that a credential is recognised wherever it should not be: in a log, a repository, a prompt.
inline constexpr std::string_view kCredentialPrefix = "thuja_tc_";

// The prefix and 64 hexadecimal digits. Nothing if the system has no randomness.
std::optional<std::string> MakeCredential();

// Of the whole text, which is what whoever presents it is looked up by.
grants::CredentialDigest DigestOfCredential(std::string_view credential);

// Nothing if the system has no randomness.
std::optional<grants::GrantId> MakeGrantId();

}  // namespace thuja::server
