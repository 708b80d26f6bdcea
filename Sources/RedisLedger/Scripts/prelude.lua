-- What all scripts begin with. A script checks everything first and writes afterwards, because nothing is undone.

-- What the caller is to log: 'replaced KEY', 'unpublished REASON'.
local notes = {}
-- Keys of ours that hold something else than they should. They count as absent, and go before something is written.
local wrong = {}

local function digits(number) return string.format('%.0f', number) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Numbers are stored as 1 to 14 digits; nil: anything else.
local function number(text)
  if type(text) == 'string' and #text <= 14 and string.find(text, '^%d+$') then return tonumber(text) end
end

-- The reply of a reading command; nil: the key is of another type.
local function read(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call(command, key, ...) end
  wrong[key] = true
  return nil
end

-- Makes room for what the script is about to write.
local function clear_wrong(keys)
  for _, key in ipairs(keys) do
    if wrong[key] then
      redis.call('DEL', key)
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
  if type(reply) == 'table' and reply.err then notes[#notes + 1] = 'unpublished ' .. reply.err end
end

local function answer(word, ...) return { word, digits(now), notes, ... } end

-- The lease `term:node:run:beat`; nil: there is none, or something else is in its place.
local function read_lease(key)
  local text = read('GET', key)
  if not text then return nil end
  local term, node, run, beat = string.match(text, '^(%d+):([^:]+):([^:]+):(%d+)$')
  if not term or not number(term) or not number(beat) then
    wrong[key] = true
    return nil
  end
  return { text = text, term = number(term), node = node, run = run, beat = number(beat),
    holder = term .. ':' .. node .. ':' .. run }
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

-- The term after all that are known: at most 14 digits, whatever a strange hand has written.
local function next_term(known) return digits(math.min(known, 99999999999998) + 1) end

-- Where an upstream stands. `keys`: head, definition, status, evidence, overrides.
-- `seq` is the head's own; `is_there`: a commit was made; `whole`: all that the head counts is there.
local function read_head(keys)
  local stored = read('HMGET', keys[1], 'term', 'run', 'leader', 'seq', 'commit', 'digest', 'checked_ms',
    'peers', 'overrides', 'granted') or {}
  local head = { term = 0, run = '', leader = '', seq = 0, commit = '', digest = '', checked = 0, whole = true,
    granted = number(stored[10]) or 0, is_there = number(stored[4]) ~= nil }
  local definition = read('STRLEN', keys[2]) or 0
  local peers = read('HLEN', keys[3]) or 0
  local records = read('HLEN', keys[4]) or 0
  local overrides = read('HLEN', keys[5]) or 0
  if head.is_there then
    head.term, head.run, head.leader = number(stored[1]) or 0, stored[2] or '', stored[3] or ''
    head.seq, head.commit, head.digest = number(stored[4]), stored[5] or '', stored[6] or ''
    head.checked = number(stored[7]) or 0
    local counted = number(stored[8]) or 0
    head.whole = peers == counted and records == counted and overrides == (number(stored[9]) or 0)
      and (head.digest == '' or definition > 0)
  end
  return head
end

local function told(head)
  return { digits(head.term), head.run, head.leader, digits(head.seq), head.commit, head.digest,
    digits(head.checked), head.whole and '1' or '0' }
end
