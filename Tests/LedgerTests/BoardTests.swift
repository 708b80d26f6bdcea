import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct BoardTests {
  private let name = LedgerContract.upstream
  private let other = UpstreamName("bar").unsafelyKnown

  private func view(_ name: UpstreamName, _ state: PeerState, evidence: Evidence = .confirmed) -> UpstreamView
  {
    var record = LedgerContract.record(state)
    record.evidence = evidence
    return UpstreamView(
      name: name, checker: Checker(kind: .tcp), head: Head(), peers: [PeerView(record: record)])
  }

  @Test func showsUpstreamsInTheirOrder() {
    let board = Board()
    board.apply(.order([other, name]))
    board.apply(.upstream(view(name, .up)))
    #expect(board.current.upstreams.map(\.name) == [name])
    #expect(!board.current.isComplete)
    board.apply(.upstream(view(other, .up)))
    #expect(board.current.upstreams.map(\.name) == [other, name])
    #expect(board.current.isComplete)
  }

  @Test func takesOffWhatIsNoLongerConfigured() {
    let board = Board()
    board.apply(.order([name]))
    board.apply(.upstream(view(name, .up)))
    board.apply(.order([other]))
    #expect(board.current[name] == nil && board.current.upstreams.isEmpty)
  }

  @Test func oneUpstreamIsStaleByItself() {
    let board = Board()
    board.apply(.order([name, other]))
    var troubled = view(name, .up)
    troubled.trouble = UpstreamTrouble(LedgerFault(.tooLarge, "too large"), sinceMs: 1)
    board.apply(.upstream(troubled))
    board.apply(.upstream(view(other, .up)))
    let evidence = { board.current.upstreams.map { $0.peers[0].record.evidence } }
    #expect(evidence() == [.stale, .confirmed] && !board.current.stale)
    #expect(board.current.upstreams.map { board.current.isStale($0) } == [true, false])
    board.apply(.stale(true))
    #expect(evidence() == [.stale, .stale])
    board.apply(.stale(false))
    #expect(evidence() == [.stale, .confirmed])
    board.apply(.upstream(view(name, .up)))
    #expect(evidence() == [.confirmed, .confirmed])
  }

  @Test func theStatusVersionGrowsWithAStatusAlone() {
    let board = Board()
    board.apply(.order([name]))
    board.apply(.upstream(view(name, .up)))
    let before = board.current
    board.apply(.upstream(view(name, .up, evidence: .stale)))
    #expect(board.current.statusVersion == before.statusVersion && board.current.version > before.version)
    board.apply(.upstream(view(name, .down)))
    #expect(board.current.statusVersion > before.statusVersion)
  }

  @Test func saysWhenItIsStale() {
    let board = Board()
    board.apply(.stale(true))
    #expect(board.current.stale)
    board.apply(.stale(false))
    #expect(!board.current.stale && board.current.checkedMs == 0)
  }

  /// What is told while the consensus is stale, and what of it: the last state, resting on nothing fresh.
  @Test(arguments: [
    (Evidence.confirmed, Evidence.stale), (.stale, .stale), (.assumed, .assumed),
  ])
  func nothingStaleIsConfirmed(_ told: Evidence, _ shown: Evidence) {
    let board = Board()
    board.apply(.order([name, other]))
    board.apply(.upstream(view(name, .down, evidence: told)))
    let before = board.current
    board.apply(.stale(true))
    board.apply(.upstream(view(other, .up, evidence: told)))
    let held = board.current
    #expect(held.upstreams.map { $0.peers[0].record.evidence } == [shown, shown])
    #expect(held.upstreams.map { $0.peers[0].record.status } == [.down, .up])
    #expect(held.upstreams.allSatisfy { $0.isHeld && held[$0.name]?.isHeld == true })
    // Whoever keeps a page of the upstream has to make it anew, and again afterwards.
    #expect(held[name]?.version != before[name]?.version)
    board.apply(.order([other, name]))
    #expect(board.current.upstreams.map(\.name) == [other, name])
    board.apply(.order([name]))
    board.apply(.stale(true))
    #expect(board.current[name]?.version == held[name]?.version && board.current[other] == nil)
    board.apply(.stale(false))
    #expect(board.current[name]?.peers[0].record.evidence == told)
    #expect(board.current[name]?.isHeld == false)
    #expect(board.current[name]?.version == before[name]?.version)
  }

  @Test func onceCompleteIsNotTakenBack() {
    let board = Board()
    #expect(!board.current.hasBeenComplete)
    board.apply(.order([name]))
    #expect(!board.current.hasBeenComplete)
    board.apply(.upstream(view(name, .up)))
    #expect(board.current.hasBeenComplete)
    board.apply(.order([name, other]))
    #expect(!board.current.isComplete && board.current.hasBeenComplete)
  }

  @Test func knowsUntilWhenItIsTrue() {
    let board = Board()
    #expect(board.current.asOfMs == 0)
    func node(_ name: String, _ atMs: Int64) -> NodeView {
      NodeView(member: Member(node: name, run: "r", beat: 1, atMs: atMs), isLive: true, nodeInfo: nil)
    }
    board.apply(.cluster(ClusterView(contact: .steady, nodes: [node("a", 7), node("b", 5)])))
    #expect(board.current.asOfMs == 7)
    var decided = view(name, .up)
    decided.head?.checkedMs = 9
    board.apply(.order([name]))
    board.apply(.upstream(decided))
    #expect(board.current.asOfMs == 9)
  }

  @Test func tellsOfChanges() async {
    let board = Board()
    var changes = board.changes().makeAsyncIterator()
    var other = board.changes().makeAsyncIterator()
    #expect(await changes.next() != nil)
    board.apply(.stale(true))
    board.apply(.stale(false))
    #expect(await changes.next() != nil)
    board.apply(.stale(true))
    #expect(await changes.next() != nil)
    #expect(await other.next() != nil)
  }
}
