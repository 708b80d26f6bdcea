import Glibc

/// The clock that never goes back, as the engine and its users read it.
package enum SteadyClock {
  package static var nowNs: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  package static var nowMs: Int64 { Int64(nowNs / 1_000_000) }
}

/// The time of day: for display only.
package enum WallClock {
  /// Milliseconds since 1970.
  package static var nowMs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
