-- Stand-ins: what is not known here can be indexed, called, counted with and walked through, and gives stand-ins again.
-- One that gets into an option of a checker is told by the name of where it came from.
local standin, is_standin, unknown_in
do
  local names = setmetatable({}, { __mode = "k" })
  local children = setmetatable({}, { __mode = "k" })
  local meta = { __metatable = false }
  -- In texts they leave this mark, and so does whatever is made of those texts.
  local mark = "\1not known here: "
  local longest = 60

  function standin(name)
    local made = setmetatable({}, meta)
    names[made] = sub(name, 1, longest)
    return made
  end

  function is_standin(value)
    return type(value) == "table" and names[value] ~= nil
  end

  -- Where the unknown part of a value comes from; nil: all of it is known.
  function unknown_in(value)
    if type(value) == "string" then return match(value, "\1not known here: ([^\1]*)") end
    return is_standin(value) and names[value] or nil
  end

  local function combined(left, right)
    return standin(names[left] or names[right])
  end

  function meta.__index(self, key)
    local known = children[self]
    if not known then
      known = {}
      children[self] = known
    end
    if known[key] == nil then known[key] = standin(names[self] .. "." .. tostring(key)) end
    return known[key]
  end

  -- `for x in standin do` calls it with two nils, and would never end.
  function meta.__call(self, ...)
    if select("#", ...) == 2 and select(1, ...) == nil and select(2, ...) == nil then return nil end
    return standin(names[self] .. "()")
  end

  function meta.__tostring(self) return mark .. names[self] .. "\1" end
  function meta.__len() return 0 end
  function meta.__unm(self) return standin(names[self]) end
  for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "concat" } do meta["__" .. event] = combined end
  for _, event in ipairs { "eq", "lt", "le" } do
    meta["__" .. event] = function() return false end
  end
end

-- A table whose missing parts are stand-ins.
local function patient(name, parts)
  local missing = standin(name)
  return setmetatable(parts, { __index = function(_, key) return missing[key] end, __metatable = false })
end
