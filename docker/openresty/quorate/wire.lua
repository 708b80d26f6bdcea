-- A connection that is read through a buffer, so that a read which times out loses nothing.
local hosts = require "quorate.hosts"
local secure = require "quorate.secure"

local Wire = {}
Wire.__index = Wire

local wire = {}

-- The most bytes of one answer. An upstream of 100,000 peers has some 3 MB.
local MOST_BYTES = 16 * 1024 * 1024
local PIECE = 64 * 1024

-- `place`: { path } of a unix socket, or { host, port }. `timeout`: the longest wait for the connection, and for each
-- further piece of an answer, in milliseconds. `tls`: see quorate.secure; nil: none. Nil, why, and whether somebody has to
-- act: there is no connection.
function wire.open(place, timeout, tls)
  local socket = ngx.socket.tcp()
  socket:settimeouts(timeout, timeout, timeout)
  local is_open, why
  if place.path then
    is_open, why = socket:connect("unix:" .. place.path)
  else
    is_open, why = socket:connect(hosts.bracketed(place.host), place.port)
  end
  if not is_open then return nil, why end
  if tls then
    local is_secure, reason, is_refusal = secure.begin(socket, place.host, tls)
    if not is_secure then
      socket:close()
      return nil, reason, is_refusal
    end
  end
  return setmetatable({ socket = socket, timeout = timeout, buffer = "", place = 1, budget = MOST_BYTES }, Wire)
end

-- From now on an answer may take so long to come, in milliseconds.
function Wire:wait_longer(milliseconds)
  self.socket:settimeouts(self.timeout, self.timeout, milliseconds)
end

function Wire:close() self.socket:close() end

function Wire:send(bytes) return self.socket:send(bytes) end

-- Something has arrived that nobody has read.
function Wire:has_bytes() return self.place <= #self.buffer end

-- An answer begins: it may have so many bytes again.
function Wire:begin() self.budget = MOST_BYTES end

local function take_piece(self)
  local piece, why = self.socket:receiveany(PIECE)
  if not piece then return nil, why end
  self.budget = self.budget - #piece
  if self.budget < 0 then return nil, "an answer is longer than " .. MOST_BYTES .. " bytes" end
  return piece
end

local function fill(self)
  local piece, why = take_piece(self)
  if not piece then return nil, why end
  self.buffer, self.place = self.buffer:sub(self.place) .. piece, 1
  return true
end

-- The next line, without its end.
function Wire:line()
  while true do
    local last = self.buffer:find("\r\n", self.place, true)
    if last then
      local line = self.buffer:sub(self.place, last - 1)
      self.place = last + 2
      return line
    end
    -- Lines are short; a long one is no line.
    if #self.buffer - self.place > PIECE then return nil, "a line has no end" end
    local is_filled, why = fill(self)
    if not is_filled then return nil, why end
  end
end

-- So many bytes.
function Wire:bytes(count)
  if count > MOST_BYTES then return nil, "an answer is longer than " .. MOST_BYTES .. " bytes" end
  local rest = self.buffer:sub(self.place, self.place + count - 1)
  self.place = self.place + #rest
  local pieces, missing = { rest }, count - #rest
  -- In pieces: joining a long buffer again and again would copy it each time.
  while missing > 0 do
    local piece, why = take_piece(self)
    if not piece then return nil, why end
    pieces[#pieces + 1] = piece:sub(1, missing)
    if #piece > missing then self.buffer, self.place = piece, missing + 1 end
    missing = missing - #piece
  end
  return table.concat(pieces)
end

return wire
