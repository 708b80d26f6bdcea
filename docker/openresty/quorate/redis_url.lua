-- A Redis URL as the nodes take it (docs/redis.md has the forms), as options of quorate.lua. What is wrong is told in the
-- nodes' words, and never with a part of the URL: a password may be anywhere in it.
local hosts = require "quorate.hosts"

local redis_url = {}

local WANTED = "write redis://host:6379/0, rediss://host:6379/0 (TLS), unix:///path/of/socket, "
  .. "redis+sentinel://host1,host2/master or redis+cluster://host1,host2"

local SCHEMES = {
  { "redis://", "server" }, { "rediss://", "server", true }, { "unix://", "socket" },
  { "redis+sentinel://", "sentinel" }, { "rediss+sentinel://", "sentinel", true },
  { "redis+cluster://", "cluster" }, { "rediss+cluster://", "cluster", true },
}

-- What may stand behind the ?, in the order in which it is listed: its name here, and which URLs have it.
local ITEMS = {
  { "password-file", "password_file" }, { "password-env", "password_env" }, { "name", "name" },
  { "database", "database" }, { "ca", "ca", "tls" }, { "cert", "cert", "tls" }, { "key", "key", "tls" },
  { "server_name", "server_name", "tls" }, { "tls_min", "tls_min", "tls" },
  { "sentinel-user", "sentinel_user", "sentinel" },
  { "sentinel-password-file", "sentinel_password_file", "sentinel" },
  { "sentinel-password-env", "sentinel_password_env", "sentinel" },
}

local function wrong(what, remedy) error({ problem = what .. "; " .. remedy }, 0) end

-- Of RFC 3629.
local UTF8 = {
  "^[%z\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]", "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]", "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]", "^\244[\128-\143][\128-\191][\128-\191]",
}

local function is_utf8(text)
  local place = 1
  while place <= #text do
    local last
    for _, pattern in ipairs(UTF8) do
      local _, found = text:find(pattern, place)
      last = last or found
    end
    if not last then return false end
    place = last + 1
  end
  return true
end

local function decoded(text)
  local rest = text:gsub("%%%x%x", "")
  local bytes = text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
  if rest:find("%", 1, true) or not is_utf8(bytes) then
    wrong("the Redis URL has a % without two hexadecimal digits, or is not UTF-8 once they are decoded",
      "write %25 for a % itself")
  end
  return bytes
end

