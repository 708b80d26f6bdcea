import Cluster
import Ledger

/// Carries the machine's questions to the ledger and its answers back, so that the machine never waits.
///
/// What keeps the node alive and leading goes out at once: heartbeats by themselves, leases and commits of one go together.
/// What is much, reports and readings of whole upstreams, waits its turn in order: a reconnect asks for thousands of
/// them in one moment.
struct LedgerDispatcher: Sendable {
  enum Question: Sendable {
    case ask(LedgerTicket, LedgerRequest)
    case read(LedgerTicket, LedgerQuery)
  }

  /// Readings of whole upstreams, and parcels of reports, that are under way at once. Fewer take longer after a reconnect, more
  /// make the ledger answer all of them late.
  private static let bulkUnderWay = 16
  /// Requests in one parcel, and how much they may tell together (`LedgerRequest.weight`).
  private static let parcel = (requests: 64, weight: 5000)

  let store: any LedgerStore
  let questions = Mailbox<Question>()
  /// Takes the answers, as events for the machine.
  let answer: @Sendable (MachineEvent) -> Void

  private enum Job: Sendable {
    case perform([(LedgerTicket, LedgerRequest)])
    case read(LedgerTicket, LedgerQuery)
  }

  /// Ends when `questions` is closed and empty, and all answers are there but for readings that had to wait: nobody is
  /// left to use them.
  func run() async {
    let bulk = Turnstile<Job>()
    await withDiscardingTaskGroup { group in
      for _ in 0..<Self.bulkUnderWay {
        group.addTask { while let job = await bulk.next() { await run(job) } }
      }
      while let batch = await questions.nextBatch() {
        for job in urgent(batch) { group.addTask { await run(job) } }
        for job in much(batch) { bulk.put(job) }
      }
      bulk.close { if case .read = $0 { false } else { true } }
    }
  }

  private func urgent(_ batch: [Question]) -> [Job] {
    var jobs: [Job] = []
    var ofNode: [(LedgerTicket, LedgerRequest)] = []
    var ofUpstreams: [(LedgerTicket, LedgerRequest)] = []
    for question in batch {
      switch question {
      case .ask(_, let request) where request.isBulk: break
      case .ask(let ticket, let request) where ticket.upstream == nil: ofNode.append((ticket, request))
      case .ask(let ticket, let request): ofUpstreams.append((ticket, request))
      case .read(_, let query) where query.isBulk: break
      case .read(let ticket, let query): jobs.append(.read(ticket, query))
      }
    }
    // The heartbeat waits for nobody's answer, however many upstreams are asked about.
    for some in [ofNode, ofUpstreams] where !some.isEmpty { jobs.append(.perform(some)) }
    return jobs
  }

  private func much(_ batch: [Question]) -> [Job] {
    var jobs: [Job] = []
    var parcel: [(LedgerTicket, LedgerRequest)] = []
    var weight = 0
    for question in batch {
      switch question {
      case .ask(let ticket, let request) where request.isBulk:
        if parcel.count >= Self.parcel.requests || weight + request.weight > Self.parcel.weight,
          !parcel.isEmpty
        {
          jobs.append(.perform(parcel))
          (parcel, weight) = ([], 0)
        }
        parcel.append((ticket, request))
        weight += request.weight
      case .read(let ticket, let query) where query.isBulk: jobs.append(.read(ticket, query))
      case .ask, .read: break
      }
    }
    if !parcel.isEmpty { jobs.append(.perform(parcel)) }
    return jobs
  }

  private func run(_ job: Job) async {
    switch job {
    case .perform(let asked):
      let answers = await store.perform(asked.map(\.1))
      for ((ticket, _), result) in zip(asked, answers) { answer(.answered(ticket, result)) }
    case .read(let ticket, let query): await read(ticket, query)
    }
  }

  private func read(_ ticket: LedgerTicket, _ query: LedgerQuery) async {
    do throws(LedgerError) {
      answer(.read(ticket, .success(try await store.read(query))))
    } catch {
      answer(.read(ticket, .failure(error)))
    }
  }
}
