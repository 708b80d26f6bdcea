-- The list of upstreams, so that nobody has to scan.
-- KEYS: upstreams. ARGV: upstream, digest; an empty digest takes the upstream out.
-- Answers: indexed.
read('HLEN', KEYS[1])
if ARGV[2] == '' then
  if not wrong[KEYS[1]] then write('HDEL', KEYS[1], ARGV[1]) end
  return answer('indexed')
end
need('HSET')
clear_wrong({ KEYS[1] })
write('HSET', KEYS[1], ARGV[1], ARGV[2])
return answer('indexed')
