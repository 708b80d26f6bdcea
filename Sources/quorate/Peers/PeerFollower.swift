import Agent
import Discovery
import Health
import Ledger
import Logging
import Naming
import Probing
import ServiceLifecycle
import Settings

/// Looks names up and reads files while the node runs, and hands over what peers there are now. It decides nothing: that is
/// `PeerDiscovery`'s.
actor PeerFollower: Service {
  /// How often it is looked whether something is due, or a file is another one.
  private static let pause = Duration.seconds(1)

  private let agent: NodeAgent
  private let board: Board
  private let logger: Logger
  private let nameThread = OwnThread("names")
  private let fileThread = OwnThread("files")
  private(set) var discovery: PeerDiscovery
  private var asker: NameAsker
  private var shown: DiscoveryView?

  init(_ configured: Configured, agent: NodeAgent, board: Board, logger: Logger) {
    discovery = configured.discovery
    asker = NameAsker(servers: configured.settings.resolver)
    self.agent = agent
    self.board = board
    self.logger = logger
  }

  func run() async {
    settle()
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.repeating { await self.lookNamesUp() } }
        group.addTask { await self.repeating { await self.readFiles() } }
      }
    }
  }

  /// Other settings from now on, with what was found for them.
  func take(_ configured: Configured) {
    discovery = configured.discovery
    asker = NameAsker(servers: configured.settings.resolver)
    agent.configure(configured.definitions)
    settle()
  }

  /// What is in force of an upstream, and what this node has of it.
  nonisolated static func present(_ name: UpstreamName, on board: Board) -> Set<PeerName> {
    Set(board.current[name]?.peers.map(\.record.peer) ?? [])
  }

  private nonisolated func repeating(_ body: @Sendable () async -> Void) async {
    while !Task.isCancelled {
      await body()
      try? await Task.sleep(for: Self.pause)
    }
  }

  private func lookNamesUp() async {
    var isTold = false
    // A second time for the hosts that services name.
    for _ in 0..<2 {
      let askedMs = SteadyClock.nowMs
      let questions = discovery.due(at: askedMs)
      if questions.isEmpty { break }
      guard let answers = await nameThread.run({ [asker] in asker.ask(questions) }) else { return }
      discovery.take(answers, askedMs: askedMs, at: Self.now)
      isTold = true
    }
    if isTold { settle() }
  }

  private func readFiles() async {
    let watched = discovery.watched
    guard !watched.isEmpty else { return }
    let readings = await fileThread.run {
      watched.enumerated().compactMap { number, watch in
        let isRead = watch.stamp != nil && FileStamp(watch.file.path) == watch.stamp
        return isRead ? nil : (number, watch.file.path, watch.file.read())
      }
    }
    guard let readings, !readings.isEmpty else { return }
    // The settings may be others by now, and the files, too.
    for (number, path, reading) in readings where discovery.path(ofFile: number) == path {
      discovery.take(reading, ofFile: number, at: Self.now)
    }
    settle()
  }

  private func settle() {
    let output = discovery.settle(at: Self.now) { [board] in Self.present($0, on: board) }
    for line in output.lines { logger.log(level: line.level.ofLog, "\(line.text)") }
    if let definitions = output.definitions { agent.configure(definitions) }
    guard output.view != shown else { return }
    agent.tell(output.view.troubles())
    shown = output.view
    board.apply(.discovery(output.view))
  }

  private static var now: NameTime { NameTime(steadyMs: SteadyClock.nowMs, wallMs: WallClock.nowMs) }
}

extension DiscoveryLine.Level {
  fileprivate var ofLog: Logger.Level {
    switch self {
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}
