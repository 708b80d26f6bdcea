#pragma once
#include <sys/types.h>

// A program that has this module in it and is started as
//   PROGRAM evaluate-lua INSTRUCTIONS BYTES MILLISECONDS
// evaluates Lua and does nothing else. It speaks in frames over descriptors 0 and 1: four bytes of length, the lowest
// first, and so many bytes. The first that comes is Lua, the prelude; it gets a table of functions (`send`, `receive`,
// `where`, `mark`, `enter`) and speaks on. The numbers are what all Lua may use: instructions of LuaJIT's machine,
// bytes of memory, milliseconds of processor time. Beyond one of them the last frame tells which, and where.

/// Starts a program whose descriptors 0 and 1 are the other end of `socket`, which never blocks; it has no other
/// descriptors but an output for errors that leads nowhere, and no environment. Returns 0 or the system's error.
int lua_sandbox_spawn(pid_t *pid, int *socket, const char *path, char *const arguments[]);
