import Redis

extension RedisError {
  /// Redis does not say which key or channel it denies. Whoever has to grant it needs to know.
  ///
  /// - Parameter right: what an ACL rule would have to grant.
  func wanting(_ right: @autoclosure () -> String) -> RedisError {
    guard case .noPermission(let text) = self, text.contains("key") || text.contains("channel") else {
      return self
    }
    return .noPermission("\(text); this wants \(right())")
  }
}

extension LedgerKeys {
  /// The ACL rule that grants all keys of the kind of this one. The same for all upstreams: a user is given all or none.
  func right(for keys: [String]) -> String {
    let nodes = "quorate:{\(namespace)}:"
    return (keys.first ?? nodes).hasPrefix(nodes) ? "~\(nodes)*" : "~quorate:{\(namespace):*"
  }
}
