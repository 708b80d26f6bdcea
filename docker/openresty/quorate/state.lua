-- What one worker knows of one upstream, and who is told when that changes.
local State = {}
State.__index = State

local state = {}

-- `peers_of_nginx`: nginx's own peers, which are marked; nil where they cannot be.
function state.new(upstream, on_change, peers_of_nginx)
  return setmetatable({
    upstream = upstream, on_change = on_change, peers_of_nginx = peers_of_nginx,
    -- Peer → "up" or "down".
    peers = {},
    -- The last event that is in `peers`: its term, run and number. The run is nil when that is not known.
    term = 0, run = nil, seq = 0,
    -- It must be read as a whole before the next event can be used.
    is_dirty = true,
  }, State)
end

local function tell(self, peer, status)
  if not self.on_change then return end
  -- A mistake in somebody else's function must not stop the following.
  local is_fine, why = pcall(self.on_change, self.upstream, peer, status)
  if not is_fine then ngx.log(ngx.ERR, "quorate: on_change: ", why) end
end

local function set(self, peer, status)
  if self.peers[peer] == status then return end
  self.peers[peer] = status
  if self.peers_of_nginx then self.peers_of_nginx:set(peer, status) end
  tell(self, peer, status)
end

-- Takes over everything. A peer that is gone is told with the status nil.
function State:replace(peers, term, run, seq)
  self.term, self.run, self.seq, self.is_dirty = term, run, seq, false
  local gone = {}
  for peer in pairs(self.peers) do
    if not peers[peer] then gone[#gone + 1] = peer end
  end
  for _, peer in ipairs(gone) do set(self, peer, nil) end
  for peer, status in pairs(peers) do set(self, peer, status) end
end

-- Whether more is known than what was decided at this place.
function State:is_newer_than(term, seq)
  return self.term > term or (self.term == term and self.seq > seq)
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
