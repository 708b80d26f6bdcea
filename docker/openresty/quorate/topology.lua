-- What answers as one Redis: a server, a primary that Sentinels know, or a Redis Cluster; and how it is dialed.
--
-- Each kind has `dial()`, which gives { commands, subscription }, or nil and a trouble; `where()`, for people;
-- `is_still_right(commands)`, true, or nil and a trouble, asked with each comparison; and `leave()`, after the last one.
local hosts = require "quorate.hosts"
local redis = require "quorate.redis"
local router = require "quorate.router"
local sentinels = require "quorate.sentinels"
local trouble = require "quorate.trouble"

local topology = {}

local Single, Sentinel, Cluster = {}, {}, {}
Single.__index, Sentinel.__index, Cluster.__index = Single, Sentinel, Cluster

-- So often the Sentinels are asked at most, in seconds, while all is well.
local ASK_AGAIN = 1

local function close_all(pair)
  for _, connection in pairs(pair) do connection:close() end
end

-- Two connections to one server. `check`: of each; true, or nil and a trouble: it is not the one that is wanted.
local function pair_of(options, place, check)
  local pair = {}
  for _, use in ipairs { "commands", "subscription" } do
    local why, is_right
    pair[use], why = redis.connect(options, place, options.login)
    if pair[use] then is_right, why = check(pair[use]) end
    if not is_right then
      close_all(pair)
      return nil, why
    end
  end
  return pair
end

function Single:dial() return pair_of(self.options, self.options.places[1], function() return true end) end
function Single:where() return "redis " .. hosts.text(self.options.places[1]) end
function Single:is_still_right() return true end
function Single:leave() end

local function is_primary(connection)
  local replies, why = connection:ask { { "ROLE" } }
  if not replies then return nil, why end
  if type(replies[1]) == "table" and replies[1][1] == "master" then return true end
  return nil, connection:trouble("it is no primary any more")
end

function Sentinel:dial()
  local place, why = sentinels.find(self.options)
  if not place then return nil, why end
  self.place, self.asked_at = place, ngx.now()
  return pair_of(self.options, place, is_primary)
end

function Sentinel:where()
  local named = self.options.master .. " of the Sentinels " .. hosts.list(self.options.places)
  return self.place and "redis " .. hosts.text(self.place) .. ", " .. named or named
end

-- Sentinels may hang, so nobody waits for them. In a timer of its own, which gives back what nginx keeps for connections when it
-- returns. What does not answer tells nothing.
local function look_for_another(is_over, self, look)
  if is_over then return end
  local is_fine, place = pcall(sentinels.find, self.options)
  look.is_over = true
  if is_fine and place and hosts.text(place) ~= hosts.text(look.place) then look.other = place end
end

-- A primary that was deposed and does not know it goes on answering.
function Sentinel:is_still_right(commands)
  local look = self.look
  if look and look.other then
    return nil, trouble.new(("the Sentinels have another primary: %s is at %s now"):format(
      self.options.master, hosts.text(look.other)))
  end
  local passed = ngx.now() - self.asked_at
  if (not look or look.is_over) and (passed < 0 or passed >= ASK_AGAIN) then
    self.asked_at, self.look = ngx.now(), { place = self.place }
    if not ngx.timer.at(0, look_for_another, self, self.look) then self.look = nil end
  end
  return is_primary(commands)
end

function Sentinel:leave() self.look = nil end

-- The places that CLUSTER SLOTS tells of: slot → place of its primary, and all, replicas too.
local function read_map(reply, teller)
  local owners, all = {}, {}
  for _, range in ipairs(reply) do
    for index = 3, #range do
      local host, port = range[index][1], range[index][2]
      -- A server that does not tell a host is at the same one.
      local place = { host = type(host) == "string" and host ~= "" and host or teller.host, port = port }
      all[#all + 1] = place
      for slot = range[1], index == 3 and range[2] or -1 do owners[slot] = place end
    end
  end
  return owners, all
end

-- The servers that are tried, one after the other: the named ones, and those that the last answer told of. It begins
-- behind the one that was used last, and for each worker elsewhere.
local function candidates(self)
  local list, seen = {}, {}
  for _, places in ipairs { self.options.places, self.told } do
    for _, place in ipairs(places) do
      if not seen[hosts.text(place)] then list[#list + 1] = place end
      seen[hosts.text(place)] = true
    end
  end
  self.turn = self.turn or ngx.worker.pid()
  local rotated = {}
  for index = 1, #list do rotated[index] = list[(self.turn + index) % #list + 1] end
  return rotated
end

local function ask_for_map(options, place)
  local connection, why = redis.connect(options, place, options.login)
  if not connection then return nil, why end
  local replies
  replies, why = connection:ask { { "CLUSTER", "SLOTS" } }
  if replies and type(replies[1]) == "table" then return connection, replies[1] end
  connection:close()
  return nil, why or connection:trouble("it does not tell its slots")
end

function Cluster:dial()
  local whys
  for _, place in ipairs(candidates(self)) do
    self.turn = self.turn + 1
    local connection, map = ask_for_map(self.options, place)
    if connection then
      local owners
      owners, self.told = read_map(map, place)
      return { commands = router.new(self.options, owners, place), subscription = connection }
    end
    -- Of several reasons one is enough: that which wants somebody to act.
    if not whys or map.is_refusal and not whys.is_refusal then whys = map end
    if ngx.worker.exiting() then break end
  end
  return nil, whys
end

function Cluster:where() return "the Redis Cluster of " .. hosts.list(self.options.places) end
function Cluster:is_still_right() return true end
function Cluster:leave() end

local KINDS = { single = Single, sentinel = Sentinel, cluster = Cluster }

-- `options`: see quorate.redis_options.
function topology.new(options)
  return setmetatable({ options = options, told = {} }, KINDS[options.kind])
end

return topology
