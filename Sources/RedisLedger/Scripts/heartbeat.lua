-- A sign of life; answers with those of all members.
-- KEYS: members. ARGV: node, run, its JSON after `{"at_ms":N`, the run and the beat of the member it replaces or '',
--   then node, run, beat of each member that is to be dropped if it still reads so.
-- Answers: members [NODE, JSON, …] | occupied JSON.
local node, run = ARGV[1], ARGV[2]

local function member(name)
  local text = read('HGET', KEYS[1], name)
  local is_json, value = pcall(cjson.decode, text or '')
  if not is_json or type(value) ~= 'table' or type(value.run) ~= 'string' then return nil end
  return { text = text, run = value.run, beat = tonumber(value.beat), is_leaving = value.leaving == true }
end

local other = member(node)
if other and other.run ~= run and not other.is_leaving
  and not (other.run == ARGV[4] and other.beat == tonumber(ARGV[5])) then
  return answer('occupied', other.text)
end
need('HSET', 'HGETALL', #ARGV > 5 and 'HDEL')
clear_wrong({ KEYS[1] })
for index = 6, #ARGV, 3 do
  local gone = member(ARGV[index])
  if gone and gone.run == ARGV[index + 1] and gone.beat == tonumber(ARGV[index + 2]) then
    write('HDEL', KEYS[1], ARGV[index])
  end
end
write('HSET', KEYS[1], node, '{"at_ms":' .. now .. ARGV[3])
return answer('members', redis.call('HGETALL', KEYS[1]))
