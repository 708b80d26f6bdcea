-- Why something could not be read: a text, and whether somebody has to act.
local trouble = {}

-- A server that refuses goes on refusing until somebody changes a setting: that is an error. One that is not there, or not
-- ready, may be back by itself: that is a warning.
function trouble.new(text, is_refusal) return { text = text, is_refusal = is_refusal or false } end

local function short(text) return #text > 200 and text:sub(1, 200) .. "…" or text end

-- A server that does not know AUTH repeats its arguments.
local function without(secret, text)
  if not secret or secret == "" then return text end
  local first, last = text:find(secret, 1, true)
  while first do
    text = text:sub(1, first - 1) .. "***" .. text:sub(last + 1)
    first, last = text:find(secret, first + 3, true)
  end
  return text
end

-- The right that brings all commands of a kind which a reader needs.
local RIGHTS = {
  HMGET = "+@read", HGETALL = "+@read", SUBSCRIBE = "+subscribe", PING = "+@connection", SELECT = "+@connection",
  ASKING = "+@connection", ["CLUSTER SLOTS"] = "+cluster|slots",
  ["SENTINEL GET-MASTER-ADDR-BY-NAME"] = "+sentinel|get-master-addr-by-name",
}
-- Commands with a second word.
local PAIRS = { CLUSTER = true, SENTINEL = true }

-- Which right is missing, and how it is granted. Of a key Redis 6 and 7 say "… one of the keys used as arguments", later
-- ones and Valkey "… a key"; of channels the same.
local function missing_right(login, command, reply)
  local name, subject = command[1]:upper(), command[2]
  if PAIRS[name] then name, subject = name .. " " .. subject, command[3] end
  local grant = RIGHTS[name] or "+" .. name:lower()
  if reply:find("channel$") or reply:find("channels used as arguments$") then
    name, grant = name .. " " .. subject, "&quorate:*"
  elseif reply:find("key$") or reply:find("keys used as arguments$") then
    name, grant = name .. " " .. subject, "~quorate:*"
  end
  local user = login.user or "default"
  return ("NOPERM: the user \"%s\" may not %s; granted by: ACL SETUSER %s %s"):format(user, name, user, grant)
end

-- What is known of AUTH, in the order in which it is looked for. USER and PASSWORD stand for the options' names.
local LOGIN = {
  { "^NOAUTH", "NOAUTH: it wants a password; set PASSWORD (and USER)" },
  { "^WRONGPASS", "WRONGPASS: the user or the password is wrong, or the user is off; see USER and PASSWORD" },
  { "invalid password", "WRONGPASS: the password is wrong; see PASSWORD" },
  { "without any password", "no password is wanted there; take PASSWORD away, or name its user in USER" },
  { "no password is set", "no password is wanted there; take PASSWORD away" },
  { "wrong number of arguments for 'auth'", "this server knows no users (Redis before 6); take USER away" },
}

-- These go by themselves, whatever was asked.
local PASSING = { "^LOADING", "^BUSY", "^MASTERDOWN", "^ERR max number of clients", "^CLUSTERDOWN", "^TRYAGAIN" }

-- A server is of another kind than the options say.
local KINDS = {
  { "^MOVED ", "it is a server of a Redis Cluster; name it in redis.cluster, or by a URL that begins with redis+cluster" },
  { "^ASK ", "it is a server of a Redis Cluster; name it in redis.cluster, or by a URL that begins with redis+cluster" },
  { "cluster support disabled",
    "it is a server by itself, and of no Redis Cluster; name it in redis.host, or by a URL that begins with redis://" },
}

local function login_refused(login, secret, reply)
  for _, known in ipairs(LOGIN) do
    if reply:find(known[1]) then
      return (known[2]:gsub("USER", login.names[1]):gsub("PASSWORD", login.names[2]))
    end
  end
  return "AUTH is refused: " .. short(without(secret, reply))
end

-- What a server answered with an error, in its words or in better ones. Never with a password.
--
-- `login`: { user, names }, the names of the options that tell user and password. `secret`: the password; false: none.
function trouble.of_reply(login, secret, command, reply)
  for _, known in ipairs(PASSING) do
    if reply:find(known) then return trouble.new(short(reply)) end
  end
  for _, known in ipairs(KINDS) do
    if reply:find(known[1]) then return trouble.new(known[2], true) end
  end
  if reply:find("^NOPERM") then return trouble.new(missing_right(login, command, reply), true) end
  if reply:find("^NOAUTH") or command[1] == "AUTH" then
    return trouble.new(login_refused(login, secret, reply), true)
  end
  if command[1] == "SELECT" then
    return trouble.new(("there is no database %s (%s); see redis.database"):format(command[2], short(reply)), true)
  end
  -- DENIED: protected mode, which lets nobody in from outside.
  return trouble.new(short(reply), reply:find("^DENIED") ~= nil)
end

return trouble
