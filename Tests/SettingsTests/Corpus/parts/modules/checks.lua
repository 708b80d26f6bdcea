local hc = require "resty.upstream.healthcheck"

hc.spawn_checker{
  upstream = "foo", type = "tcp",
  fall = 0,
}
local x = nothing.here
