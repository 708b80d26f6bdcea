-- Follows the consensus in Redis: events as they are published, the hashes where events do not suffice.
local census = require "quorate.census"
local json = require "quorate.json"
local ledger = require "quorate.ledger"
local redis = require "quorate.redis"
local semaphore = require "ngx.semaphore"

local follower = {}

-- How long a wait lasts, in seconds: as long as a worker that is told to end may take to notice.
local SLICE = 1
-- A rest before an upstream that changed while it was read is read again.
local SHORT_SLICE = 0.05
-- How often the heads are compared while no events can be heard, or something is not right, in seconds.
local COMPARE_SOON = 1
-- Messages that wait, at most; and messages taken in a row before others get their turn.
local MOST_WAITING, ROW = 100000, 1000

local function read_dirty(self)
  for _, state in pairs(self.states) do
    if state.is_dirty then
      local is_read, why = ledger.read_whole(self.commands, self.namespace, state)
      if not is_read then return nil, why end
    end
  end
  return true
end

local function set_all_dirty(self)
  for _, state in pairs(self.states) do state.is_dirty = true end
end

-- What is missing of the upstreams, and who has a leader, for the worker that tells.
local function look_for_missing(self, missing)
  local commands, asked = {}, {}
  for name in pairs(self.states) do
    asked[#asked + 1] = name
    commands[#commands + 1] = { "GET", ledger.key(self.namespace, name, "lease") }
  end
  local replies, why = self.commands:ask_all(commands)
  if not replies then return nil, why end
  local led = {}
  -- Who may not read the lease does not know.
  for index, name in ipairs(asked) do led[name] = replies[index] ~= ngx.null or nil end
  census.look(self, self.commands, missing, led)
  return true
end

-- Marks the upstreams whose head is another one than what is known, and looks for what is missing.
local function compare(self)
  local commands, asked, missing = {}, {}, {}
  for name, state in pairs(self.states) do
    asked[#asked + 1] = state
    commands[#commands + 1] = ledger.head_command(self.namespace, name)
  end
  local is_right, why = self.topology:is_still_right(self.commands)
  if not is_right then return nil, why end
  local replies
  replies, why = ledger.ask(self.commands, commands)
  if not replies then return nil, why end
  for index, state in ipairs(asked) do
    local head = ledger.head_of(replies[index])
    if not head then
      missing[state.upstream] = true
    elseif head.term ~= state.term or head.run ~= state.run or head.seq ~= state.seq then
      state.is_dirty = true
    end
  end
  if not self.findings.is_telling then return true end
  return look_for_missing(self, missing)
end

-- Runs as a thread of its own, so that waiting for the next message is no time-out, which nginx would log as an error.
local function hear_on(subscription, heard)
  local row = 0
  while true do
    local message, why = subscription:reply()
    if message == nil then return why end
    if redis.is_error(message) then return message.error end
    if #heard.messages < MOST_WAITING then heard.messages[#heard.messages + 1] = message else heard.is_too_much = true end
    if heard.wake:count() < 1 then heard.wake:post(1) end
    row = subscription:has_bytes() and row + 1 or 0
    if row == ROW then
      row = 0
      ngx.sleep(0)
    end
  end
end

local function hear_and_end(subscription, heard)
  local _, why = pcall(hear_on, subscription, heard)
  heard.ended = tostring(why)
  heard.wake:post(1)
end

-- True: events are heard from now on. False and a trouble: they may not be. Nil and a trouble: the connection is of no use.
local function subscribe(self)
  -- Channels know no database: another one than 0 is a part of their names.
  local database = self.redis.database
  local suffix = database == 0 and ":events" or (":db%d:events"):format(database)
  local command = { "SUBSCRIBE", "quorate:" .. self.namespace .. suffix }
  local replies, why = self.subscription:ask_all { command }
  if not replies then return nil, why end
  if redis.is_error(replies[1]) then
    local refusal = self.subscription:refusal(command, replies[1])
    if replies[1].error:find("^NOPERM") then return false, refusal end
    return nil, refusal
  end
  self.subscription:wait_longer(self.redis.dead_after)
  self.heard = { messages = {}, wake = semaphore.new(0) }
  self.reader = ngx.thread.spawn(hear_and_end, self.subscription, self.heard)
  return true
end

-- Subscribes, and then reads the hashes: what is published in between is heard. Events may be forbidden: then the heads
-- are compared often, and it is tried again.
local function see_to_events(self)
  self.subscribed_at = ngx.now()
  local is_subscribed, why = subscribe(self)
  if is_subscribed == nil then return nil, why end
  if is_subscribed then set_all_dirty(self) end
  local is_read, read_why = read_dirty(self)
  if not is_read then return nil, read_why end
  self.on_events(why)
  return true
end

-- Uses one message of the subscription; anything that is not an event of a followed upstream is passed over.
local function use(message, states)
  if type(message) ~= "table" or message[1] ~= "message" then return end
  local event = json.decode(message[3])
  local state = type(event) == "table" and states[event.upstream]
  if state then state:hear(event) end
end

local function any_dirty(states)
  for _, state in pairs(states) do
    if state.is_dirty then return true end
  end
  return false
end

-- The wall clock may be put back.
local function has_passed(since, seconds)
  local passed = ngx.now() - since
  return passed < 0 or passed >= seconds
end

-- A wait in which something comes or not. Nil and why: the subscription is of no more use.
local function listen(self)
  local heard, ask_after = self.heard, self.redis.dead_after / 2500
  local slice = any_dirty(self.states) and SHORT_SLICE or math.min(SLICE, ask_after)
  if not heard then
    ngx.sleep(slice)
    return true
  end
  heard.wake:wait(slice)
  local messages = heard.messages
  heard.messages = {}
  for _, message in ipairs(messages) do use(message, self.states) end
  if heard.is_too_much then
    heard.is_too_much = false
    set_all_dirty(self)
  end
  if heard.ended then return nil, self.subscription:trouble("the subscription broke: " .. heard.ended) end
  -- So that silence means that the server is dead.
  if has_passed(self.pinged_at, ask_after) then
    self.pinged_at = ngx.now()
    local is_sent, why = self.subscription:send { "PING" }
    if not is_sent then return nil, self.subscription:trouble(why) end
  end
  return true
end

local function compare_if_due(self)
  local often = not self.heard or self.findings:has_untold()
  local every = often and math.min(COMPARE_SOON, self.compare_every) or self.compare_every
  if not has_passed(self.compared_at, every) then return true end
  self.compared_at = ngx.now()
  local is_fine, why = compare(self)
  if is_fine then is_fine, why = read_dirty(self) end
  if not is_fine then return nil, why end
  census.look_at_nginx(self)
  self.findings:tell()
  return true
end

local function turn(self)
  local is_fine, why = listen(self)
  if is_fine then is_fine, why = read_dirty(self) end
  if is_fine then is_fine, why = compare_if_due(self) end
  if is_fine and not self.heard and has_passed(self.subscribed_at, self.compare_every) then
    is_fine, why = see_to_events(self)
  end
  return is_fine, why
end

local function follow_on(self)
  self.pinged_at, self.compared_at = ngx.now(), 0
  set_all_dirty(self)
  local is_fine, why = see_to_events(self)
  if not is_fine then return false, why end
  self.on_start()
  repeat is_fine, why = turn(self) until not is_fine or ngx.worker.exiting()
  return true, why
end

-- Returns when Redis can no longer be followed: whether it was, and a trouble; nil: the worker ends.
--
-- `cluster`: redis, topology, namespace, states, findings, http, compare_every (in seconds). `on_start` is called when everything has
-- been read once, `on_events` with a trouble when events may not be heard, and with nil when they are.
function follower.follow(cluster, on_start, on_events)
  local self = setmetatable({ on_start = on_start, on_events = on_events }, { __index = cluster })
  local dialed, why = self.topology:dial()
  if not dialed then return false, why end
  self.commands, self.subscription = dialed.commands, dialed.subscription
  -- Ended and closed whatever happens, an error among it.
  local is_fine, has_followed, ended = pcall(follow_on, self)
  if self.reader then ngx.thread.kill(self.reader) end
  self.topology:leave()
  self.commands:close()
  self.subscription:close()
  if not is_fine then error(has_followed, 0) end
  return has_followed, ended
end

return follower
