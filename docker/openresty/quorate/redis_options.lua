-- Checks what `quorate.new` is given as `redis`: a URL, or a table whose options docs/nginx.md has.
local checks = require "quorate.checks"
local hosts = require "quorate.hosts"
local redis_url = require "quorate.redis_url"

local redis_options = {}

local function place(value)
  if type(value) ~= "string" or not hosts.parsed(value, 1) then return "a text such as \"10.0.0.5:6379\" is wanted" end
end

local function master(value)
  if type(value) ~= "string" or value == "" or value:find("[^\33-\126]") then
    return "the name that `sentinel monitor` gives it is wanted"
  end
end

local function server_name(value)
  if type(value) ~= "string" or not (hosts.is_name(value) or hosts.is_address(value)) then
    return "a name that the server's certificate is for is wanted"
  end
end

local function client_name(value)
  if type(value) ~= "string" or value == "" or value:find("[^\33-\126]") then
    return "printable ASCII without spaces is wanted"
  end
end

local text, secret = { check = checks.text }, { check = checks.secret, is_secret = true }

local KNOWN = {
  url = { check = checks.secret, is_secret = true },
  host = text, port = { check = checks.whole(1, 65535), default = 6379 }, path = text,
  sentinels = { check = checks.list_of(place, "Sentinels, each such as \"10.0.0.5:26379\"") }, master = { check = master },
  cluster = { check = checks.list_of(place, "servers, each such as \"10.0.0.5:6379\"") },
  user = text, password = secret, password_file = text, password_env = text,
  sentinel_user = text, sentinel_password = secret, sentinel_password_file = text, sentinel_password_env = text,
  database = { check = checks.whole(0, 2147483647), default = 0 }, name = { check = client_name },
  tls = { check = checks.of_type("boolean", "true or false") }, ca = text, cert = text, key = text,
  server_name = { check = server_name },
  timeout = { check = checks.milliseconds(10, 60000), default = 1000 },
  dead_after = { check = checks.milliseconds(1000, 600000), default = 5000 },
}

-- What others call it.
local OTHER_NAMES = {
  db = "database", username = "user", pass = "password", auth = "password", socket = "path", unix = "path",
  ssl = "tls", master_name = "master", service = "master", sentinel = "sentinels", nodes = "cluster", uri = "url",
  passwordfile = "password_file", ssl_verify = "tls", sni = "server_name", cafile = "ca",
}

-- Options that nginx has as directives of its own.
local DIRECTIVES = {
  tls_min = "the oldest version of TLS is told to nginx, by lua_ssl_protocols; take tls_min away, and write "
    .. "lua_ssl_protocols TLSv1.2 TLSv1.3; or TLSv1.3 alone",
}

