-- `ngx` as far as a start needs it.
local ngx, timers, dictionary
local phase, process_type = "init", "worker"
timers = {}
do
  local constants = {
    STDERR = 0, EMERG = 1, ALERT = 2, CRIT = 3, ERR = 4, WARN = 5, NOTICE = 6, INFO = 7, DEBUG = 8,
    OK = 0, ERROR = -1, AGAIN = -2, DONE = -4, DECLINED = -5,
    HTTP_OK = 200, HTTP_CREATED = 201, HTTP_NO_CONTENT = 204, HTTP_MOVED_TEMPORARILY = 302,
    HTTP_NOT_MODIFIED = 304, HTTP_BAD_REQUEST = 400, HTTP_UNAUTHORIZED = 401, HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404, HTTP_INTERNAL_SERVER_ERROR = 500, HTTP_BAD_GATEWAY = 502, HTTP_SERVICE_UNAVAILABLE = 503,
    HTTP_GATEWAY_TIMEOUT = 504, HTTP_GET = 2, HTTP_HEAD = 4, HTTP_POST = 8, HTTP_PUT = 16, HTTP_DELETE = 32,
  }
  local function nothing() end
  local null = setmetatable({}, { __tostring = function() return "userdata: NULL" end, __metatable = false })

  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  local function encode_base64(text, no_padding)
    text = tostring(text)
    local parts = {}
    for start = 1, #text, 3 do
      local a, b, c = byte(text, start, start + 2)
      local bits = a * 65536 + (b or 0) * 256 + (c or 0)
      for digit = 0, 3 do
        local index = floor(bits / 64 ^ (3 - digit)) % 64
        local isThere = digit < 2 or (digit == 2 and b) or (digit == 3 and c)
        parts[#parts + 1] = isThere and sub(alphabet, index + 1, index + 1) or (no_padding == true and "" or "=")
      end
    end
    return concat(parts)
  end

  local function decode_base64(text)
    text = gsub(text, "=+$", "")
    if find(text, "[^%w+/]") or #text % 4 == 1 then return nil end
    local parts = {}
    for start = 1, #text, 4 do
      local bits, count = 0, 0
      for index = start, start + 3 do
        local digit = sub(text, index, index)
        bits = bits * 64 + (digit ~= "" and find(alphabet, digit, 1, true) - 1 or 0)
        count = digit ~= "" and count + 1 or count
      end
      parts[#parts + 1] = sub(char(floor(bits / 65536), floor(bits / 256) % 256, bits % 256), 1, count - 1)
    end
    return concat(parts)
  end

  local function escape_uri(text)
    return (gsub(tostring(text), "[^%w%-._~!*'()]", function(one) return format("%%%02X", byte(one)) end))
  end

  local function unescape_uri(text)
    return (gsub(gsub(tostring(text), "%+", " "), "%%(%x%x)", function(digits) return char(tonumber(digits, 16)) end))
  end

  -- What runs at once where nginx would run it beside the rest. What it does is known; how it ends, too.
  local function thread(start, ...)
    local routine = create(start)
    local results = { resume(routine, ...) }
    while status(routine) == "suspended" do results = { resume(routine) } end
    if not results[1] then error(results[2], 0) end
    return results
  end

  local function at(delay, start, ...)
    if delay == 0 then
      timers[#timers + 1] = { start, select("#", ...), ... }
    else
      tell("D", host.where())
    end
    return true
  end

  local function not_evaluated(name)
    return setmetatable({}, {
      __index = function(_, key)
        return function() error(name .. "." .. tostring(key) .. " is not evaluated here", 2) end
      end,
      __metatable = false,
    })
  end

  -- lua_shared_dict, for as long as the evaluation lasts.
  function dictionary(name)
    local values = {}
    local dict = { _name = name }
    function dict.get(_, key) return values[key] end
    dict.get_stale = dict.get
    function dict.set(_, key, value)
      values[key] = value
      return true, nil, false
    end
    dict.safe_set = dict.set
    function dict.add(_, key, value)
      if values[key] ~= nil then return false, "exists", false end
      values[key] = value
      return true, nil, false
    end
    dict.safe_add = dict.add
    function dict.replace(_, key, value)
      if values[key] == nil then return false, "not found", false end
      values[key] = value
      return true, nil, false
    end
    function dict.incr(_, key, by, init)
      local old = values[key] or init
      if old == nil then return nil, "not found" end
      values[key] = old + by
      return values[key]
    end
    function dict.delete(_, key) values[key] = nil end
    function dict.flush_all() values = {} end
    function dict.flush_expired() return 0 end
    function dict.get_keys()
      local keys = {}
      for key in pairs(values) do keys[#keys + 1] = key end
      return keys
    end
    return patient("ngx.shared." .. name, dict)
  end

  ngx = constants
  ngx.null, ngx.shared, ngx.ctx = null, {}, {}
  ngx.log, ngx.say, ngx.print, ngx.flush, ngx.eof, ngx.sleep, ngx.update_time =
    nothing, nothing, nothing, nothing, nothing, nothing, nothing
  ngx.time, ngx.now = function() return time() end, function() return time() end
  ngx.today, ngx.utctime = function() return date("!%Y-%m-%d") end, function() return date("!%Y-%m-%d %H:%M:%S") end
  ngx.localtime = function() return date("%Y-%m-%d %H:%M:%S") end
  ngx.encode_base64, ngx.decode_base64 = encode_base64, decode_base64
  ngx.escape_uri, ngx.unescape_uri = escape_uri, unescape_uri
  ngx.get_phase = function() return phase end
  ngx.re = not_evaluated("ngx.re")
  ngx.worker = patient("ngx.worker", {
    id = function() return process_type == "worker" and 0 or nil end,
    pid = function() return 1 end, pids = function() return { 1 } end, count = function() return 1 end,
    exiting = function() return false end,
  })
  ngx.timer = patient("ngx.timer", {
    at = at, every = at, running_count = function() return 0 end, pending_count = function() return #timers end,
  })
  ngx.timer.every = function() return at() end
  ngx.thread = patient("ngx.thread", {
    spawn = thread, kill = function() return true end, wait = function(results) return unpack(results) end,
  })
  ngx.config = patient("ngx.config", {
    subsystem = "http", debug = false, nginx_version = 1027001, ngx_lua_version = 10027,
    nginx_configure = function() return "" end,
  })
  globals.ngx = patient("ngx", ngx)
  globals.ndk = standin("ndk")
end
