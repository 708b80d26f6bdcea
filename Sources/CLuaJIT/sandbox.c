// Runs Lua within limits. All calls of LuaJIT are made here, so that its errors, which jump, pass no frames of Swift.
#define _GNU_SOURCE
#include <errno.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/luajit.h>
#include <luajit-2.1/lualib.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "confinement.h"

enum { hook_step = 100, longest_frame = 16 << 20 };

static struct sandbox_limits limits;
static size_t used;
static long long steps;
/// Where the Lua of the configuration was last seen: the number of its chunk, and a line. 0: nowhere yet.
static volatile sig_atomic_t seen_chunk, seen_line;
/// Somebody writes a frame, or has begun to tell of a limit.
static atomic_flag writing = ATOMIC_FLAG_INIT;
static volatile sig_atomic_t is_late;

// Frames.

static void put_number(unsigned char *bytes, uint32_t number) {
  for (int index = 0; index < 4; index++) bytes[index] = (unsigned char)(number >> (8 * index));
}

static void write_all(const void *bytes, size_t count) {
  const char *rest = bytes;
  while (count > 0) {
    ssize_t written = write(1, rest, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(3);  // Nobody listens.
    rest += written;
    count -= (size_t)written;
  }
}

static int read_all(void *bytes, size_t count) {
  char *rest = bytes;
  while (count > 0) {
    ssize_t got = read(0, rest, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    rest += got;
    count -= (size_t)got;
  }
  return 1;
}

/// `L`, which limit, chunk and line. Only what a signal handler may do.
static void tell_limit(char which) {
  unsigned char frame[4 + 10] = {10, 0, 0, 0, 'L', (unsigned char)which};
  put_number(frame + 6, (uint32_t)seen_chunk);
  put_number(frame + 10, (uint32_t)seen_line);
  write_all(frame, sizeof frame);
  _exit(0);
}

static void end_at_limit(char which) {
  while (atomic_flag_test_and_set(&writing)) continue;
  tell_limit(which);
}

/// In the middle of a frame there is no telling: whoever writes it looks afterwards.
static void time_is_over(int signal) {
  (void)signal;
  is_late = 1;
  if (!atomic_flag_test_and_set(&writing)) tell_limit('t');
}

/// LuaJIT counts its own stack, and not C's, which coroutines and callbacks inside each other use up.
static void crashed(int signal) {
  (void)signal;
  if (!atomic_flag_test_and_set(&writing)) tell_limit('c');
  _exit(7);
}

static int catch_crashes(void) {
  static char stack[64 << 10];
  stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
  return sigaltstack(&other, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0 &&
         sigaction(SIGBUS, &action, NULL) == 0;
}

// Places.

static const char chunk_mark[] = "@lua#";

/// Whether a function is Lua of the configuration; if so, notes where it stands.
static int note(lua_State *lua, lua_Debug *at) {
  if (!lua_getinfo(lua, "Sl", at) || strncmp(at->source, chunk_mark, sizeof chunk_mark - 1) != 0) return 0;
  if (at->currentline < 1) return 0;
  seen_chunk = atoi(at->source + sizeof chunk_mark - 1);
  seen_line = at->currentline;
  return 1;
}

static void look(lua_State *lua) {
  lua_Debug at;
  for (int level = 0; level < 50 && lua_getstack(lua, level, &at); level++)
    if (note(lua, &at)) return;
}

static void hook(lua_State *lua, lua_Debug *at) {
  (void)at;
  look(lua);
  steps += hook_step;
  if (steps > limits.instructions) end_at_limit('i');
}

static void *allocate(void *user, void *block, size_t old, size_t size) {
  (void)user;
  if (size == 0) {
    free(block);
    used -= old;
    return NULL;
  }
  if (size > old && size - old > limits.bytes - used) end_at_limit('m');
  void *moved = realloc(block, size);
  if (!moved) end_at_limit('m');
  used += size - old;
  return moved;
}

// What the prelude may call.

/// `send(bytes)`
static int host_send(lua_State *lua) {
  size_t count;
  const char *bytes = luaL_checklstring(lua, 1, &count);
  if (count > longest_frame) return luaL_error(lua, "a frame is too long");
  unsigned char head[4];
  put_number(head, (uint32_t)count);
  while (atomic_flag_test_and_set(&writing)) continue;
  write_all(head, sizeof head);
  write_all(bytes, count);
  if (is_late) tell_limit('t');
  atomic_flag_clear(&writing);
  return 0;
}

/// Pushes the bytes of the next frame. There is nobody left to tell when they do not come.
static void push_frame(lua_State *lua) {
  unsigned char head[4];
  if (!read_all(head, sizeof head)) _exit(3);
  uint32_t count = 0;
  for (int index = 3; index >= 0; index--) count = count << 8 | head[index];
  if (count > limits.bytes) end_at_limit('m');
  void *bytes = lua_newuserdata(lua, count > 0 ? count : 1);
  if (!read_all(bytes, count)) _exit(3);
  lua_pushlstring(lua, bytes, count);
}

/// `receive()` → bytes
static int host_receive(lua_State *lua) {
  push_frame(lua);
  return 1;
}

/// `where()` → chunk, line of the configuration's Lua that is being run.
static int host_where(lua_State *lua) {
  look(lua);
  lua_pushinteger(lua, seen_chunk);
  lua_pushinteger(lua, seen_line);
  return 2;
}

/// `mark()`: the next call may take long in C, where no hook looks.
static int host_mark(lua_State *lua) {
  look(lua);
  return 0;
}

/// `enter(chunk)`: that chunk begins.
static int host_enter(lua_State *lua) {
  seen_chunk = luaL_checkint(lua, 1);
  seen_line = 1;
  return 0;
}

static const luaL_Reg host[] = {{"send", host_send},   {"receive", host_receive}, {"where", host_where},
                                {"mark", host_mark},   {"enter", host_enter},     {NULL, NULL}};

/// The libraries that the prelude picks from.
static const luaL_Reg libraries[] = {{"", luaopen_base},
                                     {LUA_TABLIBNAME, luaopen_table},
                                     {LUA_STRLIBNAME, luaopen_string},
                                     {LUA_MATHLIBNAME, luaopen_math},
                                     {LUA_OSLIBNAME, luaopen_os},
                                     {LUA_BITLIBNAME, luaopen_bit},
                                     {NULL, NULL}};

static int run(lua_State *lua) {
  for (const luaL_Reg *library = libraries; library->func; library++) {
    lua_pushcfunction(lua, library->func);
    lua_pushstring(lua, library->name);
    lua_call(lua, 1, 0);
  }
  push_frame(lua);
  size_t count;
  const char *prelude = lua_tolstring(lua, -1, &count);
  if (luaL_loadbufferx(lua, prelude, count, "=prelude", "t") != 0) return lua_error(lua);
  lua_newtable(lua);
  luaL_register(lua, NULL, host);
  lua_call(lua, 1, 0);
  return 0;
}

static int start_clock(void) {
  struct sigaction action = {.sa_handler = time_is_over, .sa_flags = SA_RESTART};
  struct itimerval timer = {
      .it_value = {limits.milliseconds / 1000, (limits.milliseconds % 1000) * 1000}};
  return sigaction(SIGPROF, &action, NULL) == 0 && setitimer(ITIMER_PROF, &timer, NULL) == 0;
}

/// Runs the prelude that comes in the first frame; the exit status.
static int evaluate(void) {
  if (!start_clock() || !catch_crashes() || !confine(limits)) return 4;
  lua_State *lua = lua_newstate(allocate, NULL);
  if (!lua) return 5;
  luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  lua_sethook(lua, hook, LUA_MASKCOUNT, hook_step);
  if (lua_cpcall(lua, run, NULL) == 0) return 0;
  // The prelude catches the errors of the configuration; this one is its own.
  size_t length;
  const char *why = lua_tolstring(lua, -1, &length);
  if (!why) return 6;
  unsigned char head[5];
  if (length > 1000) length = 1000;
  put_number(head, (uint32_t)length + 1);
  head[4] = 'X';
  write_all(head, sizeof head);
  write_all(why, length);
  return 6;
}

/// Before `main`: where Swift has begun to run asynchronous code there are threads and descriptors that are not ours
/// to limit, and they end the process when they miss something.
__attribute__((constructor)) static void evaluate_if_asked(int count, char **arguments) {
  if (count != 5 || strcmp(arguments[1], "evaluate-lua") != 0) return;
  limits.instructions = atoll(arguments[2]);
  limits.bytes = (size_t)atoll(arguments[3]);
  limits.milliseconds = atol(arguments[4]);
  _exit(evaluate());
}
