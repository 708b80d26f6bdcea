import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct OverrideContractTests {
  private func order(_ state: Override.State, why: String = "new disk", rev: UInt64? = nil) -> LedgerRequest {
    .override(
      OverrideRequest(
        upstream: LedgerContract.upstream, peer: LedgerContract.peer, state: state, by: "o\"p é", why: why,
        replacingRev: rev))
  }

  private func given(_ answer: LedgerAnswer) throws -> Override {
    guard case .overridden(let override) = answer else { throw ContractBroken("refused: \(answer)") }
    return override
  }

  @Test(arguments: LedgerKind.allCases)
  func eachWordHasARevision(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let first = try given(await contract.ask(order(.drain)))
    #expect(first.rev > 0 && first.atMs > 0 && first.by == "o\"p é" && first.state == .drain)
    let second = try given(await contract.ask(order(.auto, why: "")))
    #expect(second.rev > first.rev && second.state == .auto && second.why == "")
  }

  @Test(arguments: LedgerKind.allCases)
  func anOutdatedWordIsRefusedAndARepeatedOneIsNot(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let first = try given(await contract.ask(order(.down, rev: 0)))
    #expect(try await contract.ask(order(.down, rev: 0)) == .overridden(first))
    #expect(try await contract.ask(order(.up, rev: 0)) == .otherOverride(first))
    #expect(try given(await contract.ask(order(.up, rev: first.rev))).rev > first.rev)
    #expect(try await contract.ask(order(.down, why: "?", rev: 9)) != .overridden(first))
  }

  /// Whoever did not hear of a word sees that there is one, and a loss is seen as well.
  @Test(arguments: LedgerKind.allCases)
  func theHeadTellsThatThereIsAWord(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let upstream = LedgerContract.upstream
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    func words() async throws -> UInt64 {
      let head = try #require(try await contract.store.head(of: upstream))
      let renewal = LedgerRequest.renew(upstream, lease.holder, forMs: LedgerContract.leaseMs)
      guard case .granted(_, let told) = try await contract.ask(renewal) else { throw ContractBroken("lost") }
      let headReading = try await contract.store.headReadings(of: [upstream])[upstream]
      let snapshot = try await contract.store.snapshot(of: upstream)
      #expect(
        [told.words, headReading?.head?.words, snapshot?.head.words].allSatisfy { $0 == head.words })
      return head.words
    }
    #expect(try await words() == 0)
    var seen: Set<UInt64> = [0]
    for state in Override.State.allCases {
      _ = try await contract.ask(order(state))
      seen.insert(try await words())
    }
    #expect(seen.count == 1 + Override.State.allCases.count)
    // A refused one is none, and neither is a commit.
    let before = try await words()
    _ = try await contract.ask(order(.down, why: "?", rev: 99))
    _ = try await contract.ask(
      .commit(
        contract.commit(lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .down)])))
    #expect(try await words() == before)
  }

  /// Before anything is decided there is no head to tell it by; the first one has it.
  @Test(arguments: LedgerKind.allCases)
  func aWordThatIsOlderThanTheHeadIsSeen(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(order(.drain))
    #expect(try await contract.store.head(of: LedgerContract.upstream) == nil)
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    #expect(try #require(try await contract.store.head(of: LedgerContract.upstream)).words > 0)
  }

  /// A word alone does not make an upstream one that somebody leads.
  @Test(arguments: LedgerKind.allCases)
  func whatHasOnlyAWordCanBeDeleted(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(order(.drain))
    let nobody = LeaseHolder(term: 1, node: "a", run: "r1")
    #expect(try await contract.ask(.delete(LedgerContract.upstream, nobody)) == .deleted)
  }

  /// A resync brings back what the ledger lost, and leaves what is newer.
  @Test(arguments: LedgerKind.allCases)
  func aResyncBringsThemBack(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let known = Override(state: .drain, by: "b", why: "w", atMs: 5, rev: 3)
    let other = PeerName("127.0.0.1:2")
    let newer = try given(await contract.ask(order(.down)))
    var commit = contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    commit.overrides = [
      other: known, LedgerContract.peer: Override(state: .up, by: "", why: "", atMs: 1, rev: 1),
    ]
    _ = try await contract.ask(.commit(commit))
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.overrides == [other: known, LedgerContract.peer: newer])
    #expect(snapshot.head.isWhole)
    #expect(try given(await contract.ask(order(.up, rev: newer.rev))).rev > newer.rev)
    #expect(try #require(try await contract.store.head(of: LedgerContract.upstream)).isWhole)
  }

  /// A revision is above every term, so above all that the leader of that term had ever seen.
  @Test(arguments: LedgerKind.allCases)
  func aRevisionIsAboveAllTermsAndRevisions(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let high: UInt64 = 50_000_000_000_000
    let lease = try await contract.lease("a", highest: high)
    let first = try given(await contract.ask(order(.drain)))
    #expect(first.rev > lease.holder.term && lease.holder.term > high)
    let second = try given(await contract.ask(order(.up)))
    #expect(second.rev > first.rev)
  }

  /// A removed peer takes its word with it, and the head tells that no word of before comes again.
  @Test(arguments: LedgerKind.allCases)
  func aRemovedPeerLiftsItsWord(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let word = try given(await contract.ask(order(.drain)))
    var commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync], records: [LedgerContract.record(.down)])
    _ = try await contract.ask(.commit(commit))
    func head() async throws -> Head {
      try #require(try await contract.store.head(of: LedgerContract.upstream))
    }
    #expect(try await head().liftedRev == 0)
    commit = contract.commit(lease, counter: 2, seq: 1, removed: [LedgerContract.peer])
    _ = try await contract.ask(.commit(commit))
    let lifted = try await head().liftedRev
    #expect(lifted > word.rev)
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.overrides.isEmpty && snapshot.head.isWhole && snapshot.head.liftedRev == lifted)
    #expect(try await contract.store.remains(of: LedgerContract.upstream, by: []).liftedRev == lifted)
    #expect(try given(await contract.ask(order(.drain))).rev > lifted)
    // What a leader knows from before a loss is kept as well, and never goes back.
    for (counter, known) in [(3, lifted + 1000), (4, 5)] as [(Int, UInt64)] {
      commit = contract.commit(lease, counter: counter, seq: UInt64(counter - 2), changes: [.resync])
      commit.liftedRev = known
      _ = try await contract.ask(.commit(commit))
      #expect(try await head().liftedRev == lifted + 1000)
    }
    #expect(try given(await contract.ask(order(.down))).rev > lifted + 1000)
  }
}
