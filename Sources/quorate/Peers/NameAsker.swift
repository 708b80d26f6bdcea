import Addresses
import Naming
import Resolving

/// Asks about names: the system, as nginx does, about those that are not followed; name servers about the others.
struct NameAsker: Sendable {
  private let resolver: Resolver

  /// - Parameter servers: name servers; empty: the system's.
  init(servers: [HostPort]) {
    resolver = Resolver(servers: servers)
  }

  /// Blocks for seconds where nobody answers.
  func ask(_ questions: [NameQuestion]) -> [(question: NameQuestion, result: NameResult)] {
    let fixed = questions.filter { !$0.isFollowed }
    let answers = HostTable.ask(fixed.map(\.name))
    let unknown = NameResult.failure(NameFailure(.failed, "the system did not answer"))
    return fixed.map { ($0, answers[$0.name] ?? unknown) } + resolver.ask(questions.filter(\.isFollowed))
  }
}
