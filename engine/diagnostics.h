// SPDX-License-Identifier: Apache-2.0
// Texts and what is wrong with them. Everything that reads text takes a SourceText and a
// Diagnostics sink; the function's result is of use only if nothing was added to the sink.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/base/source.h"
#include "engine/base/text.h"

namespace thuja {

using base::DecodeScalar;
using base::Diagnostic;
using base::DiagnosticCode;
using base::DiagnosticKind;
using base::Diagnostics;
using base::IsInvisible;
using base::IsValidUtf8;
using base::kMaxSourceBytes;
using base::LentText;
using base::LineColumn;
using base::Quote;
using base::Render;
using base::SourceText;
using base::Span;

}  // namespace thuja
