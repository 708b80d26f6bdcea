-- Nodes that are missing, told again by somebody who knows of them after they were lost here.
-- KEYS: members, missing. ARGV: node and JSON of each.
-- Answers: remembered.
local wanted = {}
for index = 1, #ARGV, 2 do
  local node = ARGV[index]
  if not read('HGET', KEYS[1], node) and not read('HGET', KEYS[2], node) then wanted[#wanted + 1] = index end
end
need('HSET')
clear_wrong({ KEYS[2] })
for _, index in ipairs(wanted) do write('HSET', KEYS[2], ARGV[index], ARGV[index + 1]) end
return answer('remembered')
