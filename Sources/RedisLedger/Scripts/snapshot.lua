-- All that is decided of an upstream, at one moment. A script and not MULTI: Redis refuses that when it is out of memory.
-- KEYS: head, definition, status, evidence, overrides. ARGV: how many fields of a hash are told at once.
-- Answers: snapshot HEAD_FIELDS DEFINITION STATUS EVIDENCE OVERRIDES; or `names` and the same, with the names alone of each hash,
--   where one has more fields: `part` reads them then. A key of another type counts as absent.
local word, command = 'snapshot', 'HGETALL'
for index = 3, 5 do
  if (read('HLEN', KEYS[index]) or 0) > tonumber(ARGV[1]) then word, command = 'names', 'HKEYS' end
end
return answer(word,
  read('HMGET', KEYS[1], 'term', 'run', 'leader', 'seq', 'commit', 'digest', 'checked_ms', 'peers', 'overrides',
    'words', 'lifted', 'panic') or {},
  read('GET', KEYS[2]) or '', read(command, KEYS[3]) or {}, read(command, KEYS[4]) or {},
  read(command, KEYS[5]) or {})
