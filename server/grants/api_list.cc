// SPDX-License-Identifier: Apache-2.0
// Lists of grants, page by page. The first page opens a view; if there are more, it is held.
//
// A page looks at a bounded number of grants. There is an index for each filter by itself and none
// for two together, so that a filter which hardly anything passes may be met by nothing for long:
// the page then ends with fewer grants, or none, and says where the list goes on.
//
// Tested by tests/grants_api/list_test.cc.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "server/grants/api_calls.h"
#include "server/grants/grant_api.h"
#include "server/grants/grant_look.h"
#include "server/grants/query.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

using grants::GrantId;

constexpr uint64_t kUsualPage = 100;
constexpr uint64_t kLargestPage = 1000;
// Grants read at once: their scopes may be large, and the page may be full after a few.
constexpr size_t kReadAtOnce = 32;

absl::Status Invalid(const char* text) { return absl::InvalidArgumentError(text); }

struct ListRequest {
  GrantFilter filter;
  size_t limit = kUsualPage;
  std::optional<PageName> page = {};
};

absl::StatusOr<GrantFilter> ReadFilter(const Query& query) {
  GrantFilter filter;
  const auto type = query.Find("holder_type");
  const auto id = query.Find("holder_id");
  if (type.has_value() != id.has_value()) {
    return Invalid("`holder_type` and `holder_id` go together");
  }
  if (type) filter.holder = EntityUid{*type, *id};
  filter.agent_class = query.Find("class");
  filter.tenant = query.Find("tenant");
  filter.task = query.Find("task");
  if (const auto parent = query.Find("parent")) {
    filter.parent = GrantId::Parse(*parent);
    if (!filter.parent) return Invalid("`parent` is no id of a grant");
  }
  if (const auto state = query.Find("state")) {
    filter.state = grants::ParseGrantState(*state);
    if (!filter.state) return Invalid("`state` is no state of a grant");
  }
  return filter;
}

absl::StatusOr<ListRequest> ReadList(const HttpRequest& request) {
  const auto query = Query::Parse(request, {"holder_type", "holder_id", "class", "tenant", "task",
                                            "parent", "state", "limit", "page"});
  if (!query.ok()) return query.status();
  auto filter = ReadFilter(*query);
  if (!filter.ok()) return filter.status();
  const auto limit = query->FindNumber("limit", 1, kLargestPage);
  if (!limit.ok()) return limit.status();
  ListRequest list = {.filter = *std::move(filter), .limit = limit->value_or(kUsualPage)};
  if (const auto page = query->Find("page")) {
    list.page = PageName::Parse(*page);
    if (!list.page) return Invalid("`page` is no page of a list");
  }
  return list;
}

// One page, as the elements of an array.
struct Page {
  std::string elements = {};
  GrantId last = {};
  bool more = false;
};

// REQUIRES: list.mutex is held.
absl::StatusOr<Page> MakePage(const GrantApiSources& sources, HeldList& list, const GrantId& after,
                              size_t limit) {
  GrantLook look(*sources.store, *sources.clock, list.view.get());
  Page page = {.last = after};
  const auto reach = list.view->Reach(list.filter, after, sources.limits.page_rows);
  if (!reach.ok()) return reach.status();
  size_t count = 0;
  for (;;) {
    // One more than the page takes tells whether there is a next one.
    const size_t wanted = std::min(kReadAtOnce, limit - count + 1);
    const auto grants = list.view->List(list.filter, {page.last, *reach}, wanted);
    if (!grants.ok()) return grants.status();
    for (const StoredGrant& stored : *grants) {
      if (count == limit || page.elements.size() >= sources.limits.page_bytes) {
        page.more = true;
        return page;
      }
      if (count++ > 0) page.elements += ',';
      if (const absl::Status status = look.Append(stored, &page.elements); !status.ok()) {
        return status;
      }
      page.last = stored.grant.id;
    }
    if (grants->size() == wanted) continue;
    if (*reach) page.last = **reach;
    page.more = reach->has_value();
    return page;
  }
}

absl::StatusOr<std::shared_ptr<HeldList>> BeginList(GrantApi& api, const std::string& caller,
                                                    const GrantFilter& filter) {
  auto view = api.sources().store->OpenView();
  if (!view.ok()) return view.status();
  const auto header = (*view)->Header();
  if (!header.ok()) return header.status();
  auto list = std::make_shared<HeldList>();
  list->caller = caller;
  list->filter = filter;
  list->revision = header->revision;
  list->view = *std::move(view);
  return list;
}

void AnswerPage(GrantApi& api, const std::shared_ptr<HeldList>& list, const GrantId& after,
                size_t limit, HttpResponse& response) {
  const std::lock_guard lock(list->mutex);
  const auto page = MakePage(api.sources(), *list, after, limit);
  if (!page.ok()) return RefuseUnreadable(page.status(), api, response);
  std::string body =
      "{\"revision\":" + std::to_string(list->revision) + ",\"grants\":[" + page->elements + "]";
  HeldLists& lists = api.lists();
  if (page->more) {
    if (!list->id && !lists.Hold(list, std::chrono::steady_clock::now())) {
      return RefuseUnreadable(absl::InternalError("the system has no randomness"), api, response);
    }
    body += ",\"next\":\"" + PageName{list->id, page->last}.ToString() + "\"";
  } else if (list->id) {
    lists.Drop(list->id);
  }
  response.SetJson(200, body + "}");
}

void AnswerList(GrantApi& api, const std::string& caller, const ListRequest& request,
                HttpResponse& response) {
  if (!request.page) {
    const auto list = BeginList(api, caller, request.filter);
    if (!list.ok()) return RefuseUnreadable(list.status(), api, response);
    return AnswerPage(api, *list, GrantId(), request.limit, response);
  }
  const auto list = api.lists().Find(request.page->list, caller, std::chrono::steady_clock::now());
  if (list == nullptr) {
    return Refuse(410, kGone, "the list of this page is gone; begin it anew", response);
  }
  // The filter may be left out, but not changed on the way.
  if (request.filter != GrantFilter() && request.filter != list->filter) {
    return Refuse(ReasonCode::kMalformedRequest, "the page is of a list with another filter",
                  response);
  }
  AnswerPage(api, list, request.page->after, request.limit, response);
}

}  // namespace

void CallList(const ApiCall& call) {
  auto request = ReadList(call.request);
  if (!request.ok()) return RefuseMalformed(request.status(), call.response);
  AnswerQuestion(call, [request = *std::move(request), caller = call.caller](
                           GrantApi& api, HttpResponse& response) {
    AnswerList(api, caller, request, response);
  });
}

}  // namespace thuja::server
