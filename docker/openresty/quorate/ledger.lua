-- What lies in Redis of an upstream, as far as a reader of statuses needs it (docs/redis.md).
local json = require "quorate.json"
local redis = require "quorate.redis"

local ledger = {}

function ledger.key(namespace, upstream, what)
  return "quorate:{" .. namespace .. ":" .. upstream .. "}:" .. what
end

function ledger.head_command(namespace, upstream)
  return { "HMGET", ledger.key(namespace, upstream, "head"), "term", "run", "seq", "commit", "peers",
    "panic" }
end

-- The head as { term, run, seq, commit, peers, panic }; nil: nothing was decided yet, or Redis has lost it.
function ledger.head_of(reply)
  if type(reply) ~= "table" or reply.error then return nil end
  local term, seq, run, commit = tonumber(reply[1]), tonumber(reply[3]), reply[2], reply[4]
  if not term or not seq or type(run) ~= "string" or type(commit) ~= "string" then return nil end
  return { term = term, run = run, seq = seq, commit = commit, peers = tonumber(reply[5]) or 0,
    panic = reply[6] == "1" }
end

-- HGETALL's list as peer → status, and how many there are.
local function statuses_of(reply)
  local peers, count = {}, 0
  for index = 1, #reply, 2 do
    if reply[index + 1] == "up" or reply[index + 1] == "down" then
      peers[reply[index]] = reply[index + 1]
      count = count + 1
    end
  end
  return peers, count
end

-- Whether the settings or an operator keep a peer from being used, by its record.
function ledger.is_kept_out(record)
  if type(record) ~= "table" then return false end
  local override = type(record.override) == "table" and record.override.state
  return override == "down" or override == "drain" or record.decided == "down" and record.reason == "SET"
end

-- The peers that are not used in panic either. Nil and a trouble where they cannot be read.
local function kept_out_of(connection, namespace, upstream)
  local replies, why = ledger.ask(connection, { { "HGETALL", ledger.key(namespace, upstream, "evidence") } })
  if not replies then return nil, why end
  local kept_out = {}
  for index = 1, type(replies[1]) == "table" and #replies[1] or 0, 2 do
    if ledger.is_kept_out(json.decode(replies[1][index + 1])) then kept_out[replies[1][index]] = true end
  end
  return kept_out
end

-- Sends commands together. A key that holds another type counts as absent: `{ error = … }` among the replies.
-- Nil and a trouble: any other error.
function ledger.ask(connection, commands)
  local replies, why = connection:ask_all(commands)
  for index, reply in ipairs(replies or {}) do
    if redis.is_error(reply) and not reply.error:find("^WRONGTYPE") then
      return nil, connection:refusal(commands[index], reply)
    end
  end
  return replies, why
end

-- Reads the hashes between two looks at the head: when no commit came between, they belong together. MULTI would do
-- it too, but a Redis that is out of memory refuses that. True, or nil and a trouble.
function ledger.read_whole(connection, namespace, state)
  local replies, why = ledger.ask(connection, {
    ledger.head_command(namespace, state.upstream),
    { "HGETALL", ledger.key(namespace, state.upstream, "status") },
    ledger.head_command(namespace, state.upstream),
  })
  if not replies then return nil, why end
  local before, after = ledger.head_of(replies[1]), ledger.head_of(replies[3])
  if before and after and before.commit ~= after.commit then return true end
  local peers, count = statuses_of(replies[2])
  -- Nothing was decided yet, or Redis has lost it or a part of it: the last state is better than none. The next event or
  -- comparison looks again.
  if not before or not after or count < after.peers then
    state.is_dirty = false
  else
    local kept_out
    if after.panic and state.heeds_panic then
      kept_out, why = kept_out_of(connection, namespace, state.upstream)
      if not kept_out then return nil, why end
    end
    state:replace(peers, after.term, after.run, after.seq, after.panic, kept_out)
  end
  return true
end

return ledger
