
end

-- Whoever asked is to know whether anything was written. Redis says no before a script's first write for all that is wrong with
-- the server as a whole; what goes wrong later is marked.
local is_done, reply = pcall(perform)
if is_done then return reply end
if type(reply) == 'table' then reply = reply.err end
reply = tostring(reply)
-- Before Redis 7 the place comes first: `@user_script: 1: -NOPERM …`, or without a code `@user_script: 1: The user …`. What Lua
-- itself says has no code either.
reply = string.match(reply, '^@?user_script:.-%-(%u+ .+)$') or string.match(reply, '^@?user_script: ?%d+: (The user .+)$') or reply
if not string.find(reply, '^%u+ ') then reply = 'ERR ' .. reply end
return redis.error_reply((has_written and 'HALF ' or '') .. reply)
