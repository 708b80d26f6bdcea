// Starts the process of an evaluation. Never by fork alone: other threads may hold locks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lua-sandbox.h"

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int socket) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error)
    error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, socket, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, socket, 1);
  if (!error) error = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
  return error;
}

static int start(pid_t *pid, const char *path, char *const arguments[], int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    char *nothing[] = {NULL};
    error = prepare(&actions, &attributes, socket);
    if (!error) error = posix_spawn(pid, path, &actions, &attributes, arguments, nothing);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int lua_sandbox_spawn(pid_t *pid, int *socket, const char *path, char *const arguments[]) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  int error = start(pid, path, arguments, ends[1]);
  close(ends[1]);
  if (!error && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) error = errno;
  if (error) close(ends[0]);
  *socket = ends[0];
  return error;
}
