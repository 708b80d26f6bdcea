import Health

/// Something that is kept of each server. A replica begins with what its primary has.
struct PerServer<Value: Sendable>: Sendable {
  private(set) var values: [Value]

  init(_ value: Value) { values = [value] }

  subscript(server: Int) -> Value {
    get { values[server] }
    _modify { yield &values[server] }
  }

  /// To be called with each fault that begins.
  mutating func follow(_ fault: Fault, in world: World) {
    if case .failOver = fault { values.append(values[world.primary]) }
  }
}

extension Fault {
  /// Something that belongs to the head of the upstream is gone.
  func losesDecisions(of upstream: UpstreamName) -> Bool {
    switch self {
    case .redisEmptied: return true
    case .redisLoses(let loss, let number):
      guard Setup.upstreamNames[number] == upstream else { return false }
      switch loss {
      case .head, .definition, .status, .evidence, .overrides, .events: return true
      case .lease, .members, .index, .nodeInfos, .reports, .missing: return false
      }
    default: return false
    }
  }
}
