-- A sign of life; answers with those of all members, and with the nodes that are missing. A member that is dropped without
-- having said that it ends is missing from then on, and no more once it is heard again.
-- KEYS: members, missing, the card of each member that is to be dropped.
-- ARGV: node, run, beat, its JSON after `{"at_ms":N` up to the value of `from`, the rest of it, the run and the beat of
--   the member it replaces or '', for how many ms the card of a missing node is kept;
--   then node, run, beat of each member that is to be dropped if it still reads so.
-- Answers: members [NODE, JSON, …] [NODE, JSON, …] | occupied JSON.
if not redis.acl_check_cmd then notes[#notes + 1] = 'rights unknown' end
local members_key, missing_key = KEYS[1], KEYS[2]
local node, run, first_dropped = ARGV[1], ARGV[2], 9

local other = read_member(members_key, node)
if other and other.run ~= run and not other.is_leaving
  and not (other.run == ARGV[6] and other.beat == tonumber(ARGV[7])) then
  return answer('occupied', other.text)
end
local missing = read('HGETALL', missing_key) or {}
local is_missing = false
for index = 1, #missing, 2 do is_missing = is_missing or missing[index] == node end
local before = is_missing and read_member(missing_key, node)
local drops = #ARGV >= first_dropped
need('HSET', 'HGETALL', (drops or is_missing) and 'HDEL', drops and 'PEXPIRE')
clear_wrong({ members_key, missing_key })

for index = first_dropped, #ARGV, 3 do
  local name = ARGV[index]
  local gone = read_member(members_key, name)
  if gone and gone.run == ARGV[index + 1] and gone.beat == tonumber(ARGV[index + 2]) then
    write('HDEL', members_key, name)
    if not gone.is_leaving then
      write('HSET', missing_key, name, gone.text)
      -- What it was is of interest for as long as it is missed.
      write('PEXPIRE', KEYS[3 + (index - first_dropped) / 3], ARGV[8])
    end
  end
end
if is_missing then write('HDEL', missing_key, node) end

-- Since which beat this run has been known without a break.
local known = other and other.run == run and other or before and before.run == run and before
local from = known and tonumber(known.from)
if not from or from < 0 or from >= 1e14 then from = tonumber(ARGV[3]) end
write('HSET', members_key, node, '{"at_ms":' .. now .. ARGV[4] .. digits(from) .. ARGV[5])
if drops or is_missing then missing = redis.call('HGETALL', missing_key) end
return answer('members', redis.call('HGETALL', members_key), missing)
