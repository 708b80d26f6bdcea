-- Where the primary is, by its Sentinels: what most of those that answer say.
local hosts = require "quorate.hosts"
local redis = require "quorate.redis"
local semaphore = require "ngx.semaphore"
local trouble = require "quorate.trouble"

local sentinels = {}

-- Connection, login and answer may each take the whole `timeout`.
local WAITS = 3
local UNKNOWN = "unknown"

-- What one Sentinel says: { host, port }, or "unknown": it watches no master of this name. Nil and a trouble.
local function ask(options, place)
  local login = options.sentinel_login
  local connection, why = redis.connect({ timeout = options.timeout, tls = options.tls, database = 0 }, place, login)
  if not connection then return nil, why end
  local replies
  replies, why = connection:ask { { "SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.master } }
  connection:close()
  if not replies then return nil, why end
  if replies[1] == ngx.null then return UNKNOWN end
  local host, port
  if type(replies[1]) == "table" then host, port = replies[1][1], tonumber(replies[1][2]) end
  if type(host) ~= "string" or not port then return nil, connection:trouble("it answers with no address") end
  return { host = host, port = port }
end

-- Asks all at once, each in a thread of its own: one that hangs keeps nobody waiting who is answered by others.
local function spawn_all(options, heard)
  local threads = {}
  for index, place in ipairs(options.places) do
    threads[index] = ngx.thread.spawn(function()
      local is_fine, found, why = pcall(ask, options, place)
      if not is_fine then found, why = nil, trouble.new("Sentinel " .. hosts.text(place) .. ": " .. tostring(found)) end
      heard[#heard + 1] = { found = found, why = why }
      heard.wake:post(1)
    end)
  end
  return threads
end

local function count_of(heard)
  local counts, answered, best = {}, 0, nil
  for _, one in ipairs(heard) do
    if one.found then
      local name = one.found == UNKNOWN and UNKNOWN or hosts.text(one.found)
      counts[name] = counts[name] or { found = one.found, count = 0 }
      counts[name].count = counts[name].count + 1
      answered = answered + 1
      if not best or counts[name].count > best.count then best = counts[name] end
    end
  end
  return best, answered
end

-- Refusals count before silence: somebody has to act.
local function none_answers(options, heard)
  local texts, is_refusal = {}, false
  for _, one in ipairs(heard) do
    texts[#texts + 1] = one.why.text
    is_refusal = is_refusal or one.why.is_refusal
  end
  table.sort(texts)
  if #texts == 0 then texts[1] = hosts.list(options.places) .. ": timeout" end
  return trouble.new("no Sentinel answers: " .. table.concat(texts, ", "), is_refusal)
end

local function judged(options, heard)
  local best, answered = count_of(heard)
  if not best then return nil, none_answers(options, heard) end
  if best.count * 2 <= answered then
    return nil, trouble.new("the Sentinels do not agree where " .. options.master .. " is")
  end
  if best.found == UNKNOWN then
    return nil, trouble.new(("the Sentinels %s watch no master called %s; see redis.master"):format(
      hosts.list(options.places), options.master), true)
  end
  return best.found
end

-- The primary's place; nil and a trouble. It returns as soon as more than half of all Sentinels say the same.
function sentinels.find(options)
  local heard = { wake = semaphore.new(0) }
  local threads = spawn_all(options, heard)
  local deadline = ngx.now() + WAITS * options.timeout / 1000
  repeat
    local rest = deadline - ngx.now()
    local has_heard = rest > 0 and heard.wake:wait(rest)
    local best = count_of(heard)
    local is_settled = best and best.count * 2 > #options.places
  until is_settled or #heard == #options.places or not has_heard
  for _, thread in ipairs(threads) do ngx.thread.kill(thread) end
  return judged(options, heard)
end

return sentinels
