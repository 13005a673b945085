// SPDX-License-Identifier: Apache-2.0
// Rendering of grants.
//
// Tested by tests/unit/cli/grant_text_test.cc.
#include "cli/grants/grant_text.h"

#include <span>
#include <string_view>
#include <utility>

#include "cli/grants/scope_text.h"
#include "cli/terminal_text.h"
#include "engine/entities.h"

namespace thuja::cli {
namespace {

std::string Member(const Json& object, std::string_view key) { return PlainText(object.Find(key)); }

std::string HolderText(const Json& grant) {
  const Json* holder = grant.Find("holder");
  if (holder == nullptr || !holder->IsObject()) return PlainText(holder);
  const std::string type = Member(*holder, "type");
  const std::string id = Member(*holder, "id");
  return Print(EntityUidView{type, id});
}

// Whether it authorizes anything now: `yes`, or the reason why it does not.
std::string InForceText(const Json& grant) {
  const Json* in_force = grant.Find("in_force");
  if (in_force != nullptr && in_force->boolean) return "yes";
  const std::string why = Member(grant, "why_not");
  if (in_force == nullptr) return why;
  return why.empty() ? "no" : why;
}

std::string CallsText(const Json& grant) {
  const std::string calls = Member(grant, "calls");
  const std::string left = Member(grant, "calls_left");
  if (calls.empty() && left.empty()) return "no limit";
  if (calls.empty()) return left + " left";
  return left.empty() ? calls : left + " of " + calls + " left";
}

std::string HeartbeatText(const Json& grant) {
  const std::string every = Member(grant, "heartbeat");
  if (every.empty() || every == "0") return "";
  const std::string last = Member(grant, "last_heartbeat");
  return "every " + every + "s" + (last.empty() ? "" : ", last " + last);
}

std::string Joined(std::string first, std::string_view between, const std::string& second) {
  if (!first.empty() && !second.empty()) first += std::string(between) + second;
  return first;
}

// Lines of a name and what stands behind it; what is empty has no line.
class Lines {
 public:
  void Add(const std::string& name, const std::string& value) {
    if (!value.empty()) table_.Add({name, value});
  }
  void AddMember(const std::string& name, const Json& object, std::string_view key) {
    Add(name, Member(object, key));
  }
  std::string ToString() const { return table_.ToString(); }

 private:
  Table table_;
};

// A policy's id, or a list of them.
std::string BecauseText(const Json* because) {
  if (because == nullptr || !because->IsArray()) return PlainText(because);
  std::string out;
  for (const Json& reason : because->elements) {
    out += (out.empty() ? "" : ", ") + PlainText(&reason);
  }
  return out;
}

std::string ReachText(const Json& answer) {
  const Json* tools = answer.Find("tools");
  if (tools == nullptr || tools->elements.empty()) {
    return "No tool that the policies' entities name is within its reach.\n";
  }
  Table table({"WITHIN REACH", "PERMITTED", "BECAUSE"});
  for (const Json& tool : tools->elements) {
    table.Add({Member(tool, "tool"), Member(tool, "permitted"), BecauseText(tool.Find("because"))});
  }
  return table.ToString();
}

}  // namespace

std::string GrantText(const Json& grant) {
  Lines lines;
  lines.AddMember("grant", grant, "id");
  lines.AddMember("state", grant, "state");
  lines.Add("in force", InForceText(grant));
  lines.Add("holder", HolderText(grant));
  lines.AddMember("class", grant, "class");
  lines.AddMember("task", grant, "task");
  lines.AddMember("tenant", grant, "tenant");
  lines.AddMember("workflow", grant, "workflow");
  lines.AddMember("step", grant, "step");
  lines.AddMember("environment", grant, "environment");
  lines.AddMember("deployment", grant, "deployment");
  if (const std::string parent = Member(grant, "parent"); !parent.empty()) {
    lines.Add("parent", Joined(parent, ", depth ", Member(grant, "depth")));
  }
  lines.Add("issued", Joined(Member(grant, "issued"), " by ", Member(grant, "issued_by")));
  lines.AddMember("not before", grant, "not_before");
  lines.AddMember("expires", grant, "expires");
  lines.Add("heartbeat", HeartbeatText(grant));
  lines.Add("ended", Joined(Member(grant, "ended"), ": ", Member(grant, "ended_because")));
  lines.Add("calls", CallsText(grant));
  lines.Add("resources", ResourcesText(grant));
  lines.AddMember("revision", grant, "revision");
  return lines.ToString() + "\n" + ToolsText(grant);
}

std::string GrantLine(const Json& grant) {
  std::string line = Member(grant, "id") + " " + Member(grant, "state");
  if (Member(grant, "ended").empty()) line = Joined(line, ", expires ", Member(grant, "expires"));
  return Visible(line) + "\n";
}

Table GrantTable() {
  return Table({"GRANT", "STATE", "IN FORCE", "HOLDER", "CLASS", "TASK", "EXPIRES", "CALLS"});
}

void AddGrant(const Json& grant, Table& table) {
  table.Add({Member(grant, "id"), Member(grant, "state"), InForceText(grant), HolderText(grant),
             Member(grant, "class"), Member(grant, "task"), Member(grant, "expires"),
             CallsText(grant)});
}

std::string WhatCanText(const Json& answer) {
  const Json* grant = answer.Find("grant");
  if (grant == nullptr) return ReachText(answer);
  Lines lines;
  lines.AddMember("grant", *grant, "id");
  lines.Add("holder", HolderText(*grant));
  lines.Add("in force", InForceText(*grant));
  lines.AddMember("expires", *grant, "expires");
  lines.Add("calls", CallsText(*grant));
  lines.Add("resources", ResourcesText(*grant));
  return lines.ToString() + "\n" + ToolsText(*grant) + "\n" + ReachText(answer);
}

}  // namespace thuja::cli
