import Ledger
import Redis

extension RedisError {
  /// Redis does not say which key it denies. Whoever has to grant it needs to know.
  ///
  /// - Parameter right: what an ACL rule would have to grant.
  func wanting(_ right: @autoclosure () -> String) -> RedisError {
    guard case .noPermission(let text) = self, text.contains(" key") else {
      return self
    }
    return .noPermission("\(text); this wants \(right())")
  }
}

extension RedisLedger {
  /// Why these channels cannot be listened to; nil: there are none.
  func fault(denied: [String: RedisError]) -> LedgerFault? {
    let channels = denied.keys.sorted()
    guard let first = channels.first, case .noPermission(let text)? = denied[first] else { return nil }
    let wants =
      text.contains(" channel")
      ? "this wants " + channels.map { "&\($0)" }.joined(separator: " ")
      : "not heard: " + channels.joined(separator: ", ")
    return LedgerFault(.noPermission("\(text); \(wants)"))
  }
}

extension LedgerKeys {
  /// The ACL rule that grants all keys of the kind of this one. The same for all upstreams: a user is given all or none.
  func right(for keys: [String]) -> String {
    let nodes = "quorate:{\(namespace)}:"
    return (keys.first ?? nodes).hasPrefix(nodes) ? "~\(nodes)*" : "~quorate:{\(namespace):*"
  }
}
