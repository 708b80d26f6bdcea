-- TLS on a socket that is connected. Certificates are always verified: against lua_ssl_trusted_certificate, as nginx has no
-- other way.
local hosts = require "quorate.hosts"

local secure = {}

local MOST_BYTES = 1024 * 1024

local function contents(path, what)
  local file, why = io.open(path, "rb")
  if not file then return nil, what .. " " .. why end
  local bytes
  bytes, why = file:read(MOST_BYTES)
  file:close()
  if not bytes then return nil, what .. " " .. path .. (why and ": " .. why or " is empty") end
  return bytes
end

local function parsed(path, what, parse)
  local bytes, why = contents(path, what)
  if not bytes then return nil, why end
  local found
  found, why = parse(bytes)
  if not found then return nil, what .. " " .. path .. " is not PEM of one: " .. tostring(why) end
  return found
end

-- The own certificate, read again for each connection, so that a renewed one is shown.
local function show_own(socket, tls)
  if not tls.cert then return true end
  local ssl = require "ngx.ssl"
  local cert, why = parsed(tls.cert, "the certificate", ssl.parse_pem_cert)
  if not cert then return nil, why end
  local key
  key, why = parsed(tls.key, "the key", ssl.parse_pem_priv_key)
  if not key then return nil, why end
  return socket:setclientcert(cert, key)
end

-- One text whatever did not verify: which it was is not always told (see `handshake`), and each text is a line in the log.
local function unverified(tls, name)
  return ("the server's certificate does not verify: it is to be for %s (see server_name%s), and to be trusted by "
    .. "lua_ssl_trusted_certificate, which is to name %s; with lua_socket_log_errors on, nginx logs which of these is wrong")
    :format(name, hosts.is_address(name) and "; nginx compares names alone, and not addresses" or "",
      tls.ca or "a file with the authority that signed it")
end

local function explained(why, tls, name)
  -- A number before the reason is OpenSSL's, of a certificate that did not verify.
  if why == "unverified" or why:find("host mismatch") or why:find("^%d+: ") then return unverified(tls, name), true end
  if why:find("handshake failed") then
    return "the TLS handshake failed; see whether TLS is spoken at this port, in a version of lua_ssl_protocols, and whether "
      .. "a certificate is wanted (cert and key)"
  end
  return why
end

-- Without `false` for the session: then lua-resty-core 0.1.25, and perhaps others, takes a certificate that did not verify where
-- the handshake was done at once. Without it the same raises an error, which has not the reason.
local function handshake(socket, name)
  local is_fine, session, why = pcall(socket.sslhandshake, socket, nil, name, true)
  if is_fine then return session and true or nil, why end
  return nil, "unverified"
end

-- True; or nil, why, and whether somebody has to act.
function secure.begin(socket, host, tls)
  local is_shown, why = show_own(socket, tls)
  if not is_shown then return nil, why, true end
  local name, is_secure = tls.server_name or host, nil
  is_secure, why = handshake(socket, name)
  if not is_secure then return nil, explained(tostring(why), tls, name) end
  return true
end

return secure
