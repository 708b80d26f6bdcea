-- What a node sees of the peers of one upstream: only what changed, or everything.
-- KEYS: reports. ARGV: run, rev, ms, '1' if it is everything, channel, message or '',
--   the number of reports, then peer and JSON of each, then the peers that are no longer reported.
-- Answers: reported REV | whole_wanted.
local run, rev, is_whole, count = ARGV[1], tonumber(ARGV[2]), ARGV[4] == '1', tonumber(ARGV[7])
local stored = read('HMGET', KEYS[1], 'run', 'rev') or {}
local known = stored[1] == run and number(stored[2]) or nil

if known == rev then
  -- Sent again because its answer was lost.
  write('PEXPIRE', KEYS[1], ARGV[3])
  return answer('reported', digits(rev))
end
-- An earlier one, that was long on its way on a connection which has broken since, is no news.
local is_next = is_whole and rev > (known or 0) or known == rev - 1
if not is_next then return answer('whole_wanted') end
need('HSET', 'PEXPIRE', is_whole and 'DEL', #ARGV > 7 + 2 * count and 'HDEL')
clear_wrong({ KEYS[1] })
if is_whole then write('DEL', KEYS[1]) end
write('HSET', KEYS[1], 'run', run, 'rev', digits(rev))
-- Many at once: a command of its own for each peer takes most of the time. Lua hands a function some thousands of
-- arguments and no more.
local function in_parts(command, first, last)
  for index = first, last, 1000 do
    write(command, KEYS[1], unpack(ARGV, index, math.min(index + 999, last)))
  end
end
in_parts('HSET', 8, 7 + 2 * count)
in_parts('HDEL', 8 + 2 * count, #ARGV)
write('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[6] ~= '' then publish(ARGV[5], ARGV[6]) end
return answer('reported', digits(rev))
