import Health
import Probing
import Synchronization

/// An engine and what it has found so far.
final class EngineRig: Sendable {
  private struct State {
    var results: [ProbeResult] = []
    var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>
  let engine: ProbeEngine

  init() throws {
    let found = Found()
    state = Mutex(State())
    engine = try ProbeEngine { found.take($0) }
    found.rig.withLock { $0 = WeakRig(rig: self) }
  }

  private final class Found: Sendable {
    let rig = Mutex<WeakRig?>(nil)

    func take(_ batch: [ProbeResult]) { rig.withLock { $0?.rig }?.add(batch) }
  }

  private struct WeakRig: @unchecked Sendable {
    weak var rig: EngineRig?
  }

  private func add(_ batch: [ProbeResult]) {
    let ready = state.withLock { state in
      state.results += batch
      let count = state.results.count
      defer { state.waiting.removeAll { $0.count <= count } }
      return state.waiting.filter { $0.count <= count }.map(\.continuation)
    }
    for continuation in ready { continuation.resume() }
  }

  /// All results so far, once there are `count`.
  func results(_ count: Int) async -> [ProbeResult] {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.results.count >= count { return true }
        state.waiting.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
    return state.withLock { $0.results }
  }

  static func target(
    _ index: Int, _ peer: String, group: UInt32 = 0, phaseMs: Int = 0, incarnation: UInt32 = 1
  ) -> ProbeTarget {
    ProbeTarget(
      id: ProbeID(index: UInt32(index), incarnation: incarnation), group: group, peer: PeerName(peer),
      phaseMs: phaseMs)
  }

  static func checker(everyMs: Int, timeoutMs: Int = 1000, concurrency: Int? = nil) -> Checker {
    var checker = Checker(kind: .http, request: Array("GET / HTTP/1.0\r\n\r\n".utf8))
    checker.intervalMs = everyMs
    checker.timeoutMs = timeoutMs
    checker.concurrency = concurrency
    return checker
  }
}
