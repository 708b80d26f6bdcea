import Dispatch
import Probing
import Settings
import Synchronization

/// The addresses of many hosts, asked for at once: one name that nobody answers for must not hold up the others.
struct HostTable: Sendable {
  private let answers: [String: Result<[String], LookUpError>]

  /// Blocks until every name is answered or given up.
  init(_ hosts: [String]) {
    let found = Mutex<[String: Result<[String], LookUpError>]>([:])
    let queue = DispatchQueue(label: "quorate.names", attributes: .concurrent)
    let group = DispatchGroup()
    for host in hosts {
      queue.async(group: group) {
        let answer = Self.ask(host)
        found.withLock { $0[host] = answer }
      }
    }
    group.wait()
    answers = found.withLock { $0 }
  }

  private static func ask(_ host: String) -> Result<[String], LookUpError> {
    do throws(NameLookUpFailure) {
      return .success(try NameLookUp.find(host))
    } catch {
      return .failure(LookUpError(error.text))
    }
  }

  func addresses(of host: String) throws(LookUpError) -> [String] {
    try (answers[host] ?? Self.ask(host)).get()
  }
}
