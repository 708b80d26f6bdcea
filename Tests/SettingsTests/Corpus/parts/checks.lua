#!/usr/bin/env lua
-- A file of its own.
local hc = require "resty.upstream.healthcheck"

local ok, err = hc.spawn_checker{
  upstream = "foo",
  type = "http",
  http_req = get(),
}
