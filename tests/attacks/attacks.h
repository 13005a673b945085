// SPDX-License-Identifier: Apache-2.0
// The fixture of the catalogue: names of its tests begin with the rows that they show.
#pragma once

#include "tests/support/guarded_world.h"

namespace thuja::testing {

class Attacks : public GuardedWorld {};

}  // namespace thuja::testing
