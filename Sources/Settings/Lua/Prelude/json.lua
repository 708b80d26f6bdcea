-- cjson, as far as it reads and writes what settings may hold.
local json_decode, json_encode
do
  local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
  local decode_value

  local function fail(text, position)
    error("cjson: no JSON value at character " .. position, 0)
  end

  local function skip(text, position)
    return find(text, "[^ \t\r\n]", position) or #text + 1
  end

  local function utf8(code)
    if code < 0x80 then return char(code) end
    if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
    if code < 0x10000 then return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64) end
    return char(0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64,
      0x80 + code % 64)
  end

  local function decode_text(text, position)
    local parts = {}
    local start = position + 1
    while true do
      local stop = find(text, '["\\]', start) or fail(text, start)
      parts[#parts + 1] = sub(text, start, stop - 1)
      if sub(text, stop, stop) == '"' then return concat(parts), stop + 1 end
      local escape = sub(text, stop + 1, stop + 1)
      start = stop + 2
      if escape == "u" then
        local code = tonumber(match(text, "^%x%x%x%x", start) or fail(text, start), 16)
        start = start + 4
        local low = code >= 0xD800 and code < 0xDC00 and match(text, "^\\u([dD][c-fC-F]%x%x)", start)
        if low then
          code = 0x10000 + (code - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00
          start = start + 6
        end
        parts[#parts + 1] = utf8(code)
      else
        parts[#parts + 1] = escapes[escape] or fail(text, start)
      end
    end
  end

  local function decode_list(text, position, depth)
    local list = {}
    position = skip(text, position + 1)
    if sub(text, position, position) == "]" then return list, position + 1 end
    while true do
      list[#list + 1], position = decode_value(text, position, depth)
      position = skip(text, position)
      local mark = sub(text, position, position)
      if mark == "]" then return list, position + 1 end
      if mark ~= "," then fail(text, position) end
      position = position + 1
    end
  end

  local function decode_object(text, position, depth)
    local object = {}
    position = skip(text, position + 1)
    if sub(text, position, position) == "}" then return object, position + 1 end
    while true do
      position = skip(text, position)
      if sub(text, position, position) ~= '"' then fail(text, position) end
      local key
      key, position = decode_text(text, position)
      position = skip(text, position)
      if sub(text, position, position) ~= ":" then fail(text, position) end
      object[key], position = decode_value(text, position + 1, depth)
      position = skip(text, position)
      local mark = sub(text, position, position)
      if mark == "}" then return object, position + 1 end
      if mark ~= "," then fail(text, position) end
      position = position + 1
    end
  end

  function decode_value(text, position, depth)
    if depth > 100 then fail(text, position) end
    position = skip(text, position)
    local first = sub(text, position, position)
    if first == "{" then return decode_object(text, position, depth + 1) end
    if first == "[" then return decode_list(text, position, depth + 1) end
    if first == '"' then return decode_text(text, position) end
    for word, value in pairs { ["true"] = true, ["false"] = false } do
      if sub(text, position, position + #word - 1) == word then return value, position + #word end
    end
    if sub(text, position, position + 3) == "null" then return ngx.null, position + 4 end
    local digits = match(text, "^-?%d[%d.eE+-]*", position)
    local value = digits and tonumber(digits) or fail(text, position)
    return value, position + #digits
  end

  function json_decode(text)
    if type(text) ~= "string" then error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 2) end
    host.mark()
    local value, position = decode_value(text, 1, 0)
    if skip(text, position) <= #text then fail(text, position) end
    return value
  end

  local function quote(text)
    return '"' .. gsub(text, '[%c"\\]', function(one) return format("\\u%04x", byte(one)) end) .. '"'
  end

  function json_encode(value)
    host.mark()
    if value == ngx.null then return "null" end
    if is_standin(value) then return quote(tostring(value)) end
    if type(value) == "string" then return quote(value) end
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    if #value > 0 then
      for index = 1, #value do parts[index] = json_encode(value[index]) end
      return "[" .. concat(parts, ",") .. "]"
    end
    for key, part in pairs(value) do parts[#parts + 1] = quote(tostring(key)) .. ":" .. json_encode(part) end
    return "{" .. concat(parts, ",") .. "}"
  end
end
