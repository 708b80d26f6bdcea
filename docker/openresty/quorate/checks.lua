-- Checks of options: what is wrong with a value is told with its place and with what is wanted.
local names = require "quorate.names"

local checks = {}

function checks.shown(value)
  if type(value) == "string" then return ("%q"):format(#value > 64 and value:sub(1, 64) .. "…" or value) end
  return tostring(value)
end

local function without_secret(url) return type(url) == "string" and url:gsub("//[^/]*@", "//***@") or url end

function checks.text(value)
  if type(value) ~= "string" or value == "" then return "a text that is not empty is wanted" end
end

-- Never shown: it may be a password at the wrong place.
function checks.secret(value)
  if type(value) ~= "string" then return "a text is wanted, and not a " .. type(value) end
end

function checks.whole(least, most, unit)
  return function(value)
    if type(value) ~= "number" or value ~= math.floor(value) or value < least or value > most then
      return ("a whole number%s from %d to %d is wanted, without quotes"):format(unit and " of " .. unit or "", least, most)
    end
  end
end

function checks.milliseconds(least, most) return checks.whole(least, most, "milliseconds") end

function checks.of_type(wanted, what)
  return function(value)
    if type(value) ~= wanted then return what .. " is wanted" end
  end
end

function checks.list_of(check, what)
  return function(value)
    if type(value) ~= "table" then return "a list of " .. what .. " is wanted" end
    local count = 0
    for _ in pairs(value) do count = count + 1 end
    if count ~= #value then return "a plain list of " .. what .. " is wanted, without names or gaps" end
    for index, item in ipairs(value) do
      local wrong = check(item)
      if wrong then return ("entry %d is %s; %s"):format(index, checks.shown(without_secret(item)), wrong) end
    end
  end
end

-- Whether sockets of this nginx can show a certificate of their own.
function checks.has_client_certificates() return ngx.config.ngx_lua_version >= 10022 end

local function unknown(place, name, known, other_names)
  local meant = type(name) == "string" and (other_names[name:lower()] or names.nearest(name, names.of(known)))
  if meant and known[meant] then return ("%s%s is unknown; did you mean %s?"):format(place, name, meant) end
  return ("%s%s is unknown; there is: %s"):format(place, tostring(name), table.concat(names.of(known), ", "))
end

-- The given with the defaults, and adds to the problems.
--
-- `known`: name → { check, default, is_secret }. `place`: before each name. `other_names`: what others call it → its name.
function checks.taken(given, known, place, other_names, problems)
  local all = {}
  for name, rule in pairs(known) do all[name] = rule.default end
  local given_names = {}
  for name in pairs(given) do given_names[#given_names + 1] = name end
  table.sort(given_names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(given_names) do
    local rule, value = known[name], given[name]
    local wrong = rule and rule.check(value)
    if not rule then
      problems[#problems + 1] = unknown(place, name, known, other_names)
    elseif wrong then
      local what = type(value) == "table" and "a table" or checks.shown(value)
      what = rule.is_secret and "" or " is " .. what .. ";"
      problems[#problems + 1] = place .. name .. (rule.is_secret and ":" or what) .. " " .. wrong
    end
    all[name] = value
  end
  return all
end

return checks
