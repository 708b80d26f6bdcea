import Addresses
import Dispatch
import Naming
import Probing
import Synchronization

/// The addresses of many hosts, asked of the system at once: one name that nobody answers for must not hold up the others.
enum HostTable {
  /// Blocks until every name is answered or given up.
  static func ask(_ hosts: [String]) -> [String: NameResult] {
    let found = Mutex<[String: NameResult]>([:])
    let queue = DispatchQueue(label: "quorate.hosts", attributes: .concurrent)
    let group = DispatchGroup()
    for host in hosts {
      queue.async(group: group) {
        let answer = ask(host)
        found.withLock { $0[host] = answer }
      }
    }
    group.wait()
    return found.withLock { $0 }
  }

  private static func ask(_ host: String) -> NameResult {
    do throws(NameLookUpFailure) {
      let addresses = try NameLookUp.find(host).compactMap { IPAddress($0) }
      return addresses.isEmpty
        ? .failure(NameFailure(.empty, "it has no address")) : .success(.addresses(addresses))
    } catch {
      return .failure(NameFailure(.notFound, error.text))
    }
  }
}
