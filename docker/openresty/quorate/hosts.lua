-- Hosts and ports, as Quorate's settings write them: host, host:port, [ipv6] or [ipv6]:port.
local ffi = require "ffi"

local hosts = {}

pcall(ffi.cdef, "int inet_pton(int, const char *, void *);")

local IPV4, IPV6 = 2, 10
local room = ffi.new("uint8_t[16]")

local function is_address(family, text) return not text:find("%z") and ffi.C.inet_pton(family, text, room) == 1 end

local function is_ipv6(text) return text:find(":", 1, true) ~= nil and is_address(IPV6, text) end

-- Not a name, but an address.
function hosts.is_address(text) return is_address(IPV4, text) or is_ipv6(text) end

-- Digits and dots alone would be a misspelt address.
function hosts.is_name(text)
  return #text >= 1 and #text <= 253 and text:find("^[%w._-]+$") ~= nil and text:find("[%a_-]") ~= nil
    and not text:find("^[.-]") and not text:find("..", 1, true)
end

local function parts_of(text)
  if text:sub(1, 1) == "[" then
    local inside, rest = text:match("^%[([^%]]*)%](.*)$")
    if not inside or not is_ipv6(inside) or rest ~= "" and rest:sub(1, 1) ~= ":" then return nil end
    return inside, rest ~= "" and rest:sub(2) or nil
  end
  if is_ipv6(text) then return text end
  local host, port = text:match("^(.*):([^:]*)$")
  return host or text, port
end

-- { host, port }, the host without brackets; nil: it is none.
function hosts.parsed(text, default_port)
  local host, port = parts_of(text)
  if not host or not (hosts.is_address(host) or hosts.is_name(host)) then return nil end
  if port and not port:find("^%d%d?%d?%d?%d?$") then return nil end
  port = port and tonumber(port) or default_port
  if port < 1 or port > 65535 then return nil end
  return { host = host, port = port }
end

-- As a URL has it, and as nginx dials it: an IPv6 address in brackets.
function hosts.bracketed(host) return host:find(":", 1, true) and host:sub(1, 1) ~= "[" and "[" .. host .. "]" or host end

-- "10.0.0.5:6379", or "unix:/path".
function hosts.text(place)
  return place.path and "unix:" .. place.path or hosts.bracketed(place.host) .. ":" .. place.port
end

-- Of a list of places.
function hosts.list(places)
  local texts = {}
  for index, place in ipairs(places) do texts[index] = hosts.text(place) end
  return table.concat(texts, ", ")
end

return hosts
