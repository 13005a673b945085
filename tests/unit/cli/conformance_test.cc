// SPDX-License-Identifier: Apache-2.0
// `thuja conformance` on small material of our own: what passes, differs, and is not run.
#include <gtest/gtest.h>

#include <string>

#include "cli/conformance/schema_need.h"
#include "engine/diagnostics.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

class ConformanceTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    return testing::WriteFile((folder_.path() / name).string(), text);
  }

  // An integration test whose one request expects this decision.
  void WriteTest(const std::string& decision, const std::string& context = "{}",
                 const std::string& schema = "entity U; action go;") {
    Write(
        "m/tests/p.cedar",
        "permit (principal, action, resource) when { !(context has ip) || context.ip.isIpv4() };");
    Write("m/tests/e.json", "[]");
    Write("m/tests/s.cedarschema", schema);
    Write("m/tests/one.json",
          R"({"policies": "tests/p.cedar", "entities": "tests/e.json", "schema":
              "tests/s.cedarschema", "shouldValidate": true, "requests": [{"description": "d",
              "principal": {"type": "U", "id": "a"}, "action": {"type": "Action", "id": "go"},
              "resource": {"type": "U", "id": "b"}, "context": )" +
              context + R"(, "decision": ")" + decision +
              R"(", "reason": ["policy0"], "errors": []}]})");
  }

  ProgramResult Run() { return RunThuja({"conformance", (folder_.path() / "m").string()}); }

  testing::TemporaryFolder folder_;
};

TEST_F(ConformanceTest, EqualAnswersPassAndVerdictsAreNotRunYet) {
  WriteTest("allow");
  const ProgramResult result = Run();
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_EQ(result.out,
            "requests: 1 passed, 0 failed\n"
            "not yet run: 1 (validation verdicts need a schema)\n"
            "1 passed, 0 failed\n");
}

TEST_F(ConformanceTest, ADifferenceIsShownWithBothAnswers) {
  WriteTest("deny");
  const ProgramResult result = Run();
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.out.find("expected deny [policy0] errors [], got allow [policy0] errors []"),
            std::string::npos)
      << result.out;
  EXPECT_TRUE(result.out.ends_with("0 passed, 1 failed\n"));
}

TEST_F(ConformanceTest, ARequestThatOnlyTheSchemaSettlesIsNeverCountedAsPassed) {
  WriteTest(
      "allow", R"({"ip": "10.0.0.1"})",
      "entity U; action go appliesTo { principal: U, resource: U, context: { ip: ipaddr } };");
  const ProgramResult result = Run();
  EXPECT_EQ(result.status, 1) << "nothing was checked";
  EXPECT_NE(result.out.find("not yet run: 1 (requests whose data or action groups only a schema"),
            std::string::npos)
      << result.out;
  EXPECT_TRUE(result.out.ends_with("0 passed, 0 failed\n"));
}

TEST_F(ConformanceTest, RecordedCasesAreCheckedKindByKind) {
  const std::string path = Write(
      "cases.jsonl",
      R"({"id": "1", "policies": {"staticPolicies": "permit (principal, action, resource);", "templates": {"t": "forbid (principal == ?principal, action, resource);"}, "templateLinks": [{"templateId": "t", "newId": "l", "values": {"?principal": {"type": "U", "id": "a"}}}]}, "entities": [], "expectedParse": {"schema": true, "policies": true}, "expectedEntities": {"withSchema": true, "withoutSchema": true}, "useSchema": false, "requests": [{"principal": {"type": "U", "id": "a"}, "action": {"type": "Action", "id": "b"}, "resource": {"type": "U", "id": "c"}, "context": {}, "expected": {"decision": "deny", "reason": ["l"], "errors": []}}], "mutants": [{"what": "policies", "text": "permit", "accepts": false}, {"what": "entities", "text": "[1]", "accepts": true}, {"what": "extension", "fn": "ip", "text": "::1", "accepts": true}, {"what": "schema", "text": "", "accepts": true}]})"
      "\n");
  const ProgramResult result = RunThuja({"conformance", path});
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(result.out.ends_with("5 passed, 1 failed\n")) << result.out;
  EXPECT_NE(result.out.find("damaged entities: 0 passed, 1 failed\n"), std::string::npos);
  EXPECT_NE(result.out.find("not yet run: 2 (schema parse verdicts)\n"), std::string::npos);
}

TEST_F(ConformanceTest, MaterialThatIsNotThereIsStatusOne) {
  EXPECT_EQ(RunThuja({"conformance", "/nowhere"}).status, 1);
  EXPECT_EQ(RunThuja({"conformance", folder_.path().string()}).status, 1);
  EXPECT_EQ(RunThuja({"conformance", Write("bad.jsonl", "{\n")}).status, 1);
}

TEST(ImplicitValues, AreSpelledOutByTheNamesOfTheSchema) {
  Diagnostics diagnostics;
  const auto document =
      ReadJson(std::make_shared<const SourceText>(
                   "t", R"({"ip": "1.1.1.1", "name": "1.1.1.1", "owner": {"type": "U", "id": "a"},
                   "done": {"__extn": {"fn": "ip", "arg": "2.2.2.2"}}})"),
               diagnostics);
  ASSERT_TRUE(document);
  EXPECT_EQ(
      cli::ImplicitValues("entity U = { ip?: ipaddr, name: String };").SpellOut(document->root()),
      R"({"ip":{"__extn":{"fn":"ip","arg":"1.1.1.1"}},"name":"1.1.1.1","owner":)"
      R"({"__entity":{"type":"U","id":"a"}},"done":{"__extn":{"fn":"ip","arg":"2.2.2.2"}}})");
}

}  // namespace
}  // namespace thuja
