-- A password from where it is kept, read again for each connection, so that a changed one is taken up.
local secret = {}

local MOST_BYTES = 64 * 1024

local function first_line(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, "the password file " .. why end
  local bytes
  bytes, why = file:read(MOST_BYTES)
  file:close()
  if not bytes and why then return nil, "the password file " .. path .. ": " .. why end
  local line = (bytes or ""):match("^[^\r\n]+")
  if not line then return nil, "the password file " .. path .. " has an empty first line" end
  return line
end

-- `source`: { text }, { file } or { env }; nil: there is none. False: none is set. Nil and why, without any password.
function secret.read(source)
  if not source then return false end
  if source.text then return source.text end
  if source.file then return first_line(source.file) end
  local value = os.getenv(source.env)
  if not value then
    return nil, ("the variable %s is not set in nginx's workers; they have only those that the configuration names: env %s;")
      :format(source.env, source.env)
  end
  return value
end

return secret
