#pragma once
#include <stddef.h>

/// What the Lua of a configuration may use.
struct sandbox_limits {
  /// Virtual machine instructions, to within a hundred.
  long long instructions;
  /// Bytes of all Lua values together.
  size_t bytes;
  /// Milliseconds of processor time.
  long milliseconds;
};

/// Takes from this process what an evaluation has no use for: descriptors beyond the first three, the environment,
/// memory and processor time beyond the limits, and system calls. False: the system refused a limit.
int confine(struct sandbox_limits limits);
