-- Names for people: the nearest to one that is unknown, and lists that stay short.
local names = {}

-- How many letters must be put in, taken out, changed, or swapped with the next to make `b` of `a`.
local function distance(a, b)
  local before, last = {}, {}
  for column = 0, #b do last[column] = column end
  for row = 1, #a do
    local now = { [0] = row }
    for column = 1, #b do
      local is_same = a:byte(row) == b:byte(column)
      local least = math.min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (is_same and 0 or 1))
      local is_swapped = row > 1 and column > 1 and a:byte(row) == b:byte(column - 1) and a:byte(row - 1) == b:byte(column)
      now[column] = is_swapped and math.min(least, before[column - 2] + 1) or least
    end
    before, last = last, now
  end
  return last[#b]
end

-- Names are short; a longer one is compared by its beginning.
local MOST_LETTERS = 64

-- A copy of the list, the nearest to `name` first.
function names.by_nearness(name, list)
  local found = {}
  for index, other in ipairs(list) do
    local far = distance(name:lower():sub(1, MOST_LETTERS), other:lower():sub(1, MOST_LETTERS))
    found[index] = { name = other, far = far }
  end
  table.sort(found, function(a, b)
    if a.far ~= b.far then return a.far < b.far end
    return a.name < b.name
  end)
  for index, one in ipairs(found) do found[index] = one.name end
  return found
end

-- The one that was probably meant; nil: none is near.
function names.nearest(name, list)
  local best = names.by_nearness(name, list)[1]
  local most = math.max(1, math.floor(#name / 3))
  return best and distance(name:lower(), best:lower()) <= most and best or nil
end

-- "a, b, c and 3997 more" of a list.
function names.some(list, most)
  local shown = {}
  for index = 1, math.min(#list, most or 5) do shown[index] = list[index] end
  local text = table.concat(shown, ", ")
  return #list > #shown and text .. " and " .. #list - #shown .. " more" or text
end

-- The keys of a table in order.
function names.of(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

return names
