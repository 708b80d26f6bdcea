-- What one worker knows of one upstream, and who is told when that changes.
local State = {}
State.__index = State

local state = {}

-- `peers_of_nginx`: nginx's own peers, which are marked; nil where they cannot be. `heeds_panic`: while the upstream is in panic
-- all its peers are used, but for those that somebody keeps out.
function state.new(upstream, on_change, peers_of_nginx, heeds_panic)
  return setmetatable({
    upstream = upstream, on_change = on_change, peers_of_nginx = peers_of_nginx, heeds_panic = heeds_panic,
    -- Fewer peers are up than the settings want.
    panic = false,
    -- Peers that the settings or an operator keep from being used; known while there is panic.
    kept_out = {},
    -- Peer → "up" or "down".
    peers = {},
    -- Something was read or heard once.
    is_known = false,
    -- Peers have come or gone since somebody has looked at this.
    has_other_peers = false,
    -- Peers that somebody has asked for and nobody knows, and how many.
    asked = { count = 0 },
    -- The last event that is in `peers`: its term, run and number. The run is nil when that is not known.
    term = 0, run = nil, seq = 0,
    -- It must be read as a whole before the next event can be used.
    is_dirty = true,
  }, State)
end

local function tell(self, peer, status, about)
  if not self.on_change then return end
  -- A mistake in somebody else's function must not stop the following.
  local is_fine, why = pcall(self.on_change, self.upstream, peer, status, about)
  if not is_fine then ngx.log(ngx.ERR, "quorate: on_change: ", why) end
end

-- Peer → status for all that differs; false: no longer checked. Whether peers have come or gone.
local function differences(old, new)
  local changes, has_other_peers = {}, false
  for peer in pairs(old) do
    if not new[peer] then changes[peer], has_other_peers = false, true end
  end
  for peer, status in pairs(new) do
    if old[peer] ~= status then
      changes[peer] = status
      has_other_peers = has_other_peers or old[peer] == nil
    end
  end
  return changes, has_other_peers
end

-- A peer that is known now may be told again when it is unknown again.
local function forget_asked(self, peer)
  if self.asked[peer] == true then self.asked[peer], self.asked.count = nil, self.asked.count - 1 end
end

-- Whether the peer is to be used; nil: nobody knows it.
function State:is_usable(peer)
  local status = self.peers[peer]
  if not status then return nil end
  return status == "up" or self.heeds_panic and self.panic and not self.kept_out[peer] or false
end

-- Panic has come or gone: every peer is marked as it is to be used now.
local function mark_all(self)
  local marks = {}
  for peer in pairs(self.peers) do marks[peer] = self:is_usable(peer) and "up" or "down" end
  self.peers_of_nginx:set_all(marks)
end

local function set_panic(self, panic, kept_out)
  if panic ~= self.panic then
    ngx.log(ngx.NOTICE, "quorate: upstream \"", self.upstream, "\" is ", panic and "in panic" or "not in panic any more",
      self.heeds_panic and panic and ": all its peers are used" or "")
  end
  self.panic, self.kept_out = panic, kept_out or {}
end

-- Takes over everything. It is told with one call: what differs, or all if it is the first time.
-- `panic`: the upstream is in panic; `kept_out`: the peers that are not to be used all the same.
function State:replace(peers, term, run, seq, panic, kept_out)
  self.term, self.run, self.seq, self.is_dirty = term, run, seq, false
  local had_panic = self.panic
  set_panic(self, panic == true, kept_out)
  local is_first = not self.is_known
  local changes, has_other_peers = differences(self.peers, peers)
  local is_marked_anew = self.heeds_panic and self.peers_of_nginx and (had_panic or self.panic)
  if not is_first and next(changes) == nil then
    if is_marked_anew then mark_all(self) end
    return
  end
  self.peers, self.is_known = peers, true
  for peer in pairs(changes) do forget_asked(self, peer) end
  self.has_other_peers = self.has_other_peers or is_first or has_other_peers
  if self.peers_of_nginx then self.peers_of_nginx:set_all(changes) end
  if is_marked_anew then mark_all(self) end
  tell(self, nil, changes, { is_first = is_first })
end

local function set(self, peer, status)
  if self.peers[peer] == status then return end
  self.has_other_peers = self.has_other_peers or self.peers[peer] == nil
  self.peers[peer] = status
  forget_asked(self, peer)
  if self.peers_of_nginx then
    self.peers_of_nginx:set_all { [peer] = self:is_usable(peer) and "up" or "down" }
  end
  tell(self, peer, status, { is_first = false })
end

-- Whether more is known than what was decided at this place. Redis may have given two runs one term: numbers of one tell
-- nothing of those of the other. `run` is nil where a node does not tell it.
function State:is_newer_than(term, run, seq)
  if self.term ~= term then return self.term > term end
  if self.run and run and self.run ~= run then return false end
  return self.seq > seq
end

local function is_next_transition(self, event)
  return event.type == "transition" and event.seq == self.seq + 1 and type(event.peer) == "string"
    and (event.to == "up" or event.to == "down")
end

-- Uses an event, or marks the upstream as to be read as a whole.
function State:hear(event)
  if self.is_dirty then return end
  if event.term ~= self.term or event.run ~= self.run or type(event.seq) ~= "number" then
    self.is_dirty = true
  elseif event.seq > self.seq then
    if is_next_transition(self, event) then
      self.seq = event.seq
      set(self, event.peer, event.to)
    else
      self.is_dirty = true
    end
  end
end

function State:copy()
  local copy = {}
  for peer, status in pairs(self.peers) do copy[peer] = status end
  return copy
end

return state
