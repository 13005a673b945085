// SPDX-License-Identifier: Apache-2.0
// Small parts of requests and answers.
//
// Tested by tests/unit/http/message_test.cc and tests/service/later_answer_test.cc.
#include "server/http/message.h"

#include <algorithm>

#include "server/http/later_answer.h"

namespace thuja::server {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

HttpRequest::Occurrence HttpRequest::Find(std::string_view name) const {
  Occurrence found;
  for (const HeaderField& field : fields) {
    if (field.name.size() != name.size() || !EqualsIgnoringCase(field.name, name)) continue;
    if (found.count++ == 0) found.value = field.value;
  }
  return found;
}

void HttpResponse::Clear() {
  status = 200;
  content_type = {};
  body.clear();
  headers.clear();
  close = false;
}

void HttpResponse::AddHeader(std::string_view name, std::string_view value) {
  headers.append(name).append(": ").append(value).append("\r\n");
}

std::shared_ptr<LaterAnswer> HttpResponse::AnswerLater() {
  if (room != nullptr) return room->MakeLater();
  SetText(500, "internal_error");
  return MakeHolder(std::shared_ptr<OpenLater>());
}

std::shared_ptr<AnswerStream> HttpResponse::AnswerInParts() {
  if (room != nullptr) return room->MakeStream();
  SetText(500, "internal_error");
  return MakeHolder(std::shared_ptr<OpenStream>());
}

void HttpResponse::SetText(int new_status, std::string_view text) {
  status = new_status;
  content_type = "text/plain; charset=utf-8";
  body.assign(text);
}

void HttpResponse::SetJson(int new_status, std::string_view json) {
  status = new_status;
  content_type = "application/json";
  body.assign(json);
}

std::string_view StatusPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

}  // namespace thuja::server
