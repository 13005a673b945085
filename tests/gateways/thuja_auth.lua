-- SPDX-License-Identifier: Apache-2.0
-- An HAProxy action that asks Thuja whether a request may pass: HAProxy has no subrequest of its own.
--
--   global
--     lua-load thuja_auth.lua
--   frontend
--     http-request lua.thuja_auth http://127.0.0.1:8180/haproxy 200
--     http-request deny deny_status 401 if { var(txn.thuja_status) -m int 401 }
--     http-request deny deny_status 403 unless { var(txn.thuja_allowed) -m bool }
--
-- The arguments are where to ask and the time limit in milliseconds, for each of the four attempts
-- that HAProxy makes. Nothing of the client's request is passed on but its method, path and host,
-- X-Agent as the frontend has set it, and under a guard the task: X-Task and Thuja-Task-Credential.
-- There HAProxy says who it is by `http-request set-var(txn.thuja_enforcement_point) str(TOKEN)`.
-- Whatever does not end in an answer of status 200 leaves txn.thuja_allowed false.

-- What Thuja is told of a request; HAProxy's client wants a list of values for each name.
local function describe(txn)
  local headers = {
    ["X-Original-Method"] = { txn.sf:method() },
    ["X-Original-URI"] = { txn.sf:pathq() },
    ["X-Original-Host"] = { txn.sf:req_fhdr("host") },
  }
  -- Absent, not empty: a client that the frontend does not know, or that has no task.
  for _, name in ipairs({ "X-Agent", "X-Task", "Thuja-Task-Credential" }) do
    local value = txn.sf:req_fhdr(name)
    if value ~= "" then headers[name] = { value } end
  end
  local token = txn:get_var("txn.thuja_enforcement_point")
  if token ~= nil then headers["Thuja-Enforcement-Point"] = { token } end
  return headers
end

core.register_action("thuja_auth", { "http-req" }, function(txn, url, limit)
  txn:set_var("txn.thuja_allowed", false)
  txn:set_var("txn.thuja_status", 0)
  local answered, response = pcall(function()
    return core.httpclient():get({ url = url, headers = describe(txn), timeout = tonumber(limit) })
  end)
  if not answered or response == nil then return end
  txn:set_var("txn.thuja_status", response.status or 0)
  txn:set_var("txn.thuja_allowed", response.status == 200)
end, 2)
