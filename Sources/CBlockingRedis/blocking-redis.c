#include "blocking-redis.h"
#include <hiredis/hiredis.h>

static redisContext *context(blocking_redis *peer) { return (redisContext *)peer; }

blocking_redis *blocking_connect(const char *unix_path) {
  redisContext *made = redisConnectUnix(unix_path);
  if (made != NULL && made->err == 0) return (blocking_redis *)made;
  if (made != NULL) redisFree(made);
  return NULL;
}

void blocking_close(blocking_redis *peer) { redisFree(context(peer)); }

static int check(redisReply *reply) {
  int is_bad = reply == NULL || reply->type == REDIS_REPLY_ERROR;
  if (reply != NULL) freeReplyObject(reply);
  return is_bad ? -1 : 0;
}

static const char *get[] = {"GET", "bench:key"};
static const size_t get_lengths[] = {3, 9};

int blocking_get(blocking_redis *peer, int times) {
  for (int i = 0; i < times; i++) {
    if (check(redisCommandArgv(context(peer), 2, get, get_lengths)) != 0) return -1;
  }
  return 0;
}

int blocking_get_in_pipelines(blocking_redis *peer, int times, int depth) {
  for (int i = 0; i < times; i++) {
    for (int j = 0; j < depth; j++) redisAppendCommandArgv(context(peer), 2, get, get_lengths);
    for (int j = 0; j < depth; j++) {
      void *reply = NULL;
      if (redisGetReply(context(peer), &reply) != REDIS_OK || check(reply) != 0) return -1;
    }
  }
  return 0;
}

int blocking_hset(blocking_redis *peer, int times, int fields, const char **arguments, const size_t *lengths) {
  for (int i = 0; i < times; i++) {
    if (check(redisCommandArgv(context(peer), 2 + 2 * fields, arguments, lengths)) != 0) return -1;
  }
  return 0;
}

int blocking_hgetall(blocking_redis *peer, int times, int fields) {
  static const char *hgetall[] = {"HGETALL", "bench:hash"};
  static const size_t lengths[] = {7, 10};
  for (int i = 0; i < times; i++) {
    redisReply *reply = redisCommandArgv(context(peer), 2, hgetall, lengths);
    size_t bytes = 0;
    for (size_t j = 0; reply != NULL && j < reply->elements; j++) bytes += reply->element[j]->len;
    if (bytes < (size_t)fields) return -1;
    if (check(reply) != 0) return -1;
  }
  return 0;
}
