-- The first part of what runs before a configuration's Lua, in one state with it: what the other parts use, and what
-- the configuration finds as globals. Whatever is captured here cannot be changed from there.
local host = ...
local globals = getfenv(0)
local type, tostring, tonumber, select, next, pairs, ipairs = type, tostring, tonumber, select, next, pairs, ipairs
local error, pcall, xpcall, load, unpack, setfenv = error, pcall, xpcall, load, unpack, setfenv
local setmetatable, rawget, rawset = setmetatable, rawget, rawset
local byte, char, find, format, gsub, match, sub = string.byte, string.char, string.find, string.format, string.gsub,
  string.match, string.sub
local concat, insert, remove, sort = table.concat, table.insert, table.remove, table.sort
local floor, huge = math.floor, math.huge
local time, date, clock, difftime = os.time, os.date, os.clock, os.difftime
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status

-- Frames are made of fields: four bytes of length, the lowest first, and the text.
local function number(value)
  return char(value % 256, floor(value / 256) % 256, floor(value / 65536) % 256, floor(value / 16777216) % 256)
end

local function field(text)
  return number(#text) .. text
end

local function tell(tag, ...)
  local fields = { tag }
  for index = 1, select("#", ...) do fields[index + 1] = field(tostring((select(index, ...)))) end
  host.send(concat(fields))
end

-- Gives one field of a frame after the other.
local function reader(frame, position)
  return function()
    local a, b, c, d = byte(frame, position, position + 3)
    local count = a + 256 * b + 65536 * c + 16777216 * d
    local text = sub(frame, position + 4, position + 3 + count)
    position = position + 4 + count
    return text
  end
end

-- What is out of reach says so, instead of being nil.
local function out_of_reach(name, parts)
  return setmetatable(parts, {
    __index = function(_, key)
      return function() error(name .. "." .. tostring(key) .. " is out of reach here", 2) end
    end,
    __metatable = false,
  })
end

-- No hook looks into functions of C: where they may take long, their place is noted before.
local function marked(call)
  return function(...)
    host.mark()
    return call(...)
  end
end

for _, name in ipairs { "rep", "find", "match", "gsub", "format", "reverse", "upper", "lower" } do
  string[name] = marked(string[name])
end
for _, name in ipairs { "concat", "sort", "insert", "remove" } do table[name] = marked(table[name]) end
string.dump = nil

globals.os = out_of_reach("os", {
  time = time, date = date, clock = clock, difftime = difftime, getenv = function() return nil end,
})
globals.io = out_of_reach("io", {})
globals.debug = out_of_reach("debug", {
  traceback = function(text) return text end,
  getinfo = function() return { source = "=?", short_src = "?", currentline = 0, what = "Lua" } end,
})
globals.jit = out_of_reach("jit", {
  version = "LuaJIT 2.1", version_num = 20100, os = "Linux", arch = "x64",
  on = function() end, off = function() end, flush = function() end, status = function() return false end,
})
globals.print = function() end
globals.collectgarbage = function() return 0 end
globals.gcinfo, globals.newproxy = nil, nil
globals.dofile = function() error("dofile is out of reach here", 2) end
globals.loadfile = function() error("loadfile is out of reach here", 2) end

-- Text only: bytecode is not checked by anybody.
globals.load = function(chunk, name, _, environment)
  host.mark()
  return load(chunk, name, "t", environment or globals)
end
globals.loadstring = function(chunk, name)
  host.mark()
  return load(chunk, name, "t")
end
