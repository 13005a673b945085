// SPDX-License-Identifier: Apache-2.0
// The workloads that benchmarks run on: every decision, reason and error as recorded.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/workload.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

namespace fs = std::filesystem;

TEST(Workloads, EveryFolderIsAnsweredAsRecorded) {
  THUJA_REQUIRE_SHARED(shared);
  size_t folders = 0;
  size_t decisions = 0;
  for (const auto& entry : fs::directory_iterator(*shared / "workloads")) {
    if (!entry.is_directory()) continue;
    const std::unique_ptr<const cli::Workload> workload = cli::LoadWorkload(entry.path().string());
    ASSERT_NE(workload, nullptr) << entry.path();
    EXPECT_EQ(cli::FindWrongAnswer(*workload), "");
    ++folders;
    decisions += workload->requests.size();
  }
  EXPECT_EQ(folders, 23u);
  EXPECT_EQ(decisions, 13000u);
}

// The generator's output is checked against its digests first: with other files, equal decisions
// would prove nothing.
TEST(Workloads, TenThousandGeneratedPoliciesAreAnsweredAsRecorded) {
  THUJA_REQUIRE_SHARED(shared);
  const testing::TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "agents-10000";
  const fs::path answers = *shared / "workloads" / "agents-10000.expected.json";
  const std::string generate = "python3 '" + (*shared / "workloads" / "gen_agents.py").string() +
                               "' 10000 '" + folder.string() + "' >/dev/null";
  ASSERT_EQ(std::system(generate.c_str()), 0);
  const std::string check =
      "python3 -c \"import hashlib, json, sys; d = json.load(open(sys.argv[1]))['sha256']; "
      "sys.exit(any(hashlib.sha256(open(sys.argv[2] + '/' + f, 'rb').read()).hexdigest() != h "
      "for f, h in d.items()))\" '" +
      answers.string() + "' '" + folder.string() + "'";
  ASSERT_EQ(std::system(check.c_str()), 0) << "the generator made other files than recorded";
  const auto workload = cli::LoadWorkload(folder.string(), answers.string());
  ASSERT_NE(workload, nullptr);
  EXPECT_EQ(workload->snapshot->policies().bound().size(), 10000u);
  EXPECT_EQ(cli::FindWrongAnswer(*workload), "");
}

}  // namespace
}  // namespace thuja
