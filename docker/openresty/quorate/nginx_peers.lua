-- Marks nginx's own peers of an `upstream` block as down, where the module lua-upstream-nginx-module is there
-- (OpenResty has it, Debian has not). The mark holds in this worker, or in all of them where the block has a `zone`.
local has_module, nginx = pcall(require, "ngx.upstream")

local NginxPeers = {}
NginxPeers.__index = NginxPeers

local nginx_peers = {}

-- Nil where nginx's peers cannot be marked.
function nginx_peers.of(upstream)
  if not has_module or type(nginx) ~= "table" or not nginx.set_peer_down then return nil end
  return setmetatable({ upstream = upstream }, NginxPeers)
end

-- Name → places, each {is it a backup, id}: one name may stand in the block more than once.
-- Nil and why: nginx has no such block.
local function find_places(self)
  local primaries, why = nginx.get_primary_peers(self.upstream)
  if not primaries then return nil, why end
  local backups
  backups, why = nginx.get_backup_peers(self.upstream)
  if not backups then return nil, why end
  local places, is_placeholder = {}, true
  local function add(list, is_backup)
    for _, peer in ipairs(list) do
      local found = places[peer.name] or {}
      places[peer.name] = found
      found[#found + 1] = { is_backup = is_backup, id = peer.id }
      is_placeholder = is_placeholder and peer.name:find("^0%.") ~= nil
    end
  end
  add(primaries, false)
  add(backups, true)
  -- `server 0.0.0.1;`: no address at all, there because nginx wants one where a balancer in Lua chooses.
  return places, is_placeholder and "placeholder" or nil
end

-- Looks for the peers. False: there is nothing to be marked.
local function find(self)
  if self.places then return true end
  local is_fine, places, why = pcall(find_places, self)
  if not is_fine then places, why = nil, places end
  self.is_placeholder = places and why == "placeholder"
  self.trouble = not places and tostring(why) or nil
  if self.is_placeholder then return false end
  self.places = places
  return places ~= nil
end

local function mark(self, peer, is_down)
  for _, place in ipairs(self.places[peer] or {}) do
    local is_marked, why = nginx.set_peer_down(self.upstream, place.is_backup, place.id, is_down)
    if not is_marked then error(why, 0) end
  end
end

-- Peer → "up" or "down"; anything else, no longer checked, is no reason to leave a peer out.
function NginxPeers:set_all(changes)
  if not find(self) then return end
  for peer, status in pairs(changes) do
    local is_fine, why = pcall(mark, self, peer, status == "down")
    if not is_fine then
      ngx.log(ngx.WARN, "quorate: upstream \"", self.upstream, "\": ", peer, " cannot be marked in nginx: ", why)
      -- Something changes the block at run time: look for the peers anew next time.
      self.places = nil
      return
    end
  end
end

local function only_in(one, other)
  local names = {}
  for name in pairs(one) do
    if not other[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- What nginx has and `peers` have not, and the other way round. Nil and why: nginx has no such block; nil alone: there is
-- nothing to compare, because a balancer chooses.
function NginxPeers:compare(peers)
  if not find(self) then return nil, self.trouble end
  return only_in(self.places, peers), only_in(peers, self.places)
end

return nginx_peers
