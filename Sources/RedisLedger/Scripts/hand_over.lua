-- Gives the holder's own lease to another node, with a new term, and tells everybody.
-- KEYS: lease, head, definition, status, evidence, overrides.
-- ARGV: term:node:run, the successor's node, its run, ms, channel, the message up to the lease, the rest of it.
-- Answers: handed_over LEASE | lost LEASE or ''.
local lease = read_lease(KEYS[1])
if not lease or lease.holder ~= ARGV[1] then return answer('lost', lease and lease.text or '') end
local head = read_head({ KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6] })
local term = next_term(lease.term, head.term, head.granted, now)
local text = term .. ':' .. ARGV[2] .. ':' .. ARGV[3] .. ':1'
need('SET', 'HSET')
clear_wrong({ KEYS[2] })
write('SET', KEYS[1], text, 'PX', ARGV[4])
write('HSET', KEYS[2], 'granted', term)
publish(ARGV[5], ARGV[6] .. text .. ARGV[7])
return answer('handed_over', text)
