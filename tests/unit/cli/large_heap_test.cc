// SPDX-License-Identifier: Apache-2.0
// The program's heap, where a process may have only so many addresses.
#include "cli/large_heap.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/run_program.h"

namespace thuja::cli {
namespace {

// The program inherits the limit, which is taken back afterwards.
TEST(LargeHeap, TheProgramRunsWhereAddressesAreLimited) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need terabytes of addresses";
#endif
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit few = before;
  few.rlim_cur = rlim_t{300} << 20;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &few), 0);
  const testing::ProgramResult result = testing::RunThuja({"--help"});
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(result.status, 0) << result.err;
}

}  // namespace
}  // namespace thuja::cli
