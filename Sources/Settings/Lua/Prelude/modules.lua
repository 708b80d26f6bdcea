-- `require`: what is known here first, then the configuration's own files, then a stand-in.
local has_agent = false
local package = { loaded = {}, preload = {}, path = "", cpath = "", config = "/\n;\n?\n!\n-\n" }
globals.package = out_of_reach("package", package)
do
  local function upstream_module()
    local function peers(name, role)
      local found = upstreams[tostring(name)]
      if not found then return nil, "upstream not found" end
      local list = {}
      for _, server in ipairs(found) do
        if (server.backup or false) == (role == "backup") then
          list[#list + 1] = {
            id = #list, name = server.addr, weight = server.weight, current_weight = 0,
            effective_weight = server.weight, fails = 0, max_fails = server.max_fails,
            fail_timeout = server.fail_timeout, down = server.down,
          }
        end
      end
      return list
    end
    return patient("ngx.upstream", {
      get_upstreams = function()
        local names = {}
        for index, upstream in ipairs(upstreams) do names[index] = upstream.name end
        return names
      end,
      get_servers = function(name)
        local found = upstreams[tostring(name)]
        if not found then return nil, "upstream not found" end
        local list = {}
        for index, server in ipairs(found) do
          list[index] = {
            addr = server.addr, name = server.addr, weight = server.weight, max_fails = server.max_fails,
            fail_timeout = server.fail_timeout, backup = server.backup, down = server.down,
          }
        end
        return list
      end,
      get_primary_peers = function(name) return peers(name, "primary") end,
      get_backup_peers = function(name) return peers(name, "backup") end,
      set_peer_down = function() return true end, current_upstream_name = function() return nil end,
    })
  end

  local function lrucache()
    local function new()
      local values = {}
      return patient("lrucache", {
        get = function(_, key) return values[key] end,
        set = function(_, key, value) values[key] = value end,
        delete = function(_, key) values[key] = nil end,
        flush_all = function() values = {} end,
      })
    end
    return patient("lrucache", { new = new })
  end

  local function json()
    return patient("cjson", { null = ngx.null, decode = json_decode, encode = json_encode })
  end

  local function safe_json()
    return patient("cjson.safe", {
      null = ngx.null,
      decode = function(text)
        local isGood, value = pcall(json_decode, text)
        if isGood then return value end
        return nil, value
      end,
      encode = json_encode,
    })
  end

  local function process()
    return patient("ngx.process", {
      type = function() return process_type end,
      enable_privileged_agent = function()
        has_agent = true
        return true
      end,
    })
  end

  local function clear(list)
    for key in next, list do list[key] = nil end
  end

  local function clone(list)
    local copy = {}
    for key, value in next, list do copy[key] = value end
    return copy
  end

  local function count(list)
    local found = 0
    for _ in next, list do found = found + 1 end
    return found
  end

  local known = {
    ["resty.upstream.healthcheck"] = function() return healthcheck end,
    ["ngx.upstream"] = upstream_module,
    ["ngx.process"] = process,
    ["ngx.re"] = function() return ngx.re end,
    ["resty.lrucache"] = lrucache,
    ["resty.lrucache.pureffi"] = lrucache,
    cjson = json,
    ["cjson.safe"] = safe_json,
    ["table.new"] = function() return function() return {} end end,
    ["table.clear"] = function() return clear end,
    ["table.clone"] = function() return clone end,
    ["table.nkeys"] = function() return count end,
    ["table.isempty"] = function() return function(list) return next(list) == nil end end,
    ["table.isarray"] = function() return function(list) return #list == count(list) end end,
  }
  for _, name in ipairs { "string", "table", "math", "os", "io", "debug", "coroutine", "bit", "jit", "package", "ngx" } do
    known[name] = function() return globals[name] end
  end
  known._G = function() return globals end

  -- Libraries of OpenResty, which nobody misses here.
  local function is_library(name)
    return find(name, "^resty%.") or find(name, "^ngx%.") or name == "ffi" or name == "cjson" or name == "lfs"
      or find(name, "^socket") or find(name, "^jit%.")
  end

  local function load_file(name, chunk, text)
    local start, fault = load(text, "@lua#" .. chunk, "t")
    if not start then error(fault, 0) end
    host.enter(tonumber(chunk))
    return start(name)
  end

  local function search(name)
    tell("M", name, tostring(rawget(package, "path")), host.where())
    local frame = host.receive()
    if sub(frame, 1, 1) ~= "F" then
      if not is_library(name) then tell("U", name, host.where()) end
      return standin('require "' .. name .. '"')
    end
    local take = reader(frame, 2)
    local chunk, text = take(), take()
    if not find(name, "^resty%.") then return load_file(name, chunk, text) end
    -- The file of a library may need what is not here.
    local isGood, value = pcall(load_file, name, chunk, text)
    if isGood then return value end
    return standin('require "' .. name .. '"')
  end

  function globals.require(name)
    name = tostring(name)
    local loaded = package.loaded
    if loaded[name] ~= nil then return loaded[name] end
    local value
    if known[name] then
      value = known[name]()
    elseif package.preload[name] then
      value = package.preload[name](name)
    else
      value = search(name)
    end
    if value ~= nil then loaded[name] = value end
    if loaded[name] == nil then loaded[name] = true end
    return loaded[name]
  end

  function package.seeall(module)
    setmetatable(module, { __index = globals })
  end

  -- Lua 5.0's way to write a module, which old files have.
  function globals.module(name, ...)
    local module = package.loaded[name] or {}
    package.loaded[name] = module
    rawset(globals, match(name, "^[^.]*"), rawget(globals, match(name, "^[^.]*")) or module)
    module._M, module._NAME, module._PACKAGE = module, name, match(name, "^(.*%.)") or ""
    for index = 1, select("#", ...) do (select(index, ...))(module) end
    setfenv(2, module)
  end
end