local function scheme_of(text)
  for _, one in ipairs(SCHEMES) do
    if text:sub(1, #one[1]) == one[1] then
      return { prefix = one[1], kind = one[2], is_secure = one[3] or false }
    end
  end
  wrong("the Redis URL does not begin with redis://, rediss://, unix:// or one of redis+sentinel://, "
    .. "rediss+sentinel://, redis+cluster:// and rediss+cluster://", WANTED)
end

-- Credentials, hosts, path (with its slash) and query, nothing decoded yet.
local function cut(scheme, text)
  if text:find("[^\33-\126]") then
    wrong("the Redis URL has spaces, control characters or letters beyond ASCII in it", "percent-encode them")
  end
  local rest, query = text:sub(#scheme.prefix + 1):match("^([^?]*)%??(.*)$")
  -- A slash may stand in a password, but before the path of a socket; an @ may stand in that path.
  local before = scheme.kind == "socket" and rest:match("^[^/]*") or rest
  local credentials = before:match("^(.*)@")
  local behind = credentials and rest:sub(#credentials + 2) or rest
  local list, path = behind:match("^([^/]*)(.*)$")
  return { credentials = credentials, hosts = list, path = path, query = query }
end

local function credentials_of(text, options)
  if not text then return end
  local user, password = text:match("^([^:]*):(.*)$")
  if not user then
    wrong("before the @ of the Redis URL stands neither user:password nor :password", "put a colon before it")
  end
  user, password = decoded(user), decoded(password)
  options.user = user ~= "" and user or nil
  options.password = password ~= "" and password or nil
end

local function belongs(item, scheme)
  return not item[3] or item[3] == "tls" and scheme.is_secure or item[3] == scheme.kind
end

local function check_item(item, scheme)
  if belongs(item, scheme) then return end
  if item[3] == "tls" then
    wrong("the Redis URL has " .. item[1] .. "= without TLS", scheme.kind == "socket"
      and "leave it away: a unix socket has no TLS" or "begin the URL with rediss, or leave it away")
  end
  wrong("the Redis URL has " .. item[1] .. "= and names no Sentinel",
    "begin the URL with redis+sentinel:// or rediss+sentinel://, or leave it away")
end

local function item_of(name, scheme)
  local known = {}
  for _, item in ipairs(ITEMS) do
    if item[1] == name then return item end
    if belongs(item, scheme) then known[#known + 1] = item[1] .. "=" end
  end
  local last = table.remove(known)
  wrong("the Redis URL has something unknown after its ?", "write only " .. table.concat(known, ", ") .. " or " .. last)
end

local function items_of(query, scheme, options)
  local seen = {}
  for text in query:gmatch("[^&]+") do
    local name = text:match("^[^=]*")
    local item = item_of(name, scheme)
    check_item(item, scheme)
    if seen[name] then wrong("the Redis URL has " .. name .. "= twice", "leave one away") end
    local value = decoded(text:sub(#name + 2))
    if value == "" or value:find("%z") then
      wrong("the Redis URL has nothing of use after " .. name .. "=", "write a value, or leave it away")
    end
    seen[name], options[item[2]] = true, value
  end
end

local function check_tls(options)
  if (options.cert == nil) ~= (options.key == nil) then
    local has, lacks = options.cert and "cert" or "key", options.cert and "key" or "cert"
    wrong("the Redis URL has " .. has .. "= without " .. lacks .. "=", "give both, or neither")
  end
  local name = options.server_name
  if name and not hosts.is_address(name) and not hosts.is_name(name) then
    wrong("server_name= of the Redis URL is neither a host's name nor an IP address",
      "write a name that the server's certificate is for")
  end
  if options.tls_min and options.tls_min ~= "1.2" and options.tls_min ~= "1.3" then
    wrong("tls_min= of the Redis URL is no version of TLS", "write 1.2 or 1.3")
  end
end

-- With the number of the host in the list, which is not quoted.
local function places_of(list, default_port)
  local places, seen, index = {}, {}, 0
  for text in (list .. ","):gmatch("([^,]*),") do
    index = index + 1
    local where = "host " .. index .. " of the Redis URL"
    if text == "" then wrong(where .. " is empty", "write a host, or leave the comma away") end
    if text:find("^unix:") then wrong(where .. " is a unix socket", "write host:port: others must reach it too") end
    local place = hosts.parsed(text, default_port)
    if not place then wrong(where .. " is no good host and port", "write it like host:" .. default_port) end
    local name = hosts.text(place)
    if seen[name] then wrong(where .. " is host " .. seen[name] .. " again", "name each once") end
    seen[name], places[index] = index, name
  end
  return places
end

local PLACE = {}

function PLACE.socket(parts, options)
  if parts.hosts ~= "" or #parts.path < 2 then wrong("the Redis URL has no path of a socket", WANTED) end
  options.path = decoded(parts.path)
  return ""
end

function PLACE.server(parts, options)
  if parts.hosts:find(",", 1, true) then
    wrong("the Redis URL has several hosts", "name one, or begin with redis+sentinel:// or redis+cluster://")
  end
  local place = hosts.parsed(parts.hosts, 6379)
  if not place then wrong("the Redis URL has no good host and port", WANTED) end
  options.host, options.port = place.host, place.port
  return parts.path:sub(2)
end

function PLACE.sentinel(parts, options)
  options.sentinels = places_of(parts.hosts, 26379)
  local master, database, more = parts.path:match("^/([^/]*)/?([^/]*)(.*)$")
  if not master or master == "" then
    wrong("the Redis URL does not name the master that the Sentinels watch",
      "write it behind the hosts, like redis+sentinel://host1,host2/mymaster/0")
  end
  if more ~= "" then
    wrong("the path of the Redis URL has more than a master's name and a database",
      "write it like redis+sentinel://host1,host2/mymaster/0")
  end
  options.master = decoded(master)
  if options.master:find("[^\33-\126]") then
    wrong("the master's name in the Redis URL has a space, a control character or a letter beyond ASCII",
      "write the name that `sentinel monitor` gives it")
  end
  return database
end

function PLACE.cluster(parts, options)
  options.cluster = places_of(parts.hosts, 6379)
  if parts.path ~= "" and parts.path ~= "/" then
    wrong("the Redis URL has a path behind the hosts of a Redis Cluster, which has only database 0", "leave the path away")
  end
  return ""
end

local function database_of(in_path, item, kind)
  if in_path ~= "" and item then wrong("the Redis URL has two databases", "leave one away") end
  local text = item or in_path
  if text == "" then return nil end
  if not text:find("^%d%d?%d?%d?%d?$") then wrong("the database of the Redis URL is not a number", "write one, like 0") end
  if kind == "cluster" and tonumber(text) ~= 0 then
    wrong("the Redis URL has another database than 0, and a Redis Cluster has no other",
      "leave database= away; clusters are kept apart by their namespaces")
  end
  return tonumber(text)
end

local function check_passwords(options)
  if options.password_file and options.password_env then
    wrong("the Redis URL has both password-file= and password-env=", "leave one away")
  end
  if options.password and (options.password_file or options.password_env) then
    wrong("the Redis URL has two passwords", "leave all but one away")
  end
  if options.sentinel_password_file and options.sentinel_password_env then
    wrong("the Redis URL has both sentinel-password-file= and sentinel-password-env=", "leave one away")
  end
  if options.sentinel_user and not (options.sentinel_password_file or options.sentinel_password_env) then
    wrong("the Redis URL has sentinel-user= without a password", "give sentinel-password-file= or sentinel-password-env=")
  end
end

local function parse(text)
  local scheme, options = scheme_of(text), {}
  local parts = cut(scheme, text)
  local database = PLACE[scheme.kind](parts, options)
  credentials_of(parts.credentials, options)
  items_of(parts.query, scheme, options)
  if scheme.is_secure then
    options.tls = true
    check_tls(options)
  end
  options.database = database_of(database, options.database, scheme.kind)
  check_passwords(options)
  return options
end

-- The options that the URL stands for, under the names of `redis`. Nil and what is wrong.
function redis_url.parsed(text)
  local is_fine, options = pcall(parse, text)
  if is_fine then return options end
  if type(options) == "table" then return nil, options.problem end
  error(options, 0)
end

return redis_url
