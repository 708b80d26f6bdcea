-- Checks what `quorate.new` is given: docs/nginx.md has the table. All that is wrong is told at once.
local http = require "quorate.http"
local names = require "quorate.names"

local options = {}

-- What others call it.
local OTHER_NAMES = {
  db = "database", username = "user", pass = "password", auth = "password", socket = "path", unix = "path",
  nodes = "http", urls = "http", upstream = "upstreams", callback = "on_change",
}

local function shown(value)
  if type(value) == "string" then return ("%q"):format(#value > 64 and value:sub(1, 64) .. "…" or value) end
  return tostring(value)
end

local function without_secret(url) return type(url) == "string" and url:gsub("//[^/]*@", "//***@") or url end

local function text(value)
  if type(value) ~= "string" or value == "" then return "a text that is not empty is wanted" end
end

-- Never shown: it may be a password at the wrong place.
local function secret(value)
  if type(value) ~= "string" then return "a text is wanted, and not a " .. type(value) end
end

local function whole(least, most, unit)
  return function(value)
    if type(value) ~= "number" or value ~= math.floor(value) or value < least or value > most then
      return ("a whole number%s from %d to %d is wanted, without quotes"):format(unit and " of " .. unit or "", least, most)
    end
  end
end

local function milliseconds(least, most) return whole(least, most, "milliseconds") end

local function namespace(value)
  if type(value) ~= "string" or #value > 64 or not value:find("^[%w_.%-]+$") then
    return "1 to 64 of A-Z a-z 0-9 _ . - are wanted"
  end
end

local function of_type(wanted, what)
  return function(value)
    if type(value) ~= wanted then return what .. " is wanted" end
  end
end

local function list_of(check, what)
  return function(value)
    if type(value) ~= "table" then return "a list of " .. what .. " is wanted" end
    local count = 0
    for _ in pairs(value) do count = count + 1 end
    if count ~= #value then return "a plain list of " .. what .. " is wanted, without names or gaps" end
    for index, item in ipairs(value) do
      local wrong = check(item)
      if wrong then return ("entry %d is %s; %s"):format(index, shown(without_secret(item)), wrong) end
    end
  end
end

local function upstream(value)
  if type(value) ~= "string" or #value > 64 or not value:find("^[%w_.:%-]+$") then
    return "up to 64 of A-Z a-z 0-9 _ . : - are wanted, as in Quorate's settings"
  end
end

local function url(value)
  if type(value) ~= "string" or not http.parsed(value) then return "http://HOST:PORT of a node is wanted (no https)" end
end

local REDIS = {
  host = { check = text }, port = { check = whole(1, 65535), default = 6379 }, path = { check = text },
  user = { check = text }, password = { check = secret, is_secret = true },
  database = { check = whole(0, 2147483647), default = 0 },
  timeout = { check = milliseconds(10, 60000), default = 1000 },
  dead_after = { check = milliseconds(1000, 600000), default = 5000 },
}

local ALL = {
  redis = { check = of_type("table", "a table such as { host = \"127.0.0.1\", port = 6379 }"), is_secret = true },
  namespace = { check = namespace, default = "default" },
  upstreams = { check = list_of(upstream, "upstreams' names") },
  http = { check = list_of(url, "URLs"), default = {} },
  http_timeout = { check = milliseconds(10, 60000), default = 1000 },
  on_change = { check = of_type("function", "a function") },
  mark_peers = { check = of_type("boolean", "true or false"), default = true },
  heed_panic = { check = of_type("boolean", "true or false"), default = false },
  compare_every = { check = milliseconds(100, 3600000), default = 5000 },
  longest_rest = { check = milliseconds(100, 600000), default = 1000 },
}

local function unknown(place, name, known)
  local meant = type(name) == "string" and (OTHER_NAMES[name:lower()] or names.nearest(name, names.of(known)))
  if meant and known[meant] then return ("%s%s is unknown; did you mean %s?"):format(place, name, meant) end
  return ("%s%s is unknown; there is: %s"):format(place, tostring(name), table.concat(names.of(known), ", "))
end

-- The given with the defaults, and adds to the problems.
local function taken(given, known, place, problems)
  local all = {}
  for name, rule in pairs(known) do all[name] = rule.default end
  local given_names = {}
  for name in pairs(given) do given_names[#given_names + 1] = name end
  table.sort(given_names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(given_names) do
    local rule, value = known[name], given[name]
    local wrong = rule and rule.check(value)
    if not rule then
      problems[#problems + 1] = unknown(place, name, known)
    elseif wrong then
      local what = rule.is_secret and "" or " is " .. (type(value) == "table" and "a table" or shown(value)) .. ";"
      problems[#problems + 1] = place .. name .. (rule.is_secret and ":" or what) .. " " .. wrong
    end
    all[name] = value
  end
  return all
end

local function check_redis(given, problems)
  local redis = taken(given, REDIS, "redis.", problems)
  if redis.host == nil and redis.path == nil then
    problems[#problems + 1] = "redis has neither host (and port) nor path of a unix socket"
  elseif redis.host ~= nil and redis.path ~= nil then
    problems[#problems + 1] = "redis has both host and path; take one of them away"
  end
  if redis.user ~= nil and redis.password == nil then
    problems[#problems + 1] = "redis.user has no redis.password; it may be empty for a user without one"
  end
  return redis
end

-- Raises an error that names all problems.
function options.checked(given)
  if type(given) ~= "table" then error("quorate.new: a table of options is wanted", 0) end
  local problems = {}
  local all = taken(given, ALL, "", problems)
  if type(all.redis) == "table" then all.redis = check_redis(all.redis, problems) end
  if all.upstreams == nil or type(all.upstreams) == "table" and next(all.upstreams) == nil then
    problems[#problems + 1] = "upstreams names none; those to be followed are wanted"
  end
  if all.redis == nil and (type(all.http) ~= "table" or next(all.http) == nil) then
    problems[#problems + 1] = "neither redis nor http says where to read"
  end
  if #problems > 0 then error("quorate.new: " .. table.concat(problems, "; "), 0) end
  return all
end

return options
