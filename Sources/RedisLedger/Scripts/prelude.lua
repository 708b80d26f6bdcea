-- What all scripts begin with. A script checks everything first and writes afterwards, because nothing is undone.

-- What the caller is to log: 'replaced KEY', 'unpublished REASON'.
local notes = {}
-- Keys of ours that hold something else than they should. They count as absent, and go before something is written.
local wrong = {}

local function digits(number) return string.format('%d', number) end

-- Milliseconds since 1970, as digits: most of what is done with them is to write them down.
if redis.acl_check_cmd and not redis.acl_check_cmd('TIME') then
  return redis.error_reply('NOPERM the user may not run TIME')
end
local time = redis.call('TIME')
local now = time[1] .. string.sub('00000' .. time[2], -6, -4)

-- Numbers are stored as 1 to 14 digits; nil: anything else.
local function number_text(text)
  if text and #text <= 14 and string.find(text, '^%d+$') then return text end
end

local function number(text)
  text = number_text(text)
  return text and tonumber(text)
end

-- The reply of a reading command; nil: the key is of another type.
local function read(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then
    if redis.acl_check_cmd and not redis.acl_check_cmd(command, key, key, key) then
      error({ err = 'NOPERM the user may not run ' .. command })
    end
    return redis.call(command, key, ...)
  end
  wrong[key] = true
  return nil
end

-- Whether anything was: what goes wrong from then on leaves a half.
local has_written = false

local function write(command, ...)
  local reply = redis.call(command, ...)
  has_written = true
  return reply
end

-- Makes room for what the script is about to write.
local function clear_wrong(keys)
  if next(wrong) == nil then return end
  for _, key in ipairs(keys) do
    if wrong[key] then
      write('DEL', key)
      notes[#notes + 1] = 'replaced ' .. key
      wrong[key] = nil
    end
  end
end

-- Ends the script where the user may not run one of these commands, some of which may be `false`. A script calls it
-- before its first write, because nothing is undone. Redis before 7.0 cannot be asked.
-- The first key stands for all of them: Redis has looked at the declared keys before.
local function need(...)
  if not redis.acl_check_cmd then return end
  for _, command in ipairs({ next(wrong) and 'DEL' or false, ... }) do
    if command and not redis.acl_check_cmd(command, KEYS[1], KEYS[1], KEYS[1]) then
      error({ err = 'NOPERM the user may not run ' .. command })
    end
  end
end

-- Nobody is kept from an answer by a message that cannot be published: messages are hints.
local function publish(channel, message)
  local reply = redis.pcall('PUBLISH', channel, message)
  if type(reply) == 'table' and reply.err then notes[#notes + 1] = 'unpublished ' .. channel .. ': ' .. reply.err end
end

local function answer(word, ...) return { word, now, notes, ... } end

-- The lease `term:node:run:beat`; nil: there is none, or something else is in its place.
local function read_lease(key)
  local text = read('GET', key)
  if not text then return nil end
  local holder, term, node, run, beat = string.match(text, '^((%d+):([^:]+):([^:]+)):(%d+)$')
  if not holder or #term > 14 or #beat > 14 then
    wrong[key] = true
    return nil
  end
  return { text = text, holder = holder, term = tonumber(term), node = node, run = run, beat = tonumber(beat) }
end

-- The last number that the stream has given out; 0: none.
local function stream_top(key)
  local reply = redis.pcall('XINFO', 'STREAM', key)
  if reply.err then
    if string.find(reply.err, 'no such key', 1, true) then return 0 end
    if string.find(reply.err, 'WRONGTYPE', 1, true) then wrong[key] = true return 0 end
    return redis.call('XINFO', 'STREAM', key)
  end
  for index = 1, #reply, 2 do
    if reply[index] == 'last-generated-id' then
      local top = number(string.match(reply[index + 1], '^%d+'))
      -- Beyond 14 digits there is no next number.
      if not top then wrong[key] = true end
      return top or 0
    end
  end
  return 0
end

-- The term after all that are known, or the revision: at most 14 digits, whatever a strange hand has written.
local function next_term(...)
  local highest = 0
  for _, known in ipairs({ ... }) do highest = math.max(highest, tonumber(known)) end
  return digits(math.min(highest, 99999999999998) + 1)
end

-- The revision of an override that was read from its JSON; 0: it is none of ours.
local function revision(value)
  local rev = type(value) == 'table' and tonumber(value.rev) or 0
  return rev >= 0 and rev < 1e14 and rev or 0
end

-- A member's entry; nil: there is none, or none of ours.
local function read_member(key, node)
  local text = read('HGET', key, node)
  local is_json, value = pcall(cjson.decode, text or '')
  if not is_json or type(value) ~= 'table' or type(value.run) ~= 'string' then return nil end
  return { text = text, run = value.run, beat = tonumber(value.beat), from = value.from,
    is_leaving = value.leaving == true }
end

-- Where an upstream stands. `keys`: head, definition, status, evidence, overrides.
-- `seq` is the head's own; `is_there`: a commit was made; `whole`: all that the head counts is there.
-- `peers` and `overrides`: how many there are.
-- `term`, `granted` and `checked` are digits: only some scripts reckon with them.
local function read_head(keys)
  local stored = read('HMGET', keys[1], 'term', 'run', 'leader', 'seq', 'commit', 'digest', 'checked_ms',
    'peers', 'overrides', 'granted', 'words', 'lifted', 'panic') or {}
  local definition = read('STRLEN', keys[2]) or 0
  local peers = read('HLEN', keys[3]) or 0
  local records = read('HLEN', keys[4]) or 0
  local overrides = read('HLEN', keys[5]) or 0
  local granted, seq = number_text(stored[10]) or '0', number(stored[4])
  local words, lifted = number_text(stored[11]) or '0', number_text(stored[12]) or '0'
  if not seq then
    return { term = '0', run = '', leader = '', seq = 0, commit = '', digest = '', checked = '0', words = words, lifted = lifted, panic = '0',
      whole = true, granted = granted, is_there = false, peers = peers, overrides = overrides }
  end
  local digest = stored[6] or ''
  local counted = tonumber(stored[8]) or 0
  return { term = number_text(stored[1]) or '0', run = stored[2] or '', leader = stored[3] or '', seq = seq,
    commit = stored[5] or '', digest = digest, checked = number_text(stored[7]) or '0',
    words = words, lifted = lifted, panic = stored[13] == '1' and '1' or '0', granted = granted, is_there = true, peers = peers, overrides = overrides,
    whole = peers == counted and records == counted and overrides == (tonumber(stored[9]) or 0)
      and (digest == '' or definition > 0) }
end

local function told(head)
  return { head.term, head.run, head.leader, digits(head.seq), head.commit, head.digest, head.checked,
    head.whole and '1' or '0', head.is_there and head.words or '0', head.is_there and head.lifted or '0',
    head.panic }
end

local function perform()
