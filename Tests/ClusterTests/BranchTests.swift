import Cluster
import Health
import Ledger
import Testing

/// Redis had two primaries for a while, and its clock had gone back: what was decided on the one that is gone has terms
/// as high as those of the other, or higher.
@Suite struct BranchTests {
  private static let peers = (0..<6).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers) { $0.probers = 3 }
  private static let other = UpstreamDefinition.make(.bar, [.one])

  /// Two branches from one moment: what `lonely` nodes decided on the primary that is gone, and what the rest did.
  private struct Branches {
    var rig: ClusterRig
    /// Where they stood when each had been alone.
    var gone = Head()
    var kept = Head()

    /// - Parameters:
    ///   - changes: how many peers go down on each branch.
    ///   - isEqual: both get the same term; otherwise the branch that is gone has the higher one.
    init(
      _ rig: ClusterRig, lonely: [String], changes: (gone: Int, kept: Int), isEqual: Bool
    ) throws {
      self.rig = rig
      let others = rig.nodes.keys.filter { !lonely.contains($0) }
      // Terms go on by one from here, and for who has led by two.
      self.rig.wallLeapMs = -3_600_000
      var branch = self.rig.shared
      for count in 0..<(isEqual ? 1 : 2) {
        self.rig.shared.lose(.of(.foo, .lease))
        self.rig.perform(
          .acquire(LeaseBid(upstream: .foo, node: "z", run: "z\(count)", highestTerm: 0, forMs: 1)))
      }
      if isEqual {
        branch.lose(.of(.foo, .lease))
      } else {
        let now = self.rig.nowMs
        branch.persistLease(of: .foo, at: LedgerTime(wallMs: now, steadyMs: now))
      }
      gone = try live(without: others, changes.gone)
      self.rig.shared = branch
      self.rig.healLedger(others)
      kept = try live(without: lonely, changes.kept)
      #expect(gone.run != kept.run && (isEqual ? gone.term == kept.term : gone.term > kept.term))
    }

    private mutating func live(without nodes: [String], _ changes: Int) throws -> Head {
      rig.cutLedger(nodes)
      rig.pass(15_000)
      for count in 0..<changes {
        rig.dead = [BranchTests.peers[count]]
        rig.pass(6000)
      }
      rig.dead = []
      rig.pass(6000)
      return try #require(rig.shared.head(of: .foo))
    }
  }

  /// The number of the branch that is gone is higher than, as high as and lower than the other.
  @Test(arguments: [(2, 0), (1, 1), (0, 2), (1, 0), (0, 0)])
  func equalTermsOfTwoRunsAreTwoBranches(gone: Int, kept: Int) throws {
    let rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let lonely = try #require(["a", "b", "c"].first { $0 != leader })
    var branches = try Branches(rig, lonely: [lonely], changes: (gone, kept), isEqual: true)
    branches.rig.healLedger([lonely])
    branches.rig.pass(20_000)
    let head = try #require(branches.rig.shared.head(of: .foo))
    for (name, node) in branches.rig.nodes {
      let shown = try #require(node.views[.foo]?.head)
      #expect(shown.position == head.position && !node.isStale, "\(name)")
      // Nobody who has read on either branch is led back.
      #expect((shown.term, shown.seq) >= (branches.gone.term, branches.gone.seq), "\(name)")
    }
    branches.rig.dead = [Self.peers[5]]
    branches.rig.pass(8000)
    #expect(branches.rig.agree() && branches.rig.stored(Self.peers[5])?.status == .down)
  }

  /// A node that only shows the upstream has followed what is gone; nobody else has.
  @Test(arguments: [true, false]) func whoOnlyShowsAnUpstreamComesBackFromALostBranch(isEqual: Bool) throws {
    var rig = ClusterRig.three([Self.definition])
    rig.start("d", [Self.other])
    rig.pass(20_000)
    #expect(rig.nodes["d"]?.views[.foo] != nil)
    let leader = try #require(rig.leader())
    let lonely = try #require(["a", "b", "c"].first { $0 != leader })
    var branches = try Branches(rig, lonely: [lonely, "d"], changes: (2, 0), isEqual: isEqual)
    // It has forgotten.
    branches.rig.kill(lonely)
    branches.rig.restart(lonely)
    #expect(branches.rig.nodes["d"]?.views[.foo]?.head?.position == branches.gone.position)
    branches.rig.healLedger([lonely, "d"])
    branches.rig.pass(30_000)
    let head = try #require(branches.rig.shared.head(of: .foo))
    #expect(branches.rig.nodes["d"]?.views[.foo]?.head?.position == head.position)
    #expect(head.term > branches.gone.term && branches.rig.agree())
    // Those who have it in their settings lead, and go on.
    #expect(["a", "b", "c"].contains(branches.rig.leader() ?? ""))
    branches.rig.dead = [Self.peers[5]]
    branches.rig.pass(8000)
    #expect(branches.rig.agree() && branches.rig.stored(Self.peers[5])?.status == .down)
  }

  /// Whoever may lead is first: the numbers go on above all that were given out.
  @Test func whoOnlyShowsAnUpstreamLeavesItToThoseWhoHaveIt() throws {
    var rig = ClusterRig.three([Self.definition])
    rig.start("d", [Self.other])
    rig.pass(20_000)
    let leader = try #require(rig.leader())
    let lonely = try #require(["a", "b", "c"].first { $0 != leader })
    var branches = try Branches(rig, lonely: [lonely, "d"], changes: (3, 0), isEqual: false)
    branches.rig.healLedger([lonely, "d"])
    branches.rig.pass(30_000)
    let shown = try #require(branches.rig.nodes["d"]?.views[.foo]?.head)
    #expect(shown.seq > branches.gone.seq && branches.rig.agree())
    let bids = branches.rig.performed.filter { node, request, _ in
      if case .acquire(let bid) = request { node == "d" && bid.upstream == .foo } else { false }
    }
    #expect(bids.isEmpty)
  }

  /// A leader that hears of another run's decisions under its own term asks for a higher one.
  @Test func aTermIsSharedWithNobody() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let lease = try #require(rig.lease())
    let event = LedgerEvent(
      upstream: .foo, seq: 2, term: lease.holder.term, run: "elsewhere", leader: "z", atMs: 1, change: .resync
    )
    rig.hear(.event(event), leader)
    rig.pass(3000)
    let next = try #require(rig.lease())
    #expect(next.holder.term > lease.holder.term + 1)
    #expect(rig.shared.head(of: .foo)?.term == next.holder.term && rig.agree())
  }

  /// A leader that finds itself on a lost branch is to read the other one, which is lost before it can: what it knows is
  /// written again, once. From then on that branch is the only one, whatever else is read.
  @Test func whoHasWrittenEverythingAgainIsOnNoLostBranch() throws {
    let rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let lonely = try #require(["a", "b", "c"].first { $0 != leader })
    var branches = try Branches(rig, lonely: [lonely], changes: (2, 0), isEqual: true)
    branches.rig.performed = []
    branches.rig.healLedger([lonely])
    let took = branches.rig.pass(20_000) { rig in
      rig.performed.contains { node, request, answer in
        guard case .acquire = request, case .granted = answer else { return false }
        return node == lonely
      }
    }
    _ = try #require(took)
    for part in LedgerKey.Part.allCases where part != .lease { branches.rig.shared.lose(.of(.foo, part)) }
    branches.rig.pass(1500)
    #expect(branches.rig.leader() == lonely && branches.rig.events().map(\.change) == [.resync])
    // Nobody hears of it.
    branches.rig.perform(
      .override(
        OverrideRequest(upstream: .foo, peer: Self.peers[0], state: .drain, by: "anna", why: "")))
    branches.rig.pass(4000)
    #expect(branches.rig.stored(Self.peers[0])?.override?.state == .drain)
    let resyncs = branches.rig.events().filter { $0.change == .resync }
    #expect(resyncs.count == 1 && branches.rig.agree())
  }
}
