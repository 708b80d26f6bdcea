-- Lets each worker of nginx know which peers are up, as the nodes of Quorate have decided it.
--
--   local quorate = require "quorate"
--   local cluster = quorate.new {
--     redis = { host = "127.0.0.1", port = 6379 },  -- or path = "/run/redis.sock"; password, user, database
--     namespace = "default",                        -- as in the nodes' settings
--     http = { "http://127.0.0.1:8080" },           -- nodes, asked while Redis cannot be read
--     upstreams = { "foo.com" },
--     on_change = function(upstream, peer, status) end,  -- status nil: no longer checked
--   }
--   cluster:start()                                 -- in init_worker_by_lua
--
--   cluster:is_up("foo.com", "127.0.0.1:12354")     -- anywhere; never waits
--   cluster:status("foo.com")                       -- { ["127.0.0.1:12354"] = "up", … }
--   cluster:source()                                -- "redis", "http", or "none": the last state is kept
--
-- It follows Redis by its events, the HTTP API by asking again and again. While neither can be read nothing changes.
-- It needs nginx's Lua module (0.10.14 or later) and nothing else. It speaks no TLS. A host by name wants nginx's
-- `resolver`. One light thread for each worker does all the work, over two connections to Redis.
local follower = require "quorate.follower"
local http = require "quorate.http"
local nginx_peers = require "quorate.nginx_peers"
local state = require "quorate.state"

local quorate = {}

local Cluster = {}
Cluster.__index = Cluster

-- The longest rest between two attempts, in seconds. More: a Redis that is back is seen later.
local LONGEST_REST = 1

-- From half to all of `seconds`, so that workers which lost Redis together do not come back together.
-- A generator of its own: seeding math.random would meddle with other code, and workers start with the same seed.
local function jittered(self, seconds)
  self.seed = self.seed * 16807 % 2147483647
  return seconds * (0.5 + self.seed / 2147483647 / 2)
end

-- Told once, and not with each attempt. `told` is nil after a loss, so that what comes next is told again.
local function set_source(self, source, why)
  self.now_from = source
  if self.told == source then return end
  self.told = source
  if source == "none" then
    ngx.log(ngx.WARN, "quorate: the last state is kept, nothing can be read: ", why)
  else
    ngx.log(ngx.NOTICE, "quorate: following ", source, why and " because Redis cannot be read: " or "", why or "")
  end
end

local function lose_source(self)
  self.now_from, self.told = "none", nil
end

-- Follows Redis for as long as that goes well, or looks at the HTTP API once. Returns how long to rest.
local function turn(self)
  local why = "no Redis is configured"
  if self.redis then
    local has_followed
    has_followed, why = follower.follow(self.redis, self.namespace, self.states, function()
      set_source(self, "redis")
    end)
    if has_followed then
      -- A connection that breaks is made again at once; only when that fails is something wrong.
      ngx.log(ngx.NOTICE, "quorate: Redis is dialed again: ", why)
      lose_source(self)
      self.failures = 0
      return jittered(self, 0.1)
    end
  end
  if ngx.worker.exiting() then return 0 end
  self.failures = math.min(self.failures + 1, 10)
  local is_read, http_why = self.http:look(self.states)
  if is_read then
    set_source(self, "http", self.redis and why)
  else
    set_source(self, "none", why .. "; " .. http_why)
  end
  return jittered(self, math.min(0.1 * 2 ^ self.failures, LONGEST_REST))
end

-- Each turn has a timer of its own: what nginx keeps for a timer's handler it gives back only when that returns.
local function run(is_over, self)
  if is_over then return end
  repeat
    local is_fine, rest = pcall(turn, self)
    if not is_fine then
      ngx.log(ngx.ERR, "quorate: ", rest)
      lose_source(self)
      rest = LONGEST_REST
    end
    if ngx.worker.exiting() then return end
    local is_armed, why = ngx.timer.at(rest, run, self)
    if not is_armed and not ngx.worker.exiting() then
      ngx.log(ngx.ERR, "quorate: no timer: ", why)
      ngx.sleep(LONGEST_REST)
    end
  until is_armed or ngx.worker.exiting()
end

-- The options are those at the top. Raises an error when they make no sense.
function quorate.new(options)
  local upstreams, urls, redis = options.upstreams or {}, options.http or {}, options.redis
  assert(#upstreams > 0, "quorate: upstreams names those to be followed")
  assert(redis or #urls > 0, "quorate: redis or http says where to read")
  assert(not redis or redis.host or redis.path, "quorate: redis wants host and port, or path")
  local self = setmetatable({
    redis = redis, namespace = options.namespace or "default", http = http.new(urls),
    states = {}, failures = 0, now_from = "none",
  }, Cluster)
  for _, name in ipairs(upstreams) do
    self.states[name] = state.new(name, options.on_change, nginx_peers.of(name))
  end
  return self
end

-- To be called once in each worker, in init_worker_by_lua.
function Cluster:start()
  self.seed = (ngx.worker.pid() * 7919 + math.floor(ngx.now() * 1000)) % 2147483646 + 1
  assert(ngx.timer.at(0, run, self))
end

-- False: the peer is down. A peer or an upstream that nobody knows counts as up: better asked in vain than never.
function Cluster:is_up(upstream, peer)
  local known = self.states[upstream]
  return not known or known.peers[peer] ~= "down"
end

-- Peer → "up" or "down", a copy; empty when nothing is known; nil when the upstream is not followed.
function Cluster:status(upstream)
  local known = self.states[upstream]
  return known and known:copy()
end

-- Where the state comes from now: "redis", "http", or "none".
function Cluster:source() return self.now_from end

return quorate
