-- An operator's word on a peer. The leader turns it into a status and an event.
-- KEYS: overrides, head. ARGV: peer, state, by, why, the revision it replaces or '' for any, channel,
--   and the JSON: `"by":…`, `"state":…,"why":…}`, and the message before it and after it.
-- Answers: overridden JSON | other JSON or ''.
local peer, state, by, why, expected = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local stored = read('HGET', KEYS[1], peer)
local is_json, value = pcall(cjson.decode, stored or '')
if not is_json or type(value) ~= 'table' then value = nil end
local rev = revision(value)

if expected ~= '' and tonumber(expected) ~= rev then
  -- It may be this very word, sent again because its answer was lost; what is said already need not be said again.
  local is_same = value and value.state == state and value.by == by and value.why == why
  if is_same then return answer('overridden', stored) end
  return answer('other', stored or '')
end
local is_new = not stored
local counts = read('HMGET', KEYS[2], 'seq', 'overrides', 'words', 'lifted', 'granted', 'term') or {}
-- Above all revisions and terms that are known here, so that it never starts again: a leader's term is above all that it
-- had ever seen, and the clock above what nobody knows any more.
local function known(index) return number_text(counts[index]) or 0 end
local next_rev = next_term(rev, known(3), known(4), known(5), number(counts[1]) and known(6) or 0, now)
local json = '{"at_ms":' .. now .. ',' .. ARGV[7] .. ',"rev":' .. next_rev .. ',' .. ARGV[8]
need('HSET')
clear_wrong({ KEYS[1], KEYS[2] })
write('HSET', KEYS[1], peer, json)
-- A leader who did not hear of it sees that there is one.
write('HSET', KEYS[2], 'words', next_rev)
if is_new and number(counts[1]) then write('HSET', KEYS[2], 'overrides', (number(counts[2]) or 0) + 1) end
publish(ARGV[6], ARGV[9] .. json .. ARGV[10])
return answer('overridden', json)
