-- Marks nginx's own peers of an `upstream` block as down, where the module lua-upstream-nginx-module is there
-- (OpenResty has it, Debian has not). The mark holds in this worker.
local has_module, nginx = pcall(require, "ngx.upstream")

local NginxPeers = {}
NginxPeers.__index = NginxPeers

local nginx_peers = {}

-- Nil where nginx's peers cannot be marked.
function nginx_peers.of(upstream)
  if not has_module or type(nginx) ~= "table" or not nginx.set_peer_down then return nil end
  return setmetatable({ upstream = upstream, places = nil }, NginxPeers)
end

-- Name → places, each {is it a backup, id}: one name may stand in the block more than once.
local function find_places(self)
  local places = {}
  local function add(list, is_backup)
    for _, peer in ipairs(type(list) == "table" and list or {}) do
      local found = places[peer.name] or {}
      places[peer.name] = found
      found[#found + 1] = { is_backup = is_backup, id = peer.id }
    end
  end
  add(nginx.get_primary_peers(self.upstream), false)
  add(nginx.get_backup_peers(self.upstream), true)
  return places
end

local function mark(self, peer, is_down)
  self.places = self.places or find_places(self)
  for _, place in ipairs(self.places[peer] or {}) do
    local is_marked, why = nginx.set_peer_down(self.upstream, place.is_backup, place.id, is_down)
    if not is_marked then
      -- Something changes the block at run time: look for the peers anew next time.
      self.places = nil
      ngx.log(ngx.WARN, "quorate: ", self.upstream, " ", peer, " cannot be marked in nginx: ", why)
      return
    end
  end
end

-- A status of nil, no longer checked, is no reason to leave a peer out.
function NginxPeers:set(peer, status)
  local is_fine, why = pcall(mark, self, peer, status == "down")
  if not is_fine then ngx.log(ngx.WARN, "quorate: ngx.upstream: ", why) end
end

return nginx_peers
