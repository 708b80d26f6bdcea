import ArgumentParser
import Console
import Health
import Ledger
import Reading

/// Gives an operator's word to the ledger, and waits for the leader.
struct OverrideGiving: Sendable {
  let session: LedgerSession
  let order: OverrideRequest

  private var name: String { "\(order.upstream) \(Plain.text(order.peer.text))" }

  /// Returns when the word is stored.
  func give() async throws -> Override {
    // The same order twice is one: an answer that was lost is asked for again.
    var isUnknown = false
    for isLast in [false, true] {
      switch await session.store.perform([.override(order)])[0] {
      case .success(.overridden(let override)):
        try StandardOutput.write("\(name): \(Self.told(override)) (revision \(override.rev))")
        return override
      case .success(.otherOverride(let other)): throw session.refusal(Self.refused(name, other))
      case .failure(.outcomeUnknown) where !isLast: isUnknown = true
      case .failure(.unreachable(let fault)) where !isUnknown:
        throw session.refusal("not stored: \(fault.sentence)")
      case .failure(let error): throw session.refusal("nobody knows whether it was stored: \(error.sentence)")
      case .success: throw session.refusal("Redis gave an answer that has nothing to do with it")
      }
    }
    throw session.refusal("nobody knows whether it was stored")
  }

  /// Returns when the leader has applied it.
  func giveAndWait(seconds: Int) async throws {
    let (stored, isStored) = AsyncStream.makeStream(of: Never.self)
    let applied = try await withThrowingTaskGroup(of: OverrideWait.Applied?.self) { group in
      group.addTask { try await follow { isStored.finish() } }
      group.addTask {
        for await _ in stored {}
        try await Task.sleep(for: .seconds(seconds))
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    switch applied {
    case .event(let event)?:
      try StandardOutput.write("applied by \(Plain.text(event.leader)) as event #\(event.seq)")
    case .found?: try StandardOutput.write("applied")
    case nil:
      throw session.refusal(
        "it is stored, but no leader has applied it within \(seconds) s; it is applied as soon as one leads "
          + "\(order.upstream) (quorate explain tells)")
    }
  }

  /// Listens first, so that the leader's event cannot be missed.
  private func follow(_ isStored: @Sendable () -> Void) async throws -> OverrideWait.Applied? {
    var wait: OverrideWait?
    for await news in session.store.follow(.only([order.upstream]), comparing: .seconds(1)) {
      if let wait {
        if let applied = wait.judge(news) { return applied }
      } else {
        if case .unreachable(let why) = news { throw session.refusal("Redis cannot be read: \(why)") }
        wait = OverrideWait(order.peer, try await give())
        isStored()
      }
    }
    return nil
  }

  static func told(_ override: Override) -> String {
    let why = override.why.isEmpty ? "" : ": \"\(Plain.text(override.why))\""
    return "\(override.state.deed) by \(Plain.text(override.by))\(why)"
  }

  private static func refused(_ name: String, _ other: Override?) -> String {
    let now = other.map { "\(told($0)) (revision \($0.rev))" } ?? "taken away"
    return "somebody else was faster, nothing was changed: \(name) is now \(now); look at it and say it again"
  }
}
