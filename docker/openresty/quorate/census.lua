-- Why there is nothing to follow of an upstream: which of the settings, here or at the nodes, does not fit.
local json = require "quorate.json"
local ledger = require "quorate.ledger"
local names = require "quorate.names"
local redis = require "quorate.redis"

local census = {}

-- For so many seconds something must be missing before that is told: an emptied Redis is written again within two
-- heartbeats of the nodes, a new leader decides within some seconds more.
local SOON, LATER = 3, 15
-- As many databases as a Redis has unless it is told otherwise; only the others of these are looked into.
local DATABASES = 16

local function quoted(text) return '"' .. text .. '"' end

-- HGETALL's list; empty: the key holds another type, and counts as absent; nil: it may not be read.
local function list_of(reply)
  if not redis.is_error(reply) then return reply end
  return reply.error:find("^WRONGTYPE") and {} or nil
end

-- What is known of a namespace: `upstreams` (name → true, of the index and of what each node says it has) and `nodes`; or
-- `is_closed`: that may not be read. Nil: the connection is of no more use.
local function read_namespace(connection, namespace)
  local prefix = "quorate:{" .. namespace .. "}:"
  local replies = connection:ask_all {
    { "HGETALL", prefix .. "upstreams" }, { "HGETALL", prefix .. "members" },
  }
  if not replies then return nil end
  local index_list, member_list = list_of(replies[1]), list_of(replies[2])
  if not index_list or not member_list then return { is_closed = true } end
  local upstreams, nodes, cards = {}, {}, {}
  for index = 1, #index_list, 2 do upstreams[index_list[index]] = true end
  for index = 1, #member_list, 2 do
    nodes[#nodes + 1] = member_list[index]
    cards[#cards + 1] = { "HMGET", prefix .. "node:" .. member_list[index], "upstreams" }
  end
  table.sort(nodes)
  for _, card in ipairs(#cards > 0 and connection:ask_all(cards) or {}) do
    local carried = not redis.is_error(card) and json.decode(card[1])
    for name in pairs(type(carried) == "table" and carried or {}) do upstreams[name] = true end
  end
  return { upstreams = upstreams, nodes = nodes }
end

-- The first other database of this server that has the namespace.
local function other_database(connection, options, namespace)
  local commands = {}
  for number = 0, DATABASES - 1 do
    commands[#commands + 1] = { "SELECT", number }
    commands[#commands + 1] = { "EXISTS", "quorate:{" .. namespace .. "}:members" }
  end
  commands[#commands + 1] = { "SELECT", options.database }
  local replies = connection:ask_all(commands)
  if not replies then return nil end
  local found, has_moved
  for number = 0, DATABASES - 1 do
    local is_selected = replies[2 * number + 1] == "OK"
    has_moved = has_moved or is_selected
    local is_other = is_selected and number ~= options.database
    if is_other and replies[2 * number + 2] == 1 then found = found or number end
  end
  -- In a wrong database everything would be missing.
  if has_moved and replies[#replies] ~= "OK" then connection:close() end
  return found
end

-- Namespaces that some node of this server listens to. Empty where the user may not ask that.
local function other_namespaces(connection)
  local replies = connection:ask_all { { "PUBSUB", "CHANNELS", "quorate:*:control" } }
  local found = {}
  for _, channel in ipairs(replies and not redis.is_error(replies[1]) and replies[1] or {}) do
    found[#found + 1] = channel:match("^quorate:([^:]+):control$") or channel:match("^quorate:([^:]+):db%d+:control$")
  end
  return found
end

local function nothing_there(self, connection)
  local options, namespace = self.redis, self.namespace
  local text = ("%s, database %d, has nothing of the namespace %s, so nothing is followed; ")
    :format(self.topology:where(), options.database, quoted(namespace))
  -- A Redis Cluster has only one.
  local database = options.kind ~= "cluster" and other_database(connection, options, namespace)
  if database then return text .. "database " .. database .. " has it: set redis.database = " .. database end
  local others = names.by_nearness(namespace, other_namespaces(connection))
  if #others > 0 then return text .. "nodes there have the namespace " .. names.some(others) .. ": see namespace" end
  return text .. "namespace and redis are to be those of the nodes' settings, and a node is to run"
end

local function kept(state)
  return state.is_known and "the last state is kept" or "all its peers count as up"
end

-- `word`: what a node says of the upstream over HTTP, "unchecked" or "unknown"; nil: nobody was asked.
function census.missing_text(state, word, others)
  local start = "upstream " .. quoted(state.upstream)
  if word == "unchecked" then
    return start .. " has no checker (NO checkers), and " .. kept(state)
      .. "; give it one in the nodes' settings, or take it out of upstreams"
  end
  local near = #others > 0 and "; checked are: " .. names.some(names.by_nearness(state.upstream, others)) or ""
  return start .. " is checked by no node, and " .. kept(state) .. near
    .. "; mend its name in upstreams, or give it a checker in the nodes' settings"
end

local function see_undecided(self, key, state)
  local what = state.is_known and "what was decided of it is lost" or "nothing has been decided of it yet"
  self.findings:see(key, "undecided", LATER, ("upstream %s: %s, and %s; the command quorate nodes tells whether it has a "
    .. "leader"):format(quoted(state.upstream), what, kept(state)))
end

local function see_missing(self, state, found)
  local key = "upstream " .. state.upstream
  if found.is_closed or found.upstreams[state.upstream] then
    see_undecided(self, key, state)
  else
    self.findings:see(key, "missing", SOON, function()
      return census.missing_text(state, self.http:word_of(state.upstream), names.of(found.upstreams))
    end)
  end
end

-- What holds for the whole namespace explains what is missing of each upstream.
local function see_namespace(self, connection, found)
  local namespace = quoted(self.namespace)
  if found.is_closed then return false end
  if not next(found.upstreams) and #found.nodes == 0 then
    self.findings:see("namespace", "empty", SOON, function() return nothing_there(self, connection) end)
  elseif not next(found.upstreams) then
    self.findings:see("namespace", "idle", SOON, ("namespace %s: its nodes (%s) check no upstream, so nothing is "
      .. "followed; give them upstreams with a checker"):format(namespace, names.some(found.nodes)))
  else
    self.findings:clear("namespace", "namespace " .. namespace .. " has upstreams now")
    return false
  end
  return true
end

local function see_leader(self, name, has_leader)
  local key = "leader " .. name
  if has_leader then
    self.findings:clear(key, "upstream " .. quoted(name) .. " has a leader again")
  else
    self.findings:see(key, "none", LATER, ("upstream %s: no node decides of it now, and the last state is kept; the "
      .. "command quorate nodes tells which nodes there are"):format(quoted(name)))
  end
end

-- `missing`, `led`: upstream → true. Called after each comparison.
function census.look(self, connection, missing, led)
  local is_any_missing = next(missing) ~= nil
  local found = is_any_missing and read_namespace(connection, self.namespace)
  if is_any_missing and not found then return end
  local is_explained = found and see_namespace(self, connection, found)
  if not found then self.findings:clear("namespace", "namespace " .. quoted(self.namespace) .. " is there now") end
  for name, state in pairs(self.states) do
    local key = "upstream " .. name
    if not missing[name] then
      self.findings:clear(key, "upstream " .. quoted(name) .. " is followed now")
      see_leader(self, name, led[name])
    else
      self.findings:drop("leader " .. name)
      if is_explained then self.findings:drop(key) else see_missing(self, state, found) end
    end
  end
end

-- What nodes say of each upstream: "decided", "undecided", "unchecked", "unknown"; nil: none has said anything.
function census.look_over_http(self, words)
  for name, state in pairs(self.states) do
    local key, word = "upstream " .. name, words[name]
    if word == "decided" then
      self.findings:clear(key, "upstream " .. quoted(name) .. " is followed now")
    elseif word == "undecided" then
      see_undecided(self, key, state)
    elseif word then
      self.findings:see(key, "missing", SOON, census.missing_text(state, word, {}))
    end
  end
end

-- `side`: where the peers of `list` are and the other has them not.
local function see_one_side(self, name, side, list, texts)
  local key, start = side .. " " .. name, "upstream " .. quoted(name) .. ": "
  if #list == 0 then
    self.findings:clear(key, start .. texts.good)
  else
    self.findings:see(key, table.concat(list, " "), SOON, start .. texts.bad:format(names.some(list, 10)))
  end
end

local ONLY_NGINX = {
  bad = "nginx has %s, which Quorate does not check, so that it is never marked as down; add it to the upstream in the "
    .. "nodes' settings",
  good = "Quorate checks all of nginx's peers now",
}
local ONLY_QUORATE = {
  bad = "Quorate checks %s, which nginx does not have; add it to the block, or take it out of the nodes' settings",
  good = "nginx has all peers now that Quorate checks",
}

local function see_block(self, name, why)
  self.findings:see("block " .. name, why, SOON, ("upstream %s: nginx tells nothing of a block of this name (%s), and "
    .. "none of its peers is marked; call the block as the nodes' settings do, or set mark_peers = false if a balancer "
    .. "in Lua asks is_up"):format(quoted(name), why))
end

-- Compares with nginx's own peers where either may have changed.
function census.look_at_nginx(self)
  for name, state in pairs(self.findings.is_telling and self.states or {}) do
    if state.peers_of_nginx and state.has_other_peers then
      state.has_other_peers = false
      local of_nginx, of_quorate = state.peers_of_nginx:compare(state.peers)
      if of_nginx then
        see_one_side(self, name, "nginx", of_nginx, ONLY_NGINX)
        see_one_side(self, name, "Quorate", of_quorate, ONLY_QUORATE)
      elseif of_quorate then
        see_block(self, name, of_quorate)
      end
    end
  end
end

return census
