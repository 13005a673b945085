// SPDX-License-Identifier: Apache-2.0
// Lists of which there are more pages: each holds a view of the grants, so that all of its pages
// show one moment, however long their reader takes.
//
// A view keeps its storage from forgetting, so there are few. One that nobody asks for is let go
// after a minute, and each after five, however often it is asked for: who reads one page again and
// again would otherwise hold its view for good. Where a list goes on is said by its next page's
// name, which is the list's random id and the last grant that was shown; a page that got lost can
// be asked for again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grants.h"
#include "server/store/grant_backend.h"

namespace thuja::server {

struct HeldListLimits {
  size_t most = 16;
  std::chrono::nanoseconds time = std::chrono::minutes(1);        // without being asked for
  std::chrono::nanoseconds whole_time = std::chrono::minutes(5);  // since it was begun
};

struct HeldList {
  grants::GrantId id;
  std::string caller;  // whose credential it belongs to
  GrantFilter filter;
  uint64_t revision = 0;
  std::mutex mutex;  // of the view, which is for one thread at a time
  std::unique_ptr<GrantBackendView> view;
};

// The name of a page.
struct PageName {
  grants::GrantId list;
  grants::GrantId after;  // the last grant that was shown

  static std::optional<PageName> Parse(std::string_view text);
  std::string ToString() const { return list.ToString() + after.ToString(); }
};

// Thread-safe. `now` is the steady clock's, never less than before.
class HeldLists {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit HeldLists(const HeldListLimits& limits) : limits_(limits) {}

  // Keeps a list, under a random id that is put into it. If there are too many, one goes that
  // nobody asked for the longest, of the caller who has the most. False if the system has no
  // randomness.
  bool Hold(const std::shared_ptr<HeldList>& list, Time now);

  // Null if there is none of this id that is the caller's and whose time is not over.
  std::shared_ptr<HeldList> Find(const grants::GrantId& id, std::string_view caller, Time now);

  void Drop(const grants::GrantId& id);

  // Lets go of those whose time is over.
  void Sweep(Time now);
  void Clear();

  size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<HeldList> list;
    Time begun;
    Time asked;
  };

  // REQUIRES, for both: mutex_ is held.
  void EraseOver(Time now);
  std::vector<Entry>::iterator FindLeastWanted();

  const HeldListLimits limits_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace thuja::server
