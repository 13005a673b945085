// SPDX-License-Identifier: Apache-2.0
// The program's heap in large pages.
//
// Policies become many small objects: 100,000 of them are 200 MB, which in pages of 4 KB are fifty
// thousand page faults and as many pages for the processor to look up. On a virtual machine that is
// most of the time that it takes to read them; see docs/performance.md. An embedder's heap is its
// own, and stays as it is.
#pragma once

namespace thuja::cli {

// Call it once, first in main. Where the system has no large pages, the C library has another heap,
// or the process may have only so many addresses, nothing happens.
void UseLargePages();

}  // namespace thuja::cli
