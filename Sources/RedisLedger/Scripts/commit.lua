-- Writes what a leader decided, all of it or nothing.
-- KEYS: lease, head, definition, status, evidence, overrides, events.
-- ARGV: term, node, run, id, the sequence number the leader knows, the number of the first event, '1' for a resync,
--   the definition or '', its digest or '', channel, then the numbers of events, records, removed peers, overrides,
--   the id of the last commit that the leader knows or '', the highest revision of lifted overrides that it knows, '1' where the
--   upstream is in panic;
--   each event: its JSON after `{"at_ms":N`;
--   each record: peer, status, and its JSON, cut where the time of the commit goes (the second part is '' if it
--   does not);
--   each removed peer; each override: peer, rev, JSON.
-- Answers: committed SEQ | already SEQ CHECKED_MS | lost LEASE or '' | out_of_step HEAD.
local head_key, definition_key, status_key, evidence_key, overrides_key, events_key =
  KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local term, node, run, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local first, is_resync, definition, digest, channel = tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8], ARGV[9], ARGV[10]
local events, records, removed, overrides =
  tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])

-- Checks.

local head = read_head({ head_key, definition_key, status_key, evidence_key, overrides_key })
-- Its own number within its term and run. What comes after a later one was long on its way, on a connection that has
-- broken since, and is settled without it.
local function numbered(text)
  local series, count = string.match(text or '', '^(.+)%.(%d+)$')
  return series, number(count)
end
local series, count = numbered(id)
local last_series, last_count = numbered(head.commit)
local is_past = series and series == last_series and count and last_count and count <= last_count
if head.is_there and (head.commit == id or is_past) then
  return answer('already', digits(head.seq), head.checked)
end
local lease = read_lease(KEYS[1])
if not lease or lease.holder ~= term .. ':' .. node .. ':' .. run then
  return answer('lost', lease and lease.text or '')
end
head.seq = math.max(head.seq, stream_top(events_key))
-- Without a head, but with events, it was lost: a commit of some records must not pass for the first one of all.
local is_whole = head.whole and (head.is_there or head.seq == 0)
-- What commits without an event have written is in no number: it shows in the id of the last one alone.
local is_next = ARGV[15] == '' or not head.is_there or ARGV[15] == head.commit
if head.seq ~= tonumber(ARGV[5]) or not (is_whole and is_next or is_resync) then
  return answer('out_of_step', told(head))
end

-- A resync, or the first commit, holds everything: nothing from before may shine through.
local is_fresh = is_resync or not head.is_there
need('HSET', events > 0 and 'XADD', is_fresh and 'DEL', removed > 0 and 'HDEL', overrides > 0 and 'HGET',
  definition ~= '' and 'SET')

-- Writes.

local at = 17
local function argument()
  at = at + 1
  return ARGV[at]
end

clear_wrong({ head_key, definition_key, status_key, evidence_key, overrides_key, events_key })
local last = events > 0 and first + events - 1 or head.seq
local published = {}
for offset = 0, events - 1 do
  local json = '{"at_ms":' .. now .. argument()
  published[offset + 1] = json
  write('XADD', events_key, 'MAXLEN', '~', 10000, digits(first + offset) .. '-0', 'json', json)
end

if is_fresh then write('DEL', definition_key, status_key, evidence_key) end

-- What the head is to count, reckoned by what the commands answer.
local peer_count, override_count = is_fresh and 0 or head.peers, head.overrides
local statuses, objects = {}, {}
local function write_records()
  if #statuses == 0 then return end
  peer_count = peer_count + write('HSET', status_key, unpack(statuses))
  write('HSET', evidence_key, unpack(objects))
  statuses, objects = {}, {}
end

-- Removals stand after the records in ARGV, and go first.
local records_at = at
at = at + 4 * records
for _ = 1, removed do
  local peer = argument()
  peer_count = peer_count - write('HDEL', status_key, peer)
  write('HDEL', evidence_key, peer)
  override_count = override_count - write('HDEL', overrides_key, peer)
end
for _ = 1, overrides do
  local peer, rev, json = argument(), tonumber(argument()), argument()
  local stored = redis.call('HGET', overrides_key, peer)
  local is_json, value = pcall(cjson.decode, stored or '')
  if rev > (is_json and revision(value) or 0) then
    override_count = override_count + write('HSET', overrides_key, peer, json)
  end
end
at = records_at
for _ = 1, records do
  local peer, status, front, back = argument(), argument(), argument(), argument()
  if back ~= '' then front = front .. now .. back end
  local next = #statuses
  statuses[next + 1], statuses[next + 2] = peer, status
  objects[next + 1], objects[next + 2] = peer, front
  -- Lua hands a function some thousands of arguments and no more.
  if next >= 1000 then write_records() end
end
write_records()
if definition ~= '' then write('SET', definition_key, definition) end
if definition == '' then digest = is_fresh and '' or head.digest end
-- No word of before is heard of again: neither one that is forgotten here, nor one that was lost before.
local lifted = math.max(tonumber(head.lifted), tonumber(ARGV[16]))
if removed > 0 then
  lifted = tonumber(next_term(lifted, head.words, head.granted, head.is_there and head.term or 0, term, now))
end
if lifted > tonumber(head.lifted) then write('HSET', head_key, 'lifted', digits(lifted)) end
write('HSET', head_key, 'term', term, 'run', run, 'leader', node, 'seq', digits(last), 'commit', id,
  'digest', digest, 'checked_ms', now, 'peers', peer_count,
  'overrides', override_count, 'panic', ARGV[17] == '1' and '1' or '0')
for _, json in ipairs(published) do publish(channel, json) end
return answer('committed', digits(last))
