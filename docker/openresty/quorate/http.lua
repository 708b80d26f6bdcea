-- Reads the consensus from Quorate's nodes over HTTP: what is left when Redis cannot be read.
local json = require "quorate.json"
local wire = require "quorate.wire"

local Http = {}
Http.__index = Http

local http = {}

local function parsed(url)
  local host, port, path = url:match("^http://([^/:]+):?(%d*)(.*)$")
  if not host then host, port, path = url:match("^http://(%[[%x:.]+%]):?(%d*)(.*)$") end
  assert(host and (path == "" or path:sub(1, 1) == "/"), "quorate: not http://HOST:PORT: " .. tostring(url))
  return { url = url, host = host, port = tonumber(port) or 80, path = (path:gsub("/+$", "")), seen = {} }
end

-- `urls`: of nodes, like http://127.0.0.1:8080. No https.
function http.new(urls)
  local nodes = {}
  for index, url in ipairs(urls) do nodes[index] = parsed(url) end
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
  local connection, why = wire.open(nil, node.host, node.port)
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

local function take(state, page)
  local head = type(page.head) == "table" and page.head or {}
  local term, seq = tonumber(head.term) or 0, tonumber(head.seq) or 0
  -- A node that was cut off may know less than this worker does.
  if state:is_newer_than(term, seq) then return end
  local run = state.term == term and state.seq == seq and state.run or nil
  state:replace(statuses_of(page), term, run, seq)
end

-- True: the node has told what it knows of the upstream. Nil and why otherwise.
local function ask(node, state)
  local seen = node.seen[state.upstream] or {}
  local answer, why = get(node, "/api/v1/upstreams/" .. state.upstream, seen.tag)
  if not answer then return nil, node.url .. ": " .. why end
  if answer.status == 304 then return true end
  -- A node knows nothing of an upstream before something was decided of it.
  if answer.status ~= 200 then return nil, node.url .. " answers " .. answer.status end
  local page = json.decode(answer.body)
  if type(page) ~= "table" then return nil, node.url .. " does not answer with JSON" end
  take(state, page)
  -- A page that has not changed has not to be read again.
  node.seen[state.upstream] = { tag = answer.headers.etag }
  return true
end

-- Asks every node for every upstream, and takes what is newest. True: some node has told something.
function Http:look(states)
  if #self.nodes == 0 then return nil, "no node is configured" end
  local silent, last_why = {}, nil
  local is_told = false
  for _, state in pairs(states) do
    for _, node in ipairs(self.nodes) do
      -- Who does not answer for one upstream is not waited for with the next.
      if not silent[node] and not ngx.worker.exiting() then
        local has_told, why = ask(node, state)
        if has_told then is_told = true else last_why = why end
        silent[node] = not has_told and not (why or ""):find(" answers ", 1, true)
      end
    end
  end
  return is_told, last_why or "no node answers"
end

return http
