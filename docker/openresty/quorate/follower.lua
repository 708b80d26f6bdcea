-- Follows the consensus in Redis: events as they are published, the hashes where events do not suffice.
local json = require "quorate.json"
local redis = require "quorate.redis"

local follower = {}

-- How long a wait lasts, in seconds: as long as a worker that is told to end may take to notice.
local SLICE = 1
-- A rest before an upstream that changed while it was read is read again.
local SHORT_SLICE = 0.05
-- Silence after which the server is asked for a sign of life, and after which the connection counts as dead.
local ASK_AFTER, DEAD_AFTER = 2, 5
-- How often the heads are compared with what is known: messages can be lost without an error.
local COMPARE_EVERY = 5
-- Messages taken in a row before upstreams are read again, so that a flood does not keep those from it.
local ROW = 1000

local function key(namespace, upstream, what)
  return "quorate:{" .. namespace .. ":" .. upstream .. "}:" .. what
end

local function head_command(namespace, upstream)
  return { "HMGET", key(namespace, upstream, "head"), "term", "run", "seq", "commit", "peers" }
end

-- The head as { term, run, seq, commit, peers }; nil: nothing was decided yet, or Redis has lost it.
local function head_of(reply)
  if type(reply) ~= "table" then return nil end
  local term, seq, run, commit = tonumber(reply[1]), tonumber(reply[3]), reply[2], reply[4]
  if not term or not seq or type(run) ~= "string" or type(commit) ~= "string" then return nil end
  return { term = term, run = run, seq = seq, commit = commit, peers = tonumber(reply[5]) or 0 }
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

-- Reads the hashes between two looks at the head: when no commit came between, they belong together. MULTI would do
-- it too, but a Redis that is out of memory refuses that.
local function read_whole(connection, namespace, state)
  local replies, why = connection:ask {
    head_command(namespace, state.upstream),
    { "HGETALL", key(namespace, state.upstream, "status") },
    head_command(namespace, state.upstream),
  }
  if not replies then return nil, why end
  local before, after = head_of(replies[1]), head_of(replies[3])
  if before and after and before.commit ~= after.commit then return true end
  local peers, count = statuses_of(replies[2])
  -- Nothing was decided yet, or Redis has lost it or a part of it: the last state is better than none. The next event or
  -- comparison looks again.
  if not before or not after or count < after.peers then
    state.is_dirty = false
  else
    state:replace(peers, after.term, after.run, after.seq)
  end
  return true
end

local function read_dirty(connection, namespace, states)
  for _, state in pairs(states) do
    if state.is_dirty then
      local is_read, why = read_whole(connection, namespace, state)
      if not is_read then return nil, why end
    end
  end
  return true
end

-- Marks the upstreams whose head is another one than what is known.
local function compare(connection, namespace, states)
  local commands, asked = {}, {}
  for name, state in pairs(states) do
    asked[#asked + 1] = state
    commands[#commands + 1] = head_command(namespace, name)
  end
  local replies, why = connection:ask(commands)
  if not replies then return nil, why end
  for index, state in ipairs(asked) do
    local head = head_of(replies[index])
    if head and (head.term ~= state.term or head.run ~= state.run or head.seq ~= state.seq) then
      state.is_dirty = true
    end
  end
  return true
end

-- Uses one message of the subscription; anything that is not an event of a followed upstream is passed over.
local function hear(message, states)
  if type(message) ~= "table" or message[1] ~= "message" then return end
  local event = json.decode(message[3])
  local state = type(event) == "table" and states[event.upstream]
  if state then state:hear(event) end
end

local function hear_all(subscription, states)
  local heard = 0
  repeat
    local message, why = subscription:reply()
    if message == nil then return nil, why end
    if type(message) == "table" and message.error then return nil, message.error end
    hear(message, states)
    heard = heard + 1
  until heard == ROW or not subscription:has_bytes()
  return true
end

local function any_dirty(states)
  for _, state in pairs(states) do
    if state.is_dirty then return true end
  end
  return false
end

-- True: a wait is over in which something came or not. Nil and why: the connection is of no more use.
local function listen(subscription, states, silence)
  local slice = any_dirty(states) and SHORT_SLICE or SLICE
  local has_come, why = subscription:wait(slice)
  if has_come then
    silence.seconds, silence.has_asked = 0, false
    return hear_all(subscription, states)
  end
  if why ~= "timeout" then return nil, why end
  silence.seconds = silence.seconds + slice
  if silence.seconds >= DEAD_AFTER then return nil, "the subscription is dead" end
  if silence.seconds >= ASK_AFTER and not silence.has_asked then
    silence.has_asked = true
    return subscription:send { "PING" }
  end
  return true
end

local function is_due(compared_at)
  local passed = ngx.now() - compared_at
  -- The wall clock may be put back.
  return passed < 0 or passed >= COMPARE_EVERY
end

local function follow_on(commands, subscription, namespace, states, on_start)
  -- First the subscription, then the hashes: what is published in between is heard.
  local is_subscribed, why = subscription:ask { { "SUBSCRIBE", "quorate:" .. namespace .. ":events" } }
  if not is_subscribed then return false, why end
  for _, state in pairs(states) do state.is_dirty = true end
  local is_read
  is_read, why = read_dirty(commands, namespace, states)
  if not is_read then return false, why end
  on_start()
  local silence, compared_at = { seconds = 0, has_asked = false }, ngx.now()
  local is_fine
  repeat
    is_fine, why = listen(subscription, states, silence)
    if is_fine and is_due(compared_at) then
      compared_at = ngx.now()
      is_fine, why = compare(commands, namespace, states)
    end
    if is_fine then is_fine, why = read_dirty(commands, namespace, states) end
  until not is_fine or ngx.worker.exiting()
  return true, why or "the worker ends"
end

-- Returns when Redis can no longer be followed: whether it was, and why it is not.
-- `on_start` is called when everything has been read once.
function follower.follow(options, namespace, states, on_start)
  local commands, why = redis.connect(options)
  if not commands then return false, why end
  local subscription
  subscription, why = redis.connect(options)
  if not subscription then
    commands:close()
    return false, why
  end
  -- Closed whatever happens, an error among it.
  local is_fine, has_followed, ended =
    pcall(follow_on, commands, subscription, namespace, states, on_start)
  commands:close()
  subscription:close()
  if not is_fine then error(has_followed, 0) end
  return has_followed, ended
end

return follower
