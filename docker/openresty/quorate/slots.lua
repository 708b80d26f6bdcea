-- The slot of a key in a Redis Cluster: CRC16 (XMODEM) of its hash tag, of 16,384.
local bit = require "bit"

local slots = {}

local TABLE = {}
for byte = 0, 255 do
  local sum = bit.lshift(byte, 8)
  for _ = 1, 8 do
    sum = bit.lshift(sum, 1)
    if bit.band(sum, 0x10000) ~= 0 then sum = bit.bxor(sum, 0x11021) end
  end
  TABLE[byte] = sum
end

-- What is between the first { and the next }, if that is something; else all of it.
function slots.tag_of(key)
  local tag = key:match("^[^{]*{([^}]*)}")
  return tag ~= nil and tag ~= "" and tag or key
end

function slots.of(key)
  local sum = 0
  for _, byte in ipairs { slots.tag_of(key):byte(1, -1) } do
    sum = bit.band(bit.bxor(bit.lshift(sum, 8), TABLE[bit.bxor(bit.rshift(sum, 8), byte)]), 0xFFFF)
  end
  return sum % 16384
end

return slots
