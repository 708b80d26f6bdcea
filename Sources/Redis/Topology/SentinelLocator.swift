import Addresses
import NIOConcurrencyHelpers
import NIOCore

/// Where the primary is, as Sentinels tell. They are asked before each dial; what they announce makes those who are
/// connected elsewhere let go at once.
final class SentinelLocator: RedisLocator {
  /// The channel on which a Sentinel announces a new primary: `master old-host old-port new-host new-port`.
  private static let announcement = "+switch-master"

  private struct State {
    /// Where it was when the Sentinels were asked last.
    var primary: RedisAddress?
    var isListening = false
  }

  private let master: String
  private let sentinels: [(address: RedisAddress, client: RedisClient)]
  private let hearers = MoveHearers()
  private let state = NIOLockedValueBox(State())

  init(_ sentinels: [RedisAddress], master: String, _ settings: RedisSettings, group: any EventLoopGroup) {
    self.master = master
    self.sentinels = sentinels.map { address in
      (address, RedisClient(settings.ofSentinel(address), group: group))
    }
  }

  /// Ends what is heard of them as well.
  deinit {
    for (_, client) in sentinels { _ = client.core.close() }
  }

  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress> {
    listen(on: loop)
    return loop.makeFutureWithTask { [self] in try await ask() }
  }

  func isRight(_ place: RedisAddress) -> Bool {
    state.withLockedValue { $0.primary == nil || $0.primary == place }
  }

  func whenMoved(_ moved: @escaping @Sendable () -> Bool) { hearers.add(moved) }

  private func ask() async throws(RedisError) -> RedisAddress {
    let question = RedisCommand("SENTINEL", "get-master-addr-by-name", master)
    var vote = SentinelVote(for: master, sentinels: sentinels.map(\.address))
    await withTaskGroup(of: (RedisAddress, Result<RedisReply, RedisError>).self) { group in
      for (address, client) in sentinels {
        group.addTask { (address, await client.pipeline([question])[0]) }
      }
      for await (address, answer) in group {
        vote.add(answer, of: address)
        if vote.isDecided { break }
      }
      group.cancelAll()
    }
    let primary = try vote.result()
    let hasMoved = state.withLockedValue { state in
      defer { state.primary = primary }
      return state.primary != nil && state.primary != primary
    }
    if hasMoved { hearers.tell() }
    return primary
  }

  // MARK: Announcements

  /// One Sentinel's word is a hint: what most of them say counts.
  private func listen(on loop: any EventLoop) {
    let isFirst = state.withLockedValue { state in
      defer { state.isListening = true }
      return !state.isListening
    }
    guard isFirst else { return }
    for (_, client) in sentinels {
      let events = client.subscribe(to: [Self.announcement])
      _ = loop.makeFutureWithTask { [weak self, master] in
        for await event in events where Self.isNews(event, of: master) { _ = try? await self?.ask() }
      }
    }
  }

  private static func isNews(_ event: RedisSubscriptionEvent, of master: String) -> Bool {
    switch event {
    case .message(_, let payload): payload.string?.split(separator: " ").first.map { $0 == master } ?? false
    case .gap: true
    case .subscribed, .denied, .lost, .tick: false
    }
  }
}

extension RedisSettings {
  fileprivate func ofSentinel(_ address: RedisAddress) -> RedisSettings {
    var settings = RedisSettings(address)
    settings.tls = tls
    settings.user = sentinelUser
    settings.password = sentinelPassword
    settings.clientName = clientName.map { "\($0)-sentinel" }
    settings.limits = limits
    // The dial that asks has a deadline for everything: one that is silent must not use it up.
    settings.limits.commandDeadline = limits.dialDeadline / 2
    settings.limits.dialDeadline = limits.dialDeadline / 2
    return settings
  }
}
