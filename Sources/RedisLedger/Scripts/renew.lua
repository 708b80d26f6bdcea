-- Prolongs the holder's own lease.
-- KEYS: lease, head, definition, status, evidence, overrides. ARGV: term:node:run, ms.
-- Answers: granted LEASE HEAD | lost LEASE or ''.
local lease = read_lease(KEYS[1])
if not lease or lease.holder ~= ARGV[1] then return answer('lost', lease and lease.text or '') end
local head = read_head({ KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6] })
local text = lease.holder .. ':' .. digits(lease.beat + 1)
write('SET', KEYS[1], text, 'PX', ARGV[2])
return answer('granted', text, told(head))
