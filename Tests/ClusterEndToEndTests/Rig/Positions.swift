import Backends
import FoundationEssentials
import TestServers

/// Where an upstream stands, as the pages of all nodes tell while a test goes on.
final class Positions: Sendable {
  private struct Page: Decodable {
    struct Head: Decodable {
      var term: UInt64
      var seq: UInt64
    }
    var head: Head?
  }

  private let seen = Watched<[String: [(term: UInt64, seq: UInt64)]]>([:])
  private let tasks: [Task<Void, Never>]

  init(_ cluster: TestCluster, _ names: [String]) {
    let seen = seen
    tasks = names.map { name in
      Task {
        while !Task.isCancelled {
          if let node = try? cluster.node(name),
            let answer = try? await node.get("/api/v1/upstreams/foo.com"),
            let page = try? JSONDecoder().decode(Page.self, from: Data(answer.body.utf8)),
            let head = page.head
          {
            seen.change { seen in
              if seen[name]?.last.map({ $0 != (head.term, head.seq) }) ?? true {
                seen[name, default: []].append((head.term, head.seq))
              }
            }
          }
          await quiet(.milliseconds(50))
        }
      }
    }
  }

  func end() { for task in tasks { task.cancel() } }

  /// Terms, or numbers of one term, that went back on the page of a node.
  var steps: [String] {
    seen.value.sorted { $0.key < $1.key }.flatMap { name, positions in
      zip(positions, positions.dropFirst()).filter { $0 > $1 }.map { "\(name): \($0) to \($1)" }
    }
  }

  /// How many different ones all pages have shown.
  var count: Int { seen.value.values.reduce(0) { $0 + $1.count } }
}
