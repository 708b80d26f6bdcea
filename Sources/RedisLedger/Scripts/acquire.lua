-- Takes the lease if it is free, if it still reads as the bidder saw it, or if it is the bidder's already: with its
-- term, unless the bidder knows a higher one.
-- KEYS: lease, head, definition, status, evidence, overrides, events.
-- ARGV: node, run, the highest term the bidder knows, ms, the lease it replaces or ''.
-- Answers: granted LEASE HEAD | held LEASE.
local lease_key, head_key = KEYS[1], KEYS[2]
local node, run, ms = ARGV[1], ARGV[2], ARGV[4]
local lease = read_lease(lease_key)
local head = read_head({ KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6] })
head.seq = math.max(head.seq, stream_top(KEYS[7]))

local is_own = lease and lease.node == node and lease.run == run
if lease and not is_own and lease.text ~= ARGV[5] then return answer('held', lease.text) end
-- A fail-over may bring an own lease back that is older than what its holder has seen since.
if is_own and lease.term >= tonumber(ARGV[3]) then
  -- The answer to an earlier bid was lost.
  local text = lease.holder .. ':' .. digits(lease.beat + 1)
  write('SET', lease_key, text, 'PX', ms)
  return answer('granted', text, told(head))
end
local term = next_term(lease and lease.term or 0, head.term, head.granted, ARGV[3], now)
local text = term .. ':' .. node .. ':' .. run .. ':1'
need('SET', 'HSET')
clear_wrong({ lease_key, head_key })
write('SET', lease_key, text, 'PX', ms)
-- The lease expires; what it granted is remembered, so that terms grow where the clock does not.
write('HSET', head_key, 'granted', term)
return answer('granted', text, told(head))
