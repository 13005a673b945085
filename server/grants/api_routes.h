// SPDX-License-Identifier: Apache-2.0
// The endpoints of grants, one row each: how they are asked, who may, what they do and what they
// answer. The route table and the OpenAPI document are made of these rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/grants.h"
#include "server/config/admin_config.h"
#include "server/http/message.h"

namespace thuja::server {

class GrantApi;
struct ApiRoute;

// One request that was let in.
struct ApiCall {
  GrantApi& api;
  const ApiRoute& route;
  const HttpRequest& request;
  std::string_view segment;   // `{id}`, if the path has one
  const std::string& caller;  // name of the credential; empty where none is needed
  HttpResponse& response;
};

// Whether a request may or must have a body.
enum class ApiBody : uint8_t { kNone, kOptional, kRequired };

struct ApiParameter {
  std::string_view name;
  std::string_view schema;  // JSON
  std::string_view summary;
};

struct ApiRoute {
  std::string_view method;
  std::string_view path;
  std::optional<AdminRole> role = {};  // none: everybody may
  std::string_view summary;
  void (*handle)(const ApiCall& call);
  ApiBody body = ApiBody::kNone;
  std::string_view body_schema = {};  // name of a row of Schemas(); empty: none
  int status = 200;                   // when it went well
  std::string_view answer_schema = {};
  std::string_view answer_type = "application/json";
  std::span<const ApiParameter> parameters = {};              // of the query
  grants::GrantEvent event = grants::GrantEvent::kHeartbeat;  // of the calls that make one happen

  // Changes the grants, and so may have an Idempotency-Key.
  bool changes() const { return method == "POST"; }
};

std::span<const ApiRoute> ApiRoutes();

// Schemas of bodies and answers, as JSON Schema, that the rows name.
struct ApiSchema {
  std::string_view name;
  std::string_view json;
};
std::span<const ApiSchema> ApiSchemas();

// The OpenAPI 3.1 document of the rows.
std::string WriteOpenApi();

}  // namespace thuja::server
