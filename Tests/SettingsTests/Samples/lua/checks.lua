#!/usr/bin/env luajit
local hc = require "resty.upstream.healthcheck"
local INTERVAL, FALL = 3000, 3
do
  local ok, err = assert(hc.spawn_checker {
    shm = "hc", upstream = "app", type = "http",
    http_req = [[
GET / HTTP/1.0

]],
    interval = INTERVAL, fall = FALL, rise = 1,
  })
end
if not hc.spawn_checker{ upstream = "api", type = "https", http_req = 'GET /\r\n\r\n', host = "api.example",
  ssl_verify = false } then
  ngx.log(ngx.ERR, "api")
end
