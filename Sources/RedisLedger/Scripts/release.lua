-- Gives the holder's own lease up.
-- KEYS: lease. ARGV: term:node:run.
-- Answers: released | lost LEASE or ''.
local lease = read_lease(KEYS[1])
if not lease or lease.holder ~= ARGV[1] then return answer('lost', lease and lease.text or '') end
write('DEL', KEYS[1])
return answer('released')
