-- Redis' protocol (RESP2), as much of it as a reader of Quorate needs.
local hosts = require "quorate.hosts"
local secret = require "quorate.secret"
local trouble = require "quorate.trouble"
local wire = require "quorate.wire"

local Redis = {}
Redis.__index = Redis

local redis = {}

-- CLUSTER SLOTS has lists in lists in lists in a list.
local DEEPEST = 4

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

-- Where the server is, for people.
function Redis:name() return self.login.what .. " " .. hosts.text(self.place) end

-- What this connection's server did not do, with where it is.
function Redis:trouble(why, is_refusal) return trouble.new(self:name() .. ": " .. why, is_refusal) end

function Redis:refusal(command, reply)
  local refused = trouble.of_reply(self.login, self.secret, command, reply.error)
  return self:trouble(refused.text, refused.is_refusal)
end

function Redis:wait_longer(milliseconds) self.wire:wait_longer(milliseconds) end
function Redis:has_bytes() return self.wire:has_bytes() end
function Redis:close() self.wire:close() end

-- Logs in and chooses the database. PING comes along because a server that hangs still takes connections.
local function greeting(self, options)
  local commands = {}
  if self.login.user then
    commands[1] = { "AUTH", self.login.user, self.secret or "" }
  elseif self.secret then
    commands[1] = { "AUTH", self.secret }
  end
  if options.database ~= 0 then commands[#commands + 1] = { "SELECT", options.database } end
  if options.name then commands[#commands + 1] = { "CLIENT", "SETNAME", options.name } end
  commands[#commands + 1] = { "PING" }
  return commands
end

-- With TLS 1.3 a server that misses a certificate ends the connection only now, and its reason is in nginx's log alone.
local function explained(why, tls)
  if tls and not tls.cert and not why:find("timeout$") then
    return why .. ", after the TLS handshake; a server that wants a certificate ends it so: see cert and key"
  end
  return why
end

local function greet(self, options)
  local commands = greeting(self, options)
  local replies, why = self:ask_all(commands)
  if not replies then return nil, trouble.new(explained(why.text, options.tls)) end
  for index, reply in ipairs(replies) do
    -- A server that forbids naming is used all the same.
    if redis.is_error(reply) and commands[index][1] ~= "CLIENT" then return nil, self:refusal(commands[index], reply) end
  end
  return true
end

-- A connection that is ready; nil and a trouble: there is none.
--
-- `options`: timeout, tls, database, name. `place`: of the server. `login`: { user, password, names, what }: what the server is, for people.
function redis.connect(options, place, login)
  local self = setmetatable({ place = place, login = login }, Redis)
  local why, is_refusal
  self.secret, why = secret.read(login.password)
  if self.secret == nil then return nil, self:trouble(why, true) end
  self.wire, why, is_refusal = wire.open(place, options.timeout, options.tls)
  if not self.wire then return nil, self:trouble(why, is_refusal) end
  local is_greeted
  is_greeted, why = greet(self, options)
  if not is_greeted then
    self:close()
    return nil, why
  end
  return self
end

return redis
