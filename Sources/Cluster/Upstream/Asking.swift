import Health

/// What an upstream's machine asks of the ledger, and how often it may.
struct Asking: Sendable {
  /// What has no answer yet, and what the answer will be for.
  var requests = PendingRequests()
  /// What was refused, and when it is asked again.
  var retries: Retries
  /// The rhythm of commits, and their numbers.
  var commits: CommitLog

  /// - Parameter after: the number of the last commit of this run, of an upstream that it has let go of.
  init(_ upstream: UpstreamName, after: UInt64) {
    retries = Retries(upstream)
    commits = CommitLog(after: after)
  }
}
