package import Addresses
import CAres
import Glibc
package import Naming

/// Asks name servers, by c-ares: what stands in the system's file of hosts goes before, and short names are tried with the
/// domains that the system searches.
///
/// It blocks, for at most `mostMs`: whoever asks has a thread for it.
package struct Resolver: Sendable {
  /// Milliseconds for one server to answer; twice as much when it is asked again.
  static let serverMs: Int32 = 1500
  /// How often each server is asked.
  static let tries: Int32 = 2
  /// Milliseconds for all questions together. What is not answered by then has failed.
  package static let mostMs: Int64 = 10_000
  /// Questions under way at once: more than a name server's buffer takes would be lost.
  static let mostAtOnce = 128

  /// Empty: those of the system, as its files name them at each call.
  private let servers: [HostPort]

  /// - Parameter servers: addresses with or without a port; 53 where none is given.
  package init(servers: [HostPort]) {
    self.servers = servers
  }

  /// Asks everything at once; each question has a result.
  package func ask(_ questions: [NameQuestion]) -> [(question: NameQuestion, result: NameResult)] {
    guard !questions.isEmpty else { return [] }
    do throws(NameFailure) {
      // Made anew each time: the system's files may be others now.
      let channel = try AresChannel(servers: servers)
      return LookUpRound(channel, questions).run()
    } catch {
      return questions.map { ($0, .failure(error)) }
    }
  }
}