local function is_given(options, names)
  local found = {}
  for _, name in ipairs(names) do
    if options[name] ~= nil then found[#found + 1] = name end
  end
  return found
end

local function check_places(given, add)
  local kinds = is_given(given, { "host", "path", "sentinels", "cluster" })
  if #kinds == 0 then
    add("redis has neither host (and port) nor path of a unix socket, nor sentinels, cluster or url")
  elseif #kinds > 1 then
    add("redis has both " .. kinds[1] .. " and " .. kinds[2] .. "; take one of them away")
  end
  for _, name in ipairs { "sentinels", "cluster" } do
    if type(given[name]) == "table" and next(given[name]) == nil then add("redis." .. name .. " names none") end
  end
  if given.sentinels ~= nil and given.master == nil then
    add("redis.sentinels has no redis.master; the name is wanted that `sentinel monitor` gives it")
  elseif given.master ~= nil and given.sentinels == nil then
    add("redis.master has no redis.sentinels; those are wanted that know where it is")
  end
end

local function check_login(given, prefix, add)
  local passwords = is_given(given, { prefix .. "password", prefix .. "password_file", prefix .. "password_env" })
  if #passwords > 1 then
    add("redis has both " .. passwords[1] .. " and " .. passwords[2] .. "; take one of them away")
  elseif #passwords == 0 and given[prefix .. "user"] ~= nil then
    add(("redis.%suser has no redis.%spassword; it may be empty for a user without one"):format(prefix, prefix))
  end
end

local function check_tls(given, add)
  local of_tls = is_given(given, { "ca", "cert", "key", "server_name" })
  if given.tls ~= true and #of_tls > 0 then
    add("redis." .. of_tls[1] .. " is given without redis.tls = true")
  elseif given.tls and given.path ~= nil then
    add("redis has both path and tls; a unix socket has no TLS")
  end
  if (given.cert == nil) ~= (given.key == nil) then
    add("redis has one of cert and key; give both, or neither")
  elseif given.cert ~= nil and not checks.has_client_certificates() then
    add("redis.cert: this Lua module of nginx shows no client certificate; 0.10.22 or later does")
  end
end

local function check_rest(given, add)
  if given.cluster ~= nil and type(given.database) == "number" and given.database ~= 0 then
    add("redis.database is " .. given.database .. "; a Redis Cluster has only database 0")
  end
  if given.sentinels == nil then
    for _, name in ipairs(is_given(given, { "sentinel_user", "sentinel_password", "sentinel_password_file",
      "sentinel_password_env" })) do
      add("redis." .. name .. " is given without redis.sentinels")
    end
  end
end

local function password_of(all, prefix)
  local text_, file, env = all[prefix .. "password"], all[prefix .. "password_file"], all[prefix .. "password_env"]
  return (text_ or file or env) and { text = text_, file = file, env = env } or nil
end

local function places_of(list, port)
  local places = {}
  for index, one in ipairs(list) do places[index] = hosts.parsed(one, port) end
  return places
end

-- As the other files have it: `kind` ("single", "sentinel" or "cluster"), `places`, `login`, `sentinel_login`, `tls`, …
local function arranged(all)
  local redis = {
    database = all.database, name = all.name, timeout = all.timeout, dead_after = all.dead_after, master = all.master,
    login = { user = all.user, password = password_of(all, ""), names = { "redis.user", "redis.password" }, what = "redis" },
    sentinel_login = { user = all.sentinel_user, password = password_of(all, "sentinel_"),
      names = { "redis.sentinel_user", "redis.sentinel_password" }, what = "Sentinel" },
    tls = all.tls and { ca = all.ca, cert = all.cert, key = all.key, server_name = all.server_name } or nil,
  }
  if all.sentinels then
    redis.kind, redis.places = "sentinel", places_of(all.sentinels, 26379)
  elseif all.cluster then
    redis.kind, redis.places = "cluster", places_of(all.cluster, 6379)
  else
    redis.kind, redis.places = "single", { { path = all.path, host = all.host, port = all.host and all.port } }
  end
  return redis
end

-- What the URL says, with the times that stand beside it. Nil: something is wrong.
local function from_url(given, add)
  for name in pairs(given) do
    if name ~= "url" and name ~= "timeout" and name ~= "dead_after" then
      add("redis.url says all but timeout and dead_after; take redis." .. tostring(name) .. " away")
    end
  end
  local options, why = redis_url.parsed(given.url)
  if not options then
    add("redis: " .. why)
    return nil
  end
  -- As the nodes do: a user without a password is not sent.
  if not (options.password or options.password_file or options.password_env) then options.user = nil end
  options.timeout, options.dead_after = given.timeout, given.dead_after
  return options
end

-- The options in the form that the other files read. Adds to the problems.
function redis_options.checked(given, problems)
  local function add(text_) problems[#problems + 1] = text_ end
  local before = #problems
  if type(given) == "string" then given = { url = given } end
  if type(given.url) == "string" then given = from_url(given, add) end
  if not given then return nil end
  local rest = {}
  for name, value in pairs(given) do
    if DIRECTIVES[name] then add("redis." .. name .. ": " .. DIRECTIVES[name]) else rest[name] = value end
  end
  local all = checks.taken(rest, KNOWN, "redis.", OTHER_NAMES, problems)
  check_places(given, add)
  check_login(given, "", add)
  check_login(given, "sentinel_", add)
  check_tls(given, add)
  check_rest(given, add)
  return #problems == before and arranged(all) or nil
end

return redis_options
