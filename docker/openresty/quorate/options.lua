-- Checks what `quorate.new` is given: docs/nginx.md has the table. All that is wrong is told at once.
local checks = require "quorate.checks"
local http = require "quorate.http"
local redis_options = require "quorate.redis_options"

local options = {}

-- What others call it.
local OTHER_NAMES = {
  nodes = "http", urls = "http", upstream = "upstreams", callback = "on_change", redis_url = "redis", url = "redis",
}

local function namespace(value)
  if type(value) ~= "string" or #value > 64 or not value:find("^[%w_.%-]+$") then
    return "1 to 64 of A-Z a-z 0-9 _ . - are wanted"
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

local function redis(value)
  if type(value) ~= "table" and type(value) ~= "string" then
    return "a URL such as \"redis://127.0.0.1:6379/0\", or a table such as { host = \"127.0.0.1\", port = 6379 } is wanted"
  end
end

local ALL = {
  redis = { check = redis, is_secret = true },
  namespace = { check = namespace, default = "default" },
  upstreams = { check = checks.list_of(upstream, "upstreams' names") },
  http = { check = checks.list_of(url, "URLs"), default = {} },
  http_timeout = { check = checks.milliseconds(10, 60000), default = 1000 },
  on_change = { check = checks.of_type("function", "a function") },
  mark_peers = { check = checks.of_type("boolean", "true or false"), default = true },
  heed_panic = { check = checks.of_type("boolean", "true or false"), default = false },
  compare_every = { check = checks.milliseconds(100, 3600000), default = 5000 },
  longest_rest = { check = checks.milliseconds(100, 600000), default = 1000 },
}

-- Raises an error that names all problems.
function options.checked(given)
  if type(given) ~= "table" then error("quorate.new: a table of options is wanted", 0) end
  local problems = {}
  local all = checks.taken(given, ALL, "", OTHER_NAMES, problems)
  if all.redis ~= nil and redis(all.redis) == nil then all.redis = redis_options.checked(all.redis, problems) end
  if all.upstreams == nil or type(all.upstreams) == "table" and next(all.upstreams) == nil then
    problems[#problems + 1] = "upstreams names none; those to be followed are wanted"
  end
  if given.redis == nil and (type(all.http) ~= "table" or next(all.http) == nil) then
    problems[#problems + 1] = "neither redis nor http says where to read"
  end
  if #problems > 0 then error("quorate.new: " .. table.concat(problems, "; "), 0) end
  return all
end

return options
