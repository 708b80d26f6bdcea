import Synchronization

/// The place of one connection at the gate.
final class GateSeat: Sendable {
  private struct State: Sendable {
    var number: UInt64?
    var admission = ConnectionGate.Admission.dropped
    var activity = ConnectionGate.Activity.silent
  }

  private let gate: ConnectionGate
  private let state = Mutex(State())

  init(_ gate: ConnectionGate) {
    self.gate = gate
  }

  var admission: ConnectionGate.Admission { state.withLock { $0.admission } }

  func occupy(makeRoom: @escaping @Sendable () -> Void) {
    let (number, admission) = gate.enter(makeRoom: makeRoom)
    state.withLock { state in
      state.number = number
      state.admission = admission
    }
  }

  /// Tells the gate only of changes: there is one of it for all connections.
  func note(_ activity: ConnectionGate.Activity) {
    let number = state.withLock { state -> UInt64? in
      guard state.activity != activity else { return nil }
      state.activity = activity
      return state.number
    }
    if let number { gate.note(activity, of: number) }
  }

  func leave() {
    let number = state.withLock { state in
      defer { state.number = nil }
      return state.number
    }
    if let number { gate.leave(number) }
  }
}
