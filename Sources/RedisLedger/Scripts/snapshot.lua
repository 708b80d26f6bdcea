-- All that is decided of an upstream, at one moment. A script and not MULTI: Redis refuses that when it is out of memory.
-- KEYS: head, definition, status, evidence, overrides.
-- Answers: snapshot HEAD_FIELDS DEFINITION STATUS EVIDENCE OVERRIDES; a key of another type counts as absent.
return answer('snapshot',
  read('HMGET', KEYS[1], 'term', 'run', 'leader', 'seq', 'commit', 'digest', 'checked_ms', 'peers', 'overrides',
    'words', 'lifted') or {},
  read('GET', KEYS[2]) or '', read('HGETALL', KEYS[3]) or {}, read('HGETALL', KEYS[4]) or {},
  read('HGETALL', KEYS[5]) or {})
