// SPDX-License-Identifier: Apache-2.0
// Random entities and requests as JSON, in the shapes that generated policies ask about.
#pragma once

#include <string>

#include "tests/property/generator/random.h"
#include "tests/property/generator/vocabulary.h"

namespace thuja::generator {

class DataGenerator {
 public:
  explicit DataGenerator(Random& random) : random_(random) {}

  // Most of StoredUids(), with a hierarchy that has no cycle.
  std::string MakeEntities();

  // One request; some bring entities, and a few of these are refused by the stored ones.
  std::string MakeRequest();

 private:
  std::string MakeEntity(const Uid& uid, const std::string& parents);
  std::string MakeParents(size_t position);
  std::string MakeFields(std::span<const Field> fields, std::string_view type);
  std::string MakeValue(const Shape& shape);
  std::string MakeOverlay();

  Random& random_;
};

}  // namespace thuja::generator
