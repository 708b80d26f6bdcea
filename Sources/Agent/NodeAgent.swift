package import Cluster
package import Health
package import Ledger
package import Logging
import Probing
import ServiceLifecycle
import Synchronization

/// A running node: the loop that feeds the machine and performs what it says. It decides nothing.
package final class NodeAgent: Service {
  /// Room for actions that is kept from one round to the next; a start with many peers needs far more, once.
  private static let actionsKept = 256

  /// What is announced while so many events wait is dropped, and read of the ledger afterwards.
  private static let mostWaiting = 20_000

  private let profile: NodeProfile
  private let board: Board
  private let store: any LedgerStore
  private let logger: Logger
  private let events = Mailbox<MachineEvent>()
  /// Nil: it is not running.
  private let engine = Mutex<ProbeEngine?>(nil)

  package init(
    profile: NodeProfile, upstreams: [UpstreamDefinition], board: Board, store: any LedgerStore,
    logger: Logger
  ) {
    self.profile = profile
    self.board = board
    self.store = store
    self.logger = logger
    configure(upstreams)
  }

  /// Other upstreams from now on. Those that stay keep their state.
  package func configure(_ upstreams: [UpstreamDefinition]) {
    events.put(.configured(upstreams))
  }

  /// What is wrong with the sources of peers from now on, by the name of the upstream: told to whoever asks why.
  package func tell(_ sourceTroubles: [String: String]) {
    events.put(.sourceTroubles(sourceTroubles))
  }

  /// What this node's probes have come to; nil: it does not probe yet, or not any more.
  package func probeStatistics() async -> ProbeStatistics? {
    await engine.withLock { $0 }?.statistics().told
  }

  /// Runs until the task is cancelled or a graceful shutdown begins; leases are given up before it returns.
  ///
  /// - Throws: `EngineError` when probing cannot start, `NodeRefused` when this node must not run.
  package func run() async throws {
    let events = events
    let engine = try ProbeEngine { events.put(.probed($0)) }
    self.engine.withLock { $0 = engine }
    defer {
      self.engine.withLock { $0 = nil }
      engine.stop()
    }
    let dispatcher = LedgerDispatcher(store: store) { events.put($0) }
    let refusal = await withTaskGroup(of: Void.self) { group in
      group.addTask { await Self.tick(events) }
      if profile.sharing != nil { group.addTask { [store] in await Self.listen(store, events) } }
      let refusal = await carrying(dispatcher) { await loop(engine, dispatcher) }
      group.cancelAll()
      return refusal
    }
    if let refusal { throw refusal }
  }

  /// Ends when the body has, and all that it asked is answered.
  private func carrying(
    _ dispatcher: LedgerDispatcher, _ body: () async -> NodeRefused?
  ) async -> NodeRefused? {
    async let carried: Void = dispatcher.run()
    let refusal = await body()
    dispatcher.questions.close()
    await carried
    return refusal
  }

  /// Returns why this node must not run; nil: it was told to end.
  private func loop(_ engine: ProbeEngine, _ dispatcher: LedgerDispatcher) async -> NodeRefused? {
    var machine = Machine(profile: profile)
    var actions: [MachineAction] = []
    var trim = TrimTimer()
    var log = MachineLog(logger)
    // Who is told to end leaves what still waits: it may be much.
    while !events.isClosed, let batch = await events.nextBatch() {
      for event in batch where !events.isClosed {
        trim.observe(event)
        machine.handle(event, at: Self.moment, into: &actions)
      }
      perform(actions, engine, dispatcher, &log)
      log.writeDue()
      if let refusal = actions.refusal { return refusal }
      actions.removeAll(keepingCapacity: actions.capacity <= Self.actionsKept)
    }
    machine.handle(.stopping, at: Self.moment, into: &actions)
    perform(actions, engine, dispatcher, &log)
    log.writeDue(all: true)
    return nil
  }

  private func perform(
    _ actions: [MachineAction], _ engine: ProbeEngine, _ dispatcher: LedgerDispatcher, _ log: inout MachineLog
  ) {
    var orders: [ProbeAction] = []
    for action in actions {
      switch action {
      case .probe(let order): orders.append(order)
      case .ask(let ticket, let request): dispatcher.questions.put(.ask(ticket, request))
      case .read(let ticket, let query): dispatcher.questions.put(.read(ticket, query))
      case .show(let update): board.apply(update)
      case .log(let line): log.write(line)
      case .refuse: break
      }
    }
    engine.apply(orders)
  }

  /// Ends with the task, or with a graceful shutdown, and then closes the mailbox: the loop ends by that.
  private static func tick(_ events: Mailbox<MachineEvent>) async {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        // Ticks do not pile up where a turn takes longer than from one to the next.
        events.putOnce(.tick)
        try? await Task.sleep(for: .milliseconds(Machine.tickMs))
      }
    }
    events.close()
  }

  private static func listen(_ store: any LedgerStore, _ events: Mailbox<MachineEvent>) async {
    var hasDropped = false
    for await announcement in store.announcements(.everything) {
      if hasDropped { hasDropped = !events.offer(.heard(.gap), most: mostWaiting) }
      if !events.offer(.heard(announcement), most: mostWaiting) { hasDropped = true }
    }
  }

  private static var moment: Moment {
    Moment(steadyMs: SteadyClock.nowMs, wallMs: WallClock.nowMs)
  }
}

/// This node must not run, and why.
package struct NodeRefused: Error, CustomStringConvertible {
  package let description: String
}

extension [MachineAction] {
  fileprivate var refusal: NodeRefused? {
    for case .refuse(let why) in self { return NodeRefused(description: why) }
    return nil
  }
}

/// Gives memory back when settings were taken and the first results are in: that costs many times what is kept.
private struct TrimTimer {
  /// Ticks after the settings.
  private static let moments = [20, 50, 150]
  private var ticks = 0

  mutating func observe(_ event: MachineEvent) {
    switch event {
    case .configured: ticks = 0
    case .tick where ticks < Self.moments.last ?? 0:
      ticks += 1
      if Self.moments.contains(ticks) { ProcessMemory.giveBack() }
    default: break
    }
  }
}
