/// Where an upstream stands: who decided last, and how far.
package struct Head: Hashable, Sendable {
  package var term: UInt64
  package var run: String
  /// The node that made the last commit.
  package var leader: String
  /// The number of the last event; 0: none yet.
  package var seq: UInt64
  /// The id of the last commit.
  package var commit: String
  /// The digest of the definition in force.
  package var digest: String
  /// When the last commit was made: milliseconds since 1970, by the ledger's clock.
  package var checkedMs: Int64
  /// All that belongs to it is there. False: the ledger has lost something, and takes nothing but a resync.
  package var isWhole: Bool
  /// The revision of the last override, so that whoever did not hear of one sees that there is; 0: none.
  package var words: UInt64
  /// Overrides with a revision up to this one which are not in the ledger were lifted with their peers, when those were
  /// taken out; 0: none was.
  package var liftedRev: UInt64
  /// Fewer of its peers are up than its settings want (`panic`): who heeds it uses all of them.
  package var panic = false

  package init(
    term: UInt64 = 0, run: String = "", leader: String = "", seq: UInt64 = 0, commit: String = "",
    digest: String = "", checkedMs: Int64 = 0, isWhole: Bool = true, words: UInt64 = 0,
    liftedRev: UInt64 = 0
  ) {
    self.term = term
    self.run = run
    self.leader = leader
    self.seq = seq
    self.commit = commit
    self.digest = digest
    self.checkedMs = checkedMs
    self.isWhole = isWhole
    self.words = words
    self.liftedRev = liftedRev
  }
}
