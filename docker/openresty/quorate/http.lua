-- Reads the consensus from Quorate's nodes over HTTP: what is left when Redis cannot be read.
local json = require "quorate.json"
local ledger = require "quorate.ledger"
local wire = require "quorate.wire"

local Http = {}
Http.__index = Http

local http = {}

-- { url, host, port, path }; nil: this is not http://HOST:PORT. No https.
function http.parsed(url)
  local host, port, path = url:match("^http://([^/:@%[]+):?(%d*)(.*)$")
  if not host then host, port, path = url:match("^http://(%[[%x:.]+%]):?(%d*)(.*)$") end
  if not host or path ~= "" and path:sub(1, 1) ~= "/" then return nil end
  port = port == "" and 80 or tonumber(port)
  if port < 1 or port > 65535 then return nil end
  return { url = url, host = host, port = port, path = (path:gsub("/+$", "")) }
end

-- `urls`: of nodes, like http://127.0.0.1:8080. `timeout`: in milliseconds, of a connection and of each piece of an answer.
function http.new(urls, timeout)
  local nodes = {}
  for index, url in ipairs(urls) do
    nodes[index] = http.parsed(url)
    nodes[index].timeout = timeout
    -- Upstream → the tag of its page, and what the page said.
    nodes[index].seen = {}
  end
  return setmetatable({ nodes = nodes }, Http)
end

local function read_headers(connection)
  local headers = {}
  for _ = 1, 100 do
    local line, why = connection:line()
    if not line then return nil, why end
    if line == "" then return headers end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
  end
  return nil, "too many headers"
end

local function read_answer(connection)
  local line, why = connection:line()
  if not line then return nil, why end
  local status = tonumber(line:match("^HTTP/1%.%d (%d%d%d)"))
  if not status then return nil, "this is not HTTP" end
  local headers
  headers, why = read_headers(connection)
  if not headers then return nil, why end
  if status == 304 then return { status = status, headers = headers, body = "" } end
  local length = tonumber(headers["content-length"])
  -- Quorate's pages have a length; chunks are some proxy's.
  if not length then return nil, "the answer has no length" end
  local body
  body, why = connection:bytes(length)
  if not body then return nil, why end
  return { status = status, headers = headers, body = body }
end

local function get(node, path, tag)
  local connection, why = wire.open({ host = node.host, port = node.port }, node.timeout)
  if not connection then return nil, why end
  local request = "GET " .. node.path .. path .. " HTTP/1.1\r\nHost: " .. node.host .. ":" .. node.port
    .. "\r\nConnection: close\r\n" .. (tag and "If-None-Match: " .. tag .. "\r\n" or "") .. "\r\n"
  local answer
  answer, why = connection:send(request)
  if answer then answer, why = read_answer(connection) end
  connection:close()
  return answer, why
end

local function statuses_of(page)
  local peers = {}
  for _, peer in ipairs(type(page.peers) == "table" and page.peers or {}) do
    if type(peer.peer) == "string" and (peer.status == "up" or peer.status == "down") then
      peers[peer.peer] = peer.status
    end
  end
  return peers
end

local function kept_out_of(page)
  local kept_out = {}
  for _, peer in ipairs(type(page.peers) == "table" and page.peers or {}) do
    if type(peer.peer) == "string" and ledger.is_kept_out(peer) then kept_out[peer.peer] = true end
  end
  return kept_out
end

-- Takes what a node knows of an upstream. What it says of it: "decided", "undecided" or "unchecked".
local function take(state, page)
  -- Without a decision all peers are assumed to be up: that is no news.
  if page.checker == false then return "unchecked" end
  if type(page.head) ~= "table" then return "undecided" end
  local term, seq = tonumber(page.head.term) or 0, tonumber(page.head.seq) or 0
  -- A node that was cut off may know less than this worker does.
  local run = type(page.head.run) == "string" and page.head.run or nil
  if not state:is_newer_than(term, run, seq) then
    if not run and state.term == term and state.seq == seq then run = state.run end
    state:replace(statuses_of(page), term, run, seq, page.panic == true, kept_out_of(page))
  end
  return "decided"
end

local function refused(node, status)
  local remedy = status == 403 and ": this machine is not in its allow" or ""
  return node.url .. " answers " .. status .. remedy
end

-- A node's page of an upstream, or "unchanged", or "unknown". Nil, why, and whether the node answers at all.
local function page_of(node, upstream, tag)
  local answer, why = get(node, "/api/v1/upstreams/" .. upstream, tag)
  if not answer then return nil, node.url .. ": " .. why, false end
  if answer.status == 304 then return "unchanged" end
  local page = json.decode(answer.body)
  if type(page) ~= "table" then page = nil end
  -- Some other server's 404 has not this text.
  if answer.status == 404 and page and type(page.error) == "string" then return "unknown" end
  if answer.status ~= 200 then return nil, refused(node, answer.status), true end
  if not page then return nil, node.url .. " does not answer with JSON", true end
  return page, answer.headers.etag
end

-- What the node says of the upstream: "decided", "undecided", "unchecked" or "unknown".
-- Nil, why, and whether it answers at all.
local function ask(node, state)
  local seen = node.seen[state.upstream] or {}
  local page, tag, has_answered = page_of(node, state.upstream, seen.tag)
  if not page then return nil, tag, has_answered end
  if page == "unchanged" then return seen.word end
  if page == "unknown" then return page end
  local word = take(state, page)
  -- A page that has not changed has not to be read again.
  node.seen[state.upstream] = { tag = tag, word = word }
  return word
end

-- Who knows more counts.
local RANK = { unknown = 1, unchecked = 2, undecided = 3, decided = 4 }

local function better(word, other)
  return (RANK[other] or 0) > (RANK[word] or 0) and other or word
end

-- Asks every node for every upstream, and takes what is newest. True, and upstream → what the nodes say of it: some node
-- has told something. False and why otherwise.
function Http:look(states)
  local silent, whys, words = {}, {}, {}
  for name, state in pairs(states) do
    for _, node in ipairs(self.nodes) do
      -- Who does not answer for one upstream is not waited for with the next.
      if not silent[node] and not ngx.worker.exiting() then
        local word, why, has_answered = ask(node, state)
        words[name] = better(words[name], word)
        whys[node] = whys[node] or why
        silent[node] = not word and not has_answered
      end
    end
  end
  if next(words) then return true, words end
  local list = {}
  for _, node in ipairs(self.nodes) do list[#list + 1] = whys[node] end
  return false, table.concat(list, ", ")
end

-- Who did not answer is not asked again for so many seconds: many upstreams may be asked about in a row.
local SILENCE = 10

-- What the first node that answers says of an upstream, without taking it over: "checked", "unchecked" or "unknown"; nil:
-- none answers.
function Http:word_of(upstream)
  for _, node in ipairs(self.nodes) do
    if not node.silent_until or ngx.now() >= node.silent_until then
      local page, _, has_answered = page_of(node, upstream)
      node.silent_until = not page and not has_answered and ngx.now() + SILENCE or nil
      if page == "unknown" then return page end
      if page then return page.checker == false and "unchecked" or "checked" end
    end
  end
end

return http
