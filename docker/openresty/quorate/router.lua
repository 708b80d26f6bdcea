-- Commands for a Redis Cluster: each goes to the server that has its key, also when that has moved.
local hosts = require "quorate.hosts"
local redis = require "quorate.redis"
local slots = require "quorate.slots"
local trouble = require "quorate.trouble"

local Router = {}
Router.__index = Router

local router = {}

local MOST_HOPS = 5
-- Commands without a key: any server will do.
local KEYLESS = { PUBSUB = true, PING = true }

-- `owners`: slot → place; `any`: a place, for what has no owner that is known.
function router.new(options, owners, any)
  return setmetatable({ options = options, owners = owners, any = any, connections = {} }, Router)
end

local function connection_to(self, place)
  local name = hosts.text(place)
  local known, why = self.connections[name], nil
  if not known then
    known, why = redis.connect(self.options, place, self.options.login)
    self.connections[name] = known
  end
  return known, why
end

-- "MOVED" or "ASK", and where to; nil: it is no redirection. A server that does not tell its host is at the same one.
local function redirection(reply, place)
  if not redis.is_error(reply) then return nil end
  local word, slot, host, port = reply.error:match("^(%u+) (%d+) (.*):(%d+)$")
  if word ~= "MOVED" and word ~= "ASK" then return nil end
  return word, { host = host ~= "" and host or place.host, port = tonumber(port) }, tonumber(slot)
end

-- Errors remember who has answered, for `refusal`.
local function signed(reply, connection)
  if redis.is_error(reply) then reply.connection = connection end
  return reply
end

local function groups_of(commands)
  local groups, by_slot = {}, {}
  for index, command in ipairs(commands) do
    local slot = KEYLESS[command[1]] and -1 or slots.of(tostring(command[2]))
    if not by_slot[slot] then
      by_slot[slot] = { slot = slot }
      groups[#groups + 1] = by_slot[slot]
    end
    table.insert(by_slot[slot], index)
  end
  return groups
end

local function by_place(self, groups)
  local places, by_name = {}, {}
  for _, group in ipairs(groups) do
    local place = self.owners[group.slot] or self.any
    local name = hosts.text(place)
    if not by_name[name] then
      by_name[name] = { place = place, groups = {} }
      places[#places + 1] = by_name[name]
    end
    table.insert(by_name[name].groups, group)
  end
  return places
end

-- One after the other, each as far as it is sent on: what is being moved is in two places. True, or nil and a trouble.
local function ask_in_turn(self, group, commands, replies)
  for _, index in ipairs(group) do
    local place, is_asking = self.owners[group.slot] or self.any, false
    local hops = -1
    repeat
      hops = hops + 1
      if hops > MOST_HOPS then return nil, trouble.new("the Redis Cluster sends on more than " .. MOST_HOPS .. " times") end
      local connection, why = connection_to(self, place)
      if not connection then return nil, why end
      local answers
      answers, why = connection:ask_all(is_asking and { { "ASKING" }, commands[index] } or { commands[index] })
      if not answers then return nil, why end
      replies[index] = signed(answers[#answers], connection)
      local word, target = redirection(replies[index], place)
      if word == "MOVED" then self.owners[group.slot] = target end
      place, is_asking = target, word == "ASK"
    until not word
  end
  return true
end

-- Of the groups that one server was asked for: those to be asked for again elsewhere.
local function sort_out(self, place, groups, commands, replies)
  local again = {}
  for _, group in ipairs(groups) do
    local moved, is_asked
    for _, index in ipairs(group) do
      local word, target = redirection(replies[index], place)
      if word == "MOVED" then moved = target end
      if word == "ASK" then is_asked = true end
    end
    if moved then
      self.owners[group.slot] = moved
      again[#again + 1] = group
    elseif is_asked then
      -- All of the group, in order: what was answered already may be older by now than what comes.
      local is_fine, why = ask_in_turn(self, group, commands, replies)
      if not is_fine then return nil, why end
    end
  end
  return again
end

local function ask_one_place(self, target, commands, replies)
  local connection, why = connection_to(self, target.place)
  if not connection then return nil, why end
  local asked, indexes = {}, {}
  for _, group in ipairs(target.groups) do
    for _, index in ipairs(group) do
      asked[#asked + 1], indexes[#indexes + 1] = commands[index], index
    end
  end
  local answers
  answers, why = connection:ask_all(asked)
  if not answers then return nil, why end
  for position, index in ipairs(indexes) do replies[index] = signed(answers[position], connection) end
  return sort_out(self, target.place, target.groups, commands, replies)
end

-- As `Redis:ask_all`. Commands of one slot keep their order.
function Router:ask_all(commands)
  local replies, pending = {}, groups_of(commands)
  for _ = 0, MOST_HOPS do
    local again = {}
    for _, target in ipairs(by_place(self, pending)) do
      local moved, why = ask_one_place(self, target, commands, replies)
      if not moved then return nil, why end
      for _, group in ipairs(moved) do again[#again + 1] = group end
    end
    if #again == 0 then return replies end
    pending = again
  end
  return nil, trouble.new("the Redis Cluster sends on more than " .. MOST_HOPS .. " times")
end

function Router:refusal(command, reply) return reply.connection:refusal(command, reply) end

function Router:close()
  for _, connection in pairs(self.connections) do connection:close() end
  self.connections = {}
end

return router
