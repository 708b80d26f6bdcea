-- Some fields of a large hash, and which commit it is of: all parts of one commit belong together.
-- KEYS: head, the hash. ARGV: the fields, at most some thousands.
-- Answers: part STAMP VALUES.
return answer('part', read('HMGET', KEYS[1], 'term', 'run', 'seq', 'commit', 'words') or {},
  read('HMGET', KEYS[2], unpack(ARGV)) or {})
