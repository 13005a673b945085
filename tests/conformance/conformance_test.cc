// SPDX-License-Identifier: Apache-2.0
// Cedar's published tests and the recorded cases, whole: every answer must be identical, and the
// number of checks must not shrink unnoticed.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/conformance/integration_tests.h"
#include "cli/conformance/recorded_cases.h"
#include "cli/conformance/tally.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::TemporaryFolder;
using testing::Unpack;

TEST(Conformance, AnswersEveryCorpusRequestAsCedarDoes) {
  THUJA_REQUIRE_SHARED(shared);
  const TemporaryFolder folder;
  ASSERT_TRUE(Unpack(*shared / "cedar-conformance" / "corpus-tests.tar.gz", folder.path()));
  cli::Tally tally;
  ASSERT_TRUE(cli::RunIntegrationTests(folder.path(), tally));
  EXPECT_EQ(tally.failed(), 0u) << tally.Report();
  EXPECT_EQ(tally.passed(), 44448u) << tally.Report();
}

TEST(Conformance, AnswersEveryHandWrittenRequestThatNeedsNoSchema) {
  THUJA_REQUIRE_SHARED(shared);
  cli::Tally tally;
  ASSERT_TRUE(cli::RunIntegrationTests(*shared / "cedar-conformance", tally));
  EXPECT_EQ(tally.failed(), 0u) << tally.Report();
  EXPECT_GE(tally.passed(), 49u) << tally.Report();
}

TEST(Conformance, AnswersEveryRecordedCaseAsTheOracleDoes) {
  THUJA_REQUIRE_SHARED(shared);
  const TemporaryFolder folder;
  ASSERT_TRUE(Unpack(*shared / "difftest" / "seed1.jsonl.gz", folder.path()));
  cli::Tally tally;
  ASSERT_TRUE(cli::RunRecordedCases((folder.path() / "seed1.jsonl").string(), tally));
  EXPECT_EQ(tally.failed(), 0u) << tally.Report();
  EXPECT_GE(tally.passed(), 28541u) << tally.Report();
}

}  // namespace
}  // namespace thuja
