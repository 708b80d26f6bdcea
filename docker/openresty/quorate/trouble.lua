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
local RIGHTS = { HMGET = "+@read", HGETALL = "+@read", SUBSCRIBE = "+subscribe", PING = "+@connection", SELECT = "+@connection" }

-- Which right is missing, and how it is granted. Of a key Redis 6 and 7 say "… one of the keys used as arguments", later
-- ones and Valkey "… a key"; of channels the same.
local function missing_right(options, command, reply)
  local name, subject = command[1]:upper(), command[2]
  local grant = RIGHTS[name] or "+" .. name:lower()
  if reply:find("channel$") or reply:find("channels used as arguments$") then
    name, grant = name .. " " .. subject, "&quorate:*"
  elseif reply:find("key$") or reply:find("keys used as arguments$") then
    name, grant = name .. " " .. subject, "~quorate:*"
  end
  local user = options.user or "default"
  return ("NOPERM: the user \"%s\" may not %s; granted by: ACL SETUSER %s %s"):format(user, name, user, grant)
end

-- What is known of AUTH, in the order in which it is looked for.
local LOGIN = {
  { "^NOAUTH", "NOAUTH: it wants a password; set redis.password (and redis.user)" },
  { "^WRONGPASS", "WRONGPASS: the user or the password is wrong, or the user is off; see redis.user and redis.password" },
  { "invalid password", "WRONGPASS: the password is wrong; see redis.password" },
  { "without any password", "no password is wanted there; take redis.password away, or name its user in redis.user" },
  { "no password is set", "no password is wanted there; take redis.password away" },
  { "wrong number of arguments for 'auth'", "this server knows no users (Redis before 6); take redis.user away" },
}

-- These go by themselves, whatever was asked.
local PASSING = { "^LOADING", "^BUSY", "^MASTERDOWN", "^ERR max number of clients" }

-- What a server answered with an error, in its words or in better ones. Never with a password.
function trouble.of_reply(options, command, reply)
  for _, known in ipairs(PASSING) do
    if reply:find(known) then return trouble.new(short(reply)) end
  end
  if reply:find("^NOPERM") then return trouble.new(missing_right(options, command, reply), true) end
  if reply:find("^NOAUTH") or command[1] == "AUTH" then
    for _, known in ipairs(LOGIN) do
      if reply:find(known[1]) then return trouble.new(known[2], true) end
    end
    return trouble.new("AUTH is refused: " .. short(without(options.password, reply)), true)
  end
  if command[1] == "SELECT" then
    return trouble.new(("there is no database %s (%s); see redis.database"):format(command[2], short(reply)), true)
  end
  -- DENIED: protected mode, which lets nobody in from outside.
  return trouble.new(short(reply), reply:find("^DENIED") ~= nil)
end

return trouble
