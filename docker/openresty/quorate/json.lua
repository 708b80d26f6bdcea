-- Reads JSON (RFC 8259). Debian's packages of nginx's Lua module come without cjson.
local json = {}

-- Quorate's own goes four levels deep.
local DEEPEST = 16

local ESCAPED = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

-- Raised, and caught by `decode`.
local function fail(place, what) error({ what = what .. " at byte " .. place }, 0) end

local function skip(text, place) return text:find("[^ \t\r\n]", place) or #text + 1 end

-- A code point as UTF-8.
local function utf8_of(code)
  local char, floor = string.char, math.floor
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return char(0xE0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return char(0xF0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40,
    0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function four_digits(text, place)
  local digits = text:match("^%x%x%x%x", place)
  return digits and tonumber(digits, 16)
end

-- What follows `\u`, and the place after it. Two halves of a pair are one code point; half a pair is U+FFFD.
local function code_of(text, place)
  local code = four_digits(text, place) or fail(place, "four digits are missing")
  if code < 0xD800 or code > 0xDFFF then return code, place + 4 end
  local low = code < 0xDC00 and text:sub(place + 4, place + 5) == "\\u" and four_digits(text, place + 6)
  if not low or low < 0xDC00 or low > 0xDFFF then return 0xFFFD, place + 4 end
  return 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00), place + 10
end

-- `place`: after the first quote.
local function string_at(text, place)
  local parts = {}
  while true do
    local special = text:find('["\\%c]', place) or fail(place, "a text has no end")
    parts[#parts + 1] = text:sub(place, special - 1)
    local sign = text:sub(special, special)
    if sign == '"' then return table.concat(parts), special + 1 end
    if sign ~= "\\" then
      -- DEL is a control character to Lua, and an ordinary one to JSON.
      if sign ~= "\127" then fail(special, "a bare control character") end
      parts[#parts + 1], place = sign, special + 1
    elseif text:sub(special + 1, special + 1) == "u" then
      local code
      code, place = code_of(text, special + 2)
      parts[#parts + 1] = utf8_of(code)
    else
      parts[#parts + 1] = ESCAPED[text:sub(special + 1, special + 1)] or fail(special, "an unknown escape")
      place = special + 2
    end
  end
end

local function number_at(text, place)
  local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", place) or fail(place, "no value")
  return tonumber(digits) or fail(place, "no number"), place + #digits
end

local value_at

-- The places of a list or an object, one by one: `take` reads one entry and returns the place after it.
local function entries(text, place, last, take)
  place = skip(text, place)
  if text:sub(place, place) == last then return place + 1 end
  while true do
    place = skip(text, take(place))
    local sign = text:sub(place, place)
    if sign == last then return place + 1 end
    if sign ~= "," then fail(place, "neither , nor " .. last) end
    place = skip(text, place + 1)
  end
end

local function list_at(text, place, depth)
  local list, count = {}, 0
  return list, entries(text, place, "]", function(start)
    local value, next = value_at(text, start, depth)
    count = count + 1
    list[count] = value
    return next
  end)
end

local function object_at(text, place, depth)
  local object = {}
  return object, entries(text, place, "}", function(start)
    if text:sub(start, start) ~= '"' then fail(start, "no key") end
    local name, colon = string_at(text, start + 1)
    colon = skip(text, colon)
    if text:sub(colon, colon) ~= ":" then fail(colon, "no colon") end
    local value, next = value_at(text, colon + 1, depth)
    object[name] = value
    return next
  end)
end

local WORDS = { t = { "true", true }, f = { "false", false }, n = { "null", ngx.null } }

function value_at(text, place, depth)
  if depth > DEEPEST then fail(place, "too deep") end
  place = skip(text, place)
  local sign = text:sub(place, place)
  if sign == "{" then return object_at(text, place + 1, depth + 1) end
  if sign == "[" then return list_at(text, place + 1, depth + 1) end
  if sign == '"' then return string_at(text, place + 1) end
  local word = WORDS[sign]
  if not word then return number_at(text, place) end
  if text:sub(place, place + #word[1] - 1) ~= word[1] then fail(place, "no value") end
  return word[2], place + #word[1]
end

local function whole(text)
  local value, place = value_at(text, 1, 0)
  place = skip(text, place)
  if place <= #text then fail(place, "something follows") end
  return value
end

-- A table, text, number, boolean or ngx.null; nil and why: this is not JSON.
function json.decode(text)
  if type(text) ~= "string" then return nil, "no text" end
  local is_fine, value = pcall(whole, text)
  if is_fine then return value end
  return nil, type(value) == "table" and value.what or tostring(value)
end

return json
