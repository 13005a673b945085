// SPDX-License-Identifier: Apache-2.0
// Replies as one line of text.
//
// Tested by tests/unit/store/kept_reply_test.cc.
#include "server/store/kept_reply.h"

#include <absl/strings/str_cat.h>

#include <charconv>

namespace thuja::server {
namespace {

using grants::GrantId;

// Takes words off the front of a text; one that is not as it should be fails for good.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::string_view Word() {
    const size_t end = text_.find(' ');
    const std::string_view word = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    return word;
  }

  template <typename Number>
  Number Read() {
    const std::string_view word = Word();
    Number number = 0;
    const auto [stopped, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    ok_ = ok_ && error == std::errc() && stopped == word.data() + word.size();
    return number;
  }

  template <typename Thing>
  Thing Take(const std::optional<Thing>& thing) {
    ok_ = ok_ && thing;
    return thing.value_or(Thing{});
  }

  std::string_view rest() const { return text_; }
  bool ok() const { return ok_; }

 private:
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::string WriteReply(const ReplyContent& content) {
  std::string text = absl::StrCat(content.revision, " ", content.grants, " ", content.unwritten);
  if (!content.grant) return text;
  const grants::Grant& grant = content.grant->grant;
  // The reason is last: it may have spaces.
  absl::StrAppend(&text, " ", grant.id.ToString(), " ", std::string(GrantStateName(grant.state)),
                  " ", grant.revision, " ", grant.last_heartbeat, " ", grant.ended);
  absl::StrAppend(&text, " ", content.grant->calls_given, " ", grant.ended_because);
  return text;
}

absl::StatusOr<ReplyContent> ReadReply(std::string_view text) {
  Words words(text);
  ReplyContent content;
  content.revision = words.Read<uint64_t>();
  content.grants = words.Read<uint64_t>();
  content.unwritten = words.Read<uint64_t>();
  if (!words.rest().empty()) {
    StoredGrant& stored = content.grant.emplace();
    stored.grant.id = words.Take(GrantId::Parse(words.Word()));
    stored.grant.state = words.Take(grants::ParseGrantState(words.Word()));
    stored.grant.revision = words.Read<uint64_t>();
    stored.grant.last_heartbeat = words.Read<int64_t>();
    stored.grant.ended = words.Read<int64_t>();
    stored.calls_given = words.Read<uint64_t>();
    stored.grant.ended_because = words.rest();
  }
  if (!words.ok()) return absl::DataLossError("a reply that is kept cannot be read");
  return content;
}

void Restore(const StoredGrant& answered, StoredGrant& grant) {
  grant.grant.state = answered.grant.state;
  grant.grant.revision = answered.grant.revision;
  grant.grant.last_heartbeat = answered.grant.last_heartbeat;
  grant.grant.ended = answered.grant.ended;
  grant.grant.ended_because = answered.grant.ended_because;
  grant.calls_given = answered.calls_given;
}

}  // namespace thuja::server
