// SPDX-License-Identifier: Apache-2.0
// The ways in which the evaluation of a policy can fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thuja::func {

enum class EvalErrorKind : uint8_t {
#define THUJA_EVAL_ERROR(kind, name) kind,
#include "engine/func/eval_errors.def"
#undef THUJA_EVAL_ERROR
};

inline constexpr std::string_view kEvalErrorNames[] = {
#define THUJA_EVAL_ERROR(kind, name) name,
#include "engine/func/eval_errors.def"
#undef THUJA_EVAL_ERROR
};

// The public name of a kind, such as `type_error`.
inline std::string_view EvalErrorName(EvalErrorKind kind) {
  return kEvalErrorNames[static_cast<size_t>(kind)];
}

}  // namespace thuja::func
