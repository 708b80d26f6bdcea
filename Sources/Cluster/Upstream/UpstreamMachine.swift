import Health
import Ledger

/// All decisions about one upstream. Each upstream stands alone: its own leader, term and numbers of events.
///
/// What comes in (`count` a probe's result, `heard` an announcement, `answered` or `received` from the ledger, `readHead` with
/// a heartbeat, `regroup` when nodes come and go, `configure`, `tick`) is routed to the part that it concerns, and what is to
/// be done goes into the step's actions. The parts, each a value that nobody else writes to:
///
///     settings, inForce   what this node's settings say, and the definition by which all probe and vote
///     participants        who has the upstream, who may lead, who probes which peer
///     peers               each peer's record as it was decided, this node's own view, and what is open
///     reporter, reports   what this node tells of its probes, and what the others tell
///     replica             what the ledger holds, as far as it is known here
///     role                follower, candidate or leader, with all that belongs to that
///     asking              what was asked of the ledger, and when something may be asked again
///
/// A decision takes this way: a result turns the node's view (`count`), which is reported (`report`), heard by the leader
/// (`heard`) and marks the peer as open; the leader counts the votes (`decide`, `judged`) and sends a commit (`send`). Its answer
/// (`committed`) is what makes it true here; the others follow its events (`heard`), or read what they have missed (`adopt`).
///
/// Who leads is settled by the lease of the ledger: `+Election` takes it, `+Leading` keeps it and compares what it finds there
/// with what is known, `+HandOver` gives it away. docs/protocol.md is the whole in words.
struct UpstreamMachine: Sendable {
  let name: UpstreamName
  var settings = OwnSettings()
  var inForce = DefinitionInForce()
  var participants = Participants()
  var peers = PeerTable()
  var probing: Probing
  var reporter: Reporter
  var reports = ReportBook()
  var replica: Replica
  private(set) var role = UpstreamRole.follower(untilMs: .min)
  var leaseWatch = LeaseWatch()
  var asking: Asking
  var display = Display()

  /// - Parameters:
  ///   - after: the machine of an upstream that this run has let go of: its numbers are not used again.
  ///   - highest: what was seen of this one before this run let go of it.
  init(
    name: UpstreamName, number: Int, after: UsedNumbers = UsedNumbers(), highest: Highest = Highest()
  ) {
    self.name = name
    probing = Probing(number: number)
    reporter = Reporter(after: after.revision)
    replica = Replica(after: highest)
    asking = Asking(name, after: after.commits)
  }

  /// The highest numbers that were given out.
  var usedNumbers: UsedNumbers { UsedNumbers(revision: reporter.rev, commits: asking.commits.count) }

  // MARK: The role

  /// Nil: this node does not lead. It stays the leader whatever is set here.
  var leader: Leader? {
    get { if case .leader(let leader) = role { leader } else { nil } }
    set { if role.isLeader, let newValue { role = .leader(newValue) } }
  }

  /// The only way from one role to another. What was asked in the old one means nothing any more, and what was being
  /// written is open again.
  mutating func become(_ new: UpstreamRole) {
    let ended = leader
    asking.requests.dropThoseOfRole()
    role = new
    guard let ended else { return }
    // What was being written may have been done, on another primary perhaps, and readers know it by term and number: under
    // this term no number is given out any more, though the lease may still be this node's.
    replica.isOver(term: ended.holder.term)
    if let pending = ended.pending { giveUp(pending) }
  }

  // MARK: Requests

  mutating func ask(_ request: LedgerRequest, for purpose: PendingRequests.Purpose, _ context: inout Context)
  {
    let ticket = LedgerTicket(upstream: name, number: asking.requests.add(purpose))
    context.actions.append(.ask(ticket, request))
  }

  mutating func request(_ query: LedgerQuery, for purpose: PendingRequests.Purpose, _ context: inout Context)
  {
    let ticket = LedgerTicket(upstream: name, number: asking.requests.add(purpose))
    context.actions.append(.read(ticket, query))
  }

  /// What was asked for with `ask` has an answer.
  mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, _ number: UInt64, _ context: inout Context
  ) {
    observe(answer, context)
    switch asking.requests.answered(number) {
    case .bid: didBid(answer, &context)
    case .renewal(let sentMs, let commits): didRenew(answer, sentMs: sentMs, commits: commits, &context)
    case .handOver: didHandOver(answer, &context)
    case .commit: didCommit(answer, &context)
    case .report: didReport(answer, &context)
    case .delete: if case .success(.deleted) = answer { knowNothing() }
    default: break
    }
  }

  /// Where the ledger stands is known from then on, whatever else becomes of the answer.
  private mutating func observe(_ answer: Result<LedgerAnswer, LedgerError>, _ context: Context) {
    switch answer {
    case .success(.granted(let lease, let stands)):
      replica.observe(lease, context)
      replica.observe(stands, context)
    case .success(.outOfStep(let stands)): replica.observe(stands, context)
    default: break
    }
  }

  /// What was asked for with `read` has come. False: it was reports of others.
  mutating func received(
    _ reading: Result<LedgerReading, LedgerError>, _ number: UInt64, _ context: inout Context
  ) -> Bool {
    switch asking.requests.answered(number) {
    case .snapshot(let commits): receiveSnapshot(reading, commits: commits, &context)
    case .remains: receiveRemains(reading, &context)
    case .reportsOfAll:
      receiveReports(reading, &context)
      decide(&context)
      return false
    case .reports(let node):
      receiveReports(reading, &context)
      if reports.hasReadMissed(node) { requestReports(of: [node], &context) }
      return false
    default: break
    }
    return true
  }

  // MARK: Time

  mutating func tick(_ context: inout Context) {
    guard !settings.isPlain else { return }
    checkLateness(context)
    asking.retries.tick(&context)
    tickReading(&context)
    tickReports(&context)
    giveLostOverrides(&context)
    tickOrphan(&context)
    tickRole(&context)
    decide(&context)
    report(&context)
    showIfDue(&context)
  }
}
