-- What a node is, and the index of the upstreams that it leads.
-- KEYS: node, upstreams. ARGV: ms, the number of fields, then name and value of each, then upstream and digest of each.
-- Answers: described.
local count = tonumber(ARGV[2])
read('HLEN', KEYS[1])
read('HLEN', KEYS[2])
need('DEL', 'HSET', 'PEXPIRE')
clear_wrong({ KEYS[1], KEYS[2] })
write('DEL', KEYS[1])
for index = 3, 2 + 2 * count, 2 do write('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
write('PEXPIRE', KEYS[1], ARGV[1])
for index = 3 + 2 * count, #ARGV, 2 do write('HSET', KEYS[2], ARGV[index], ARGV[index + 1]) end
return answer('described')
