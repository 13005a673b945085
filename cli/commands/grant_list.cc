// SPDX-License-Identifier: Apache-2.0
// `thuja grant list`: the pages of one list, shown as one.
//
// Nothing is printed before the last page is here: half a list looks like a whole one.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "cli/grants/grant_commands.h"
#include "cli/grants/grant_flags.h"
#include "cli/grants/grant_text.h"
#include "cli/grants/json_object.h"
#include "cli/grants/scope_text.h"
#include "engine/entities.h"

namespace thuja::cli {
namespace {

// Of one page. A grant may be large, and an answer may not be larger than the client takes.
constexpr size_t kPageSize = 200;

struct ListOptions {
  AdminOptions admin;
  std::string holder;
  std::string agent_class;
  std::string tenant;
  std::string task;
  std::string parent;
  std::string state;
  std::optional<size_t> limit;
};

void AddParameter(std::string_view name, std::string_view value, std::string* query) {
  if (value.empty()) return;
  *query += (query->empty() ? "?" : "&") + std::string(name) + "=" + PercentEncode(value);
}

// The filters, which are the same for all pages.
absl::StatusOr<std::string> FilterQuery(const ListOptions& options) {
  std::string query;
  if (!options.holder.empty()) {
    Diagnostics diagnostics;
    const auto uid =
        ParseEntityUid(std::make_shared<const SourceText>("--holder", options.holder), diagnostics);
    if (!diagnostics.empty()) return absl::InvalidArgumentError(FirstLine(diagnostics));
    AddParameter("holder_type", uid->type, &query);
    // An id may be empty, and both parameters must be there.
    query += "&holder_id=" + PercentEncode(uid->id);
  }
  AddParameter("class", options.agent_class, &query);
  AddParameter("tenant", options.tenant, &query);
  AddParameter("task", options.task, &query);
  if (!options.parent.empty()) {
    const absl::StatusOr<std::string> path = GrantPath(options.parent);
    if (!path.ok()) return path.status();
    AddParameter("parent", options.parent, &query);
  }
  AddParameter("state", options.state, &query);
  return query;
}

// What the pages gave so far, in the form in which it is printed.
class Listing {
 public:
  explicit Listing(OutputFormat format) : format_(format) {}

  // Adds a page. False if it is none.
  bool Add(const AdminAnswer& page) {
    const Json* found = page.json().Find("grants");
    if (found == nullptr || !found->IsArray()) return false;
    if (revision_.empty()) revision_ = PlainText(page.json().Find("revision"));
    for (const Json& grant : found->elements) {
      ++size_;
      if (format_ == OutputFormat::kJson) {
        elements_.push_back(WriteJson(grant));
      } else {
        AddGrant(grant, table_);
      }
    }
    return true;
  }

  size_t size() const { return size_; }

  void Print() const {
    if (format_ == OutputFormat::kJson) {
      JsonObject object;
      object.Set("revision", revision_.empty() ? "null" : revision_);
      object.Set("grants", JsonArray(elements_));
      std::cout << object.ToString() << "\n";
    } else if (size_ == 0) {
      std::cerr << "thuja: no such grants\n";
    } else {
      std::cout << table_.ToString();
    }
  }

 private:
  const OutputFormat format_;
  std::string revision_;
  size_t size_ = 0;
  std::vector<std::string> elements_;
  Table table_ = GrantTable();
};

// Follows the pages to the end or the limit; the exit status.
int ListPages(const ListOptions& options, const std::string& filter, AdminClient& client) {
  Listing listing(options.admin.format);
  std::string page;
  bool more = true;
  while (more && (!options.limit || listing.size() < *options.limit)) {
    std::string query = filter;
    const size_t left = options.limit ? *options.limit - listing.size() : kPageSize;
    AddParameter("limit", std::to_string(std::min(kPageSize, left)), &query);
    AddParameter("page", page, &query);
    const absl::StatusOr<AdminAnswer> answer = client.Get("/v1/grants" + query);
    if (!answer.ok()) return Fail(answer.status());
    if (answer->refused()) return ReportRefusal(*answer);
    if (!listing.Add(*answer)) {
      return Fail(absl::DataLossError("the server's answer has no list of grants"));
    }
    const std::string next = PlainText(answer->json().Find("next"));
    if (!next.empty() && next == page) {
      return Fail(absl::DataLossError("the server's list comes back to the same page"));
    }
    more = !next.empty();
    page = next;
  }
  listing.Print();
  if (more) std::cerr << "thuja: there are more than " << listing.size() << "; see --limit\n";
  return kSuccess;
}

int RunList(const ListOptions& options) {
  const absl::StatusOr<std::string> filter = FilterQuery(options);
  if (!filter.ok()) return Fail(filter.status());
  absl::StatusOr<AdminClient> client = MakeAdminClient(options.admin);
  if (!client.ok()) return Fail(client.status());
  return ListPages(options, *filter, *client);
}

}  // namespace

std::function<int()> DeclareGrantList(CLI::App& app) {
  const auto options = std::make_shared<ListOptions>();
  const auto add = [&app](const char* name, std::string& value, const char* help) {
    app.add_option(name, value, help)->check(NotEmpty());
  };
  add("--holder", options->holder, "Only of this holder, such as Thuja::Agent::\"fix-bot\"");
  add("--class", options->agent_class, "Only of this class of agents");
  add("--tenant", options->tenant, "Only of this tenant");
  add("--task", options->task, "Only of this task");
  add("--parent", options->parent, "Only delegated from the grant with this id");
  add("--state", options->state, "Only in this state, such as active");
  app.add_option("--limit", options->limit, "At most so many (all)")->check(CLI::PositiveNumber);
  AddAdminOptions(app, options->admin);
  return [options] { return RunList(*options); };
}

}  // namespace thuja::cli
