-- Lets each worker of nginx know which peers are up, as the nodes of Quorate have decided it.
--
--   local quorate = require "quorate"
--   local cluster = quorate.new {
--     redis = "redis://127.0.0.1:6379/0",           -- the nodes' URL, or a table
--     namespace = "default",                        -- as in the nodes' settings
--     http = { "http://127.0.0.1:8080" },           -- nodes, asked while Redis cannot be read
--     upstreams = { "foo.com" },
--   }
--   cluster:start()                                 -- in init_worker_by_lua
--
--   cluster:is_up("foo.com", "127.0.0.1:12354")     -- anywhere; never waits
--   cluster:status("foo.com")                       -- { ["127.0.0.1:12354"] = "up", … }
--   cluster:source()                                -- "redis", "http", or "none": the last state is kept
--
-- docs/nginx.md has all options, what is logged, and what it needs. One light thread for each worker does the work, and one
-- more waits for events.
local census = require "quorate.census"
local findings = require "quorate.findings"
local follower = require "quorate.follower"
local http = require "quorate.http"
local nginx_peers = require "quorate.nginx_peers"
local options = require "quorate.options"
local state = require "quorate.state"
local topology = require "quorate.topology"
local unknown = require "quorate.unknown"

local quorate = {}

local Cluster = {}
Cluster.__index = Cluster

-- From half to all of `seconds`, so that workers which lost Redis together do not come back together.
-- A generator of its own: seeding math.random would meddle with other code, and workers start with the same seed.
local function jittered(self, seconds)
  self.seed = self.seed * 16807 % 2147483647
  return seconds * (0.5 + self.seed / 2147483647 / 2)
end

local function any_known(states)
  for _, state in pairs(states) do
    if state.is_known then return true end
  end
  return false
end

local function text_of_source(self, source, why)
  if source == "redis" then
    return ("following %s, database %d, namespace \"%s\""):format(self.topology:where(), self.redis.database, self.namespace)
  end
  if source == "http" then
    return "following http" .. (why and " because Redis cannot be read: " .. why or "")
  end
  local what = any_known(self.states) and "the last state is kept" or "nothing is known yet and all peers count as up"
  return what .. ", because nothing can be read: " .. why
end

-- Told when the source is another one, and when there is another reason, but each reason once in an outage.
-- `reason`: what is compared. `level`: of the line.
local function set_source(self, source, level, why, reason)
  self.now_from = source
  local sign = source .. (reason or "")
  if self.told == source and self.told_signs[sign] or ngx.worker.exiting() then return end
  self.told, self.told_signs[sign] = source, true
  ngx.log(level, "quorate: ", text_of_source(self, source, why))
end

local function lose_source(self) self.now_from, self.told, self.told_signs = "none", nil, {} end

-- Events may not be heard, or are heard: told when that changes.
local function set_events(self, trouble)
  local text = trouble and trouble.text
  if text == self.deaf or ngx.worker.exiting() then return end
  self.deaf = text
  if text then
    ngx.log(ngx.ERR, "quorate: changes are seen up to a second later, because events are not heard: ", text)
  else
    ngx.log(ngx.NOTICE, "quorate: events are heard now")
  end
end

local function look_over_http(self, trouble)
  local is_read, words = self.http:look(self.states)
  if ngx.worker.exiting() then return end
  local level = trouble and (trouble.is_refusal and ngx.ERR or ngx.WARN)
  if is_read then
    set_source(self, "http", level or ngx.NOTICE, trouble and trouble.text, trouble and trouble.text)
    census.look_over_http(self, words)
    census.look_at_nginx(self)
    self.findings:tell()
  else
    local whys = { trouble and trouble.text or nil }
    if #self.http.nodes > 0 then whys[#whys + 1] = words end
    local why = table.concat(whys, "; ")
    set_source(self, "none", level or ngx.WARN, why, trouble and trouble.text or why)
  end
end

-- Follows Redis for as long as that goes well, or looks at the HTTP API once. Returns how long to rest, in seconds.
local function turn(self)
  local trouble
  if self.redis then
    local has_followed
    has_followed, trouble = follower.follow(self, function()
      self.told_signs = {}
      set_source(self, "redis", ngx.NOTICE)
    end, function(why) set_events(self, why) end)
    if ngx.worker.exiting() then return 0 end
    if has_followed then
      -- A connection that breaks is made again at once; only when that fails is something wrong.
      ngx.log(ngx.NOTICE, "quorate: Redis is dialed again: ", trouble.text)
      lose_source(self)
      self.failures = 0
      return jittered(self, 0.1)
    end
  end
  self.failures = math.min(self.failures + 1, 10)
  look_over_http(self, trouble)
  return jittered(self, math.min(0.1 * 2 ^ self.failures, self.longest_rest))
end

-- Each turn has a timer of its own: what nginx keeps for a timer's handler it gives back only when that returns.
local function run(is_over, self)
  if is_over then return end
  repeat
    local is_fine, rest = pcall(turn, self)
    if not is_fine and not ngx.worker.exiting() then
      ngx.log(ngx.ERR, "quorate: ", rest)
      lose_source(self)
      rest = self.longest_rest
    end
    if ngx.worker.exiting() then return end
    local is_armed, why = ngx.timer.at(rest, run, self)
    if not is_armed and not ngx.worker.exiting() then
      ngx.log(ngx.ERR, "quorate: no timer: ", why)
      ngx.sleep(self.longest_rest)
    end
  until is_armed or ngx.worker.exiting()
end

-- docs/nginx.md has the options. Raises an error that names all that are wrong.
function quorate.new(given)
  local chosen = options.checked(given)
  local self = setmetatable({
    redis = chosen.redis, topology = chosen.redis and topology.new(chosen.redis), namespace = chosen.namespace, http = http.new(chosen.http, chosen.http_timeout),
    compare_every = chosen.compare_every / 1000, longest_rest = chosen.longest_rest / 1000,
    states = {}, findings = findings.new(), failures = 0, now_from = "none", told_signs = {}, asked = unknown.new(),
  }, Cluster)
  for _, name in ipairs(chosen.upstreams) do
    local peers = chosen.mark_peers and nginx_peers.of(name) or nil
    self.states[name] = state.new(name, chosen.on_change, peers, chosen.heed_panic)
  end
  return self
end

-- To be called once in each worker, in init_worker_by_lua.
function Cluster:start()
  if self.seed then error("quorate: start was called before", 2) end
  self.seed = (ngx.worker.pid() * 7919 + math.floor(ngx.now() * 1000)) % 2147483646 + 1
  self.findings:start()
  assert(ngx.timer.at(0, run, self))
end

-- False: the peer is down. A peer or an upstream that nobody knows counts as up: better asked in vain than never. That is
-- told once for each.
function Cluster:is_up(upstream, peer)
  local known = self.states[upstream]
  local usable
  if known then usable = known:is_usable(peer) end
  if usable == nil then self.asked:note(self, upstream, peer) end
  return usable ~= false
end

-- True: fewer peers of the upstream are up than its settings want. With `heed_panic` all are used then, but for those that
-- an operator or the settings keep out.
function Cluster:is_in_panic(upstream)
  local known = self.states[upstream]
  return known ~= nil and known.panic
end

-- Peer → "up" or "down", a copy; empty when nothing is known; nil when the upstream is not followed.
function Cluster:status(upstream)
  local known = self.states[upstream]
  return known and known:copy()
end

-- Where the state comes from now: "redis", "http", or "none".
function Cluster:source() return self.now_from end

return quorate
