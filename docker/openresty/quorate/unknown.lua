-- Whether a peer is up was asked with a name that is not known: told once for each, by the worker that was asked.
local names = require "quorate.names"

local Unknown = {}
Unknown.__index = Unknown

local unknown = {}

-- Names that are remembered, so that names made from requests do not fill the memory or the log.
local MOST = 100

function unknown.new() return setmetatable({ told = { count = 0 } }, Unknown) end

local function text_of(cluster, upstream, peer)
  if not cluster.seed then return "is_up is asked, and start was never called: all peers count as up" end
  local state = cluster.states[upstream]
  if not state then
    return ("is_up is asked about the upstream \"%s\", which is not followed, so that its peers count as up; upstreams "
      .. "has: %s"):format(tostring(upstream), names.some(names.by_nearness(tostring(upstream), names.of(cluster.states))))
  end
  -- Before anything was read nobody knows which peers there are.
  if not state.is_known then return nil end
  return ("is_up is asked about the peer \"%s\" of the upstream \"%s\", which Quorate does not check, so that it counts as up; "
    .. "it checks: %s"):format(tostring(peer), upstream,
      names.some(names.by_nearness(tostring(peer), names.of(state.peers))))
end

function Unknown:note(cluster, upstream, peer)
  local state = cluster.states[upstream]
  -- An upstream that is not followed is told once, whatever the peer.
  local told, name = state and state.asked or self.told, state and peer or upstream
  if name == nil or told[name] or told.count >= MOST then return end
  local text = text_of(cluster, upstream, peer)
  if not text then return end
  told[name], told.count = true, told.count + 1
  ngx.log(ngx.WARN, "quorate: ", text)
end

return unknown
