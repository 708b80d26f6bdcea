-- Misses a node no more, or drops a silent member for good if it still reads so.
-- KEYS: members, missing, its card. ARGV: node, run, beat.
-- Answers: forgotten JSON | lives JSON | not_found.
local node, run = ARGV[1], ARGV[2]
local key, entry = KEYS[2], read_member(KEYS[2], node)
if not entry or entry.run ~= run then
  key, entry = KEYS[1], read_member(KEYS[1], node)
  if not entry then return answer('not_found') end
  if entry.run ~= run or entry.beat ~= tonumber(ARGV[3]) then return answer('lives', entry.text) end
end
need('HDEL', 'DEL')
write('HDEL', key, node)
write('DEL', KEYS[3])
return answer('forgotten', entry.text)
