-- Forgets an upstream. Reports of other nodes than those named stay until they expire.
-- KEYS: lease, head, definition, status, evidence, overrides, events, then reports. ARGV: term:node:run, channel, message.
-- Answers: deleted | lost LEASE or ''.
local lease = read_lease(KEYS[1])
-- Without lease and head it was deleted before, and the answer was lost; or nobody has ever led it.
local known = read('HMGET', KEYS[2], 'seq', 'granted') or {}
local is_gone = not lease and not known[1] and not known[2]
if not is_gone and (not lease or lease.holder ~= ARGV[1]) then return answer('lost', lease and lease.text or '') end
write('DEL', unpack(KEYS))
publish(ARGV[2], ARGV[3])
return answer('deleted')
