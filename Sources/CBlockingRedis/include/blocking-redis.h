// hiredis' own blocking calls, as a measure for a client that does more. For the benchmark only.
#pragma once
#include <stddef.h>

typedef struct blocking_redis blocking_redis;

// Null: no connection.
blocking_redis *blocking_connect(const char *unix_path);
void blocking_close(blocking_redis *peer);

// Each runs its command so many times, and answers 0, or -1 as soon as a reply is missing.
int blocking_get(blocking_redis *peer, int times);
int blocking_get_in_pipelines(blocking_redis *peer, int times, int depth);
int blocking_hset(blocking_redis *peer, int times, int fields, const char **arguments, const size_t *lengths);
int blocking_hgetall(blocking_redis *peer, int times, int fields);
