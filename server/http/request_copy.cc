// SPDX-License-Identifier: Apache-2.0
// All texts in one.
//
// Tested by tests/unit/http/request_copy_test.cc.
#include "server/http/request_copy.h"

namespace thuja::server {
namespace {

// Calls `act` with each text of the request.
template <typename Act>
void ForEachText(HttpRequest& request, const Act& act) {
  for (std::string_view* text :
       {&request.method, &request.target, &request.path, &request.query, &request.body}) {
    act(*text);
  }
  for (HeaderField& field : request.fields) {
    act(field.name);
    act(field.value);
  }
}

}  // namespace

RequestCopy::RequestCopy(const HttpRequest& request) : request_(request) {
  request_.peer = nullptr;
  size_t size = 0;
  ForEachText(request_, [&](std::string_view text) { size += text.size(); });
  // At once, so that nothing moves while it is pointed to.
  bytes_.reserve(size);
  ForEachText(request_, [&](std::string_view& text) {
    const size_t begin = bytes_.size();
    bytes_ += text;
    text = std::string_view(bytes_).substr(begin);
  });
}

}  // namespace thuja::server
