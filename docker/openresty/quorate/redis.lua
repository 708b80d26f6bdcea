-- Redis' protocol (RESP2), as much of it as a reader of Quorate needs.
local trouble = require "quorate.trouble"
local wire = require "quorate.wire"

local Redis = {}
Redis.__index = Redis

local redis = {}

-- No command that is used here has answers in answers in answers.
local DEEPEST = 3

local function encoded(command)
  local parts = { "*", #command, "\r\n" }
  for _, word in ipairs(command) do
    word = tostring(word)
    parts[#parts + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
  end
  return table.concat(parts)
end

local function text_of(self, length)
  if length < 0 then return ngx.null end
  local text, why = self.wire:bytes(length + 2)
  if not text then return nil, why end
  return text:sub(1, -3)
end

local read

local function list_of(self, length, depth)
  if length < 0 then return ngx.null end
  local list = {}
  for index = 1, length do
    local item, why = read(self, depth + 1)
    if item == nil then return nil, why end
    list[index] = item
  end
  return list
end

-- A text, a number, a list, ngx.null, or { error = "…" }. Nil and why: the connection is of no more use.
function read(self, depth)
  if depth > DEEPEST then return nil, "an answer is too deep" end
  local line, why = self.wire:line()
  if not line then return nil, why end
  local kind, rest = line:sub(1, 1), line:sub(2)
  if kind == "+" then return rest end
  if kind == "-" then return { error = rest } end
  local number = tonumber(rest)
  if not number then return nil, "this is not Redis' protocol" end
  if kind == ":" then return number end
  if kind == "$" then return text_of(self, number) end
  if kind == "*" then return list_of(self, number, depth) end
  return nil, "this is not Redis' protocol"
end

function Redis:send(command) return self.wire:send(encoded(command)) end

function Redis:reply()
  self.wire:begin()
  return read(self, 0)
end

-- Sends commands together. A list of as many replies, { error = "…" } among them; nil and a trouble when the connection
-- is of no more use.
function Redis:ask_all(commands)
  local all = {}
  for index, command in ipairs(commands) do all[index] = encoded(command) end
  local is_sent, why = self.wire:send(table.concat(all))
  if not is_sent then return nil, self:trouble(why) end
  local replies = {}
  for index = 1, #commands do
    replies[index], why = self:reply()
    if replies[index] == nil then return nil, self:trouble(why) end
  end
  return replies
end

-- The same, and an error among the replies is a trouble.
function Redis:ask(commands)
  local replies, why = self:ask_all(commands)
  for index, reply in ipairs(replies or {}) do
    if redis.is_error(reply) then return nil, self:refusal(commands[index], reply) end
  end
  return replies, why
end

function redis.is_error(reply) return type(reply) == "table" and reply.error ~= nil end

-- What this connection's server did not do, with where it is.
function Redis:trouble(why) return trouble.new(redis.name(self.options) .. ": " .. why) end

function Redis:refusal(command, reply)
  local refused = trouble.of_reply(self.options, command, reply.error)
  return trouble.new(redis.name(self.options) .. ": " .. refused.text, refused.is_refusal)
end

function Redis:wait_longer(milliseconds) self.wire:wait_longer(milliseconds) end
function Redis:has_bytes() return self.wire:has_bytes() end
function Redis:close() self.wire:close() end

-- Where a server is, for people.
function redis.name(options)
  return options.path and "redis unix:" .. options.path or "redis " .. options.host .. ":" .. options.port
end

-- Logs in and chooses the database. PING comes along because a server that hangs still takes connections.
local function greeting(options)
  local commands = {}
  if options.user then
    commands[1] = { "AUTH", options.user, options.password or "" }
  elseif options.password then
    commands[1] = { "AUTH", options.password }
  end
  if options.database ~= 0 then commands[#commands + 1] = { "SELECT", options.database } end
  commands[#commands + 1] = { "PING" }
  return commands
end

-- A connection that is ready; nil and a trouble: there is none.
function redis.connect(options)
  local opened, why = wire.open(options, options.timeout)
  local self = setmetatable({ wire = opened, options = options }, Redis)
  if not opened then return nil, self:trouble(why) end
  local greeted, refused = self:ask(greeting(options))
  if not greeted then
    self:close()
    return nil, refused
  end
  return self
end

return redis
