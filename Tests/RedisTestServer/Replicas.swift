extension RedisServer {
  /// Returns when so many replicas have all that this primary has taken until now.
  package func replicasAreInStep(_ count: Int, password: String? = nil) async throws {
    let path = socket
    func role() throws(TestServerError) -> [TestAnswer] {
      try TestQuestion.ask(["ROLE"], socket: path, password: password).list
    }
    guard let offset = try role().dropFirst().first?.integer else {
      throw TestServerError("it is no primary")
    }
    try await TestQuestion.until("the replicas have come to \(offset)") {
      let replicas = try role().dropFirst(2).first?.list ?? []
      return replicas.count { ($0.list.last?.text).flatMap { Int($0) } ?? 0 >= offset } >= count
    }
  }
}
