import CLinux

/// What the process tells its allocator.
package enum ProcessMemory {
  /// Call this before other threads are started. Memory that one of them has freed then serves all, and large arrays
  /// are the system's again as soon as they are freed: else the allocator keeps them once it has seen a few, and they
  /// leave holes.
  package static func keepSmall() {
    _ = mallopt(M_ARENA_MAX, 1)
    _ = mallopt(M_MMAP_THRESHOLD, 128 << 10)
  }

  /// Gives what is free back to the system. Reading settings takes many times the memory that they need afterwards.
  package static func giveBack() {
    _ = malloc_trim(0)
  }
}
