/// One thing that goes wrong, or that people do. Nodes and peers are meant by their numbers, from 0.
package enum Fault: Hashable, Sendable {
  // Nodes.

  /// It gets no time: nothing runs, nothing is taken, and everything comes at once afterwards.
  case paused(node: Int)
  /// SIGKILL; it is started again when the fault ends.
  case crashed(node: Int)
  /// SIGTERM; it is started again when the fault ends.
  case stopped(node: Int)
  /// Its wall clock leaps.
  case wallClockJumps(node: Int, byMs: Int64)
  /// Its clocks run at another rate, in thousandths: 667 to 1500.
  case clockRate(node: Int, permille: Int64)
  /// It cannot probe, for want of ports or descriptors.
  case localErrors(node: Int)
  /// A node that was not there before; it leaves when the fault ends.
  case joined

  // The ways between.

  /// Probes of these peers time out; empty: of all.
  case cutFromPeers(node: Int, peers: [Int])
  /// Nothing gets through to Redis or back.
  case cutFromRedis(node: Int)
  /// Connections to Redis break, and each is soon made anew.
  case connectionBreaks(node: Int)
  /// Each message may take up to so many ms, and in thousandths: be lost with its connection before or after it took
  /// effect.
  case roughNetwork(upToMs: Int64, lossPermille: Int64)
  /// So many answers in a thousand never come, though their requests were performed and the connection stays.
  case unanswered(permille: Int64)
  /// An ACL denies it a script, reading or a channel; nil: denies all nodes. It is told so, and whatever else it asks is answered.
  case forbidden(node: Int?, Right)
  /// It hears no announcements, and no sign of that.
  case deaf(node: Int)
  /// Nobody does.
  case allDeaf
  /// It may listen to no channel, and is told so.
  case denied(node: Int)

  // Redis.

  /// Connections are refused. What it holds is there again afterwards.
  case redisDown
  /// It takes requests and answers none; those that wait are performed afterwards.
  case redisHangs
  /// It stands still for so long, again and again, from the beginning of one pause to that of the next.
  case redisPauses(forMs: Int64, everyMs: Int64)
  /// Each request takes so many ms, one after the other.
  case redisSlow(byMs: Int64)
  case redisEmptied
  /// - of: the number of the upstream, where it is one's.
  case redisLoses(Loss, of: Int = 0)
  /// Its clock leaps: keys expire by it.
  case redisClockJumps(byMs: Int64)
  case redisClockRate(permille: Int64)
  /// The lease of an upstream ends now.
  case leaseEnds(of: Int = 0)
  /// It lasts until somebody takes it.
  case leaseIsEndless(of: Int = 0)
  /// A replica that has missed the writes of the last `lostMs` takes over. Until the fault ends, `staying` nodes talk to
  /// the old primary, which answers them.
  case failOver(lostMs: Int64, staying: [Int])
  /// Who deletes an upstream ends before it takes the entry out of the index.
  case entriesStay

  // Backends.

  case refusing(peer: Int)
  case silent(peer: Int)
  case slow(peer: Int, byMs: Int64)
  /// Up and down again with this period.
  case flapping(peer: Int, periodMs: Int64)
  case allRefusing

  // People.

  /// From now on this node's settings say of an upstream what this version does; nil: they do not have it.
  case settings(node: Int, version: Int?, of: Int = 0)
  case override(peer: Int, Word, of: Int = 0)

  /// What is lost of an upstream, or of the nodes.
  package enum Loss: String, CaseIterable, Hashable, Sendable {
    case lease, head, definition, status, evidence, overrides, events, members, index
    case nodeInfos = "cards"
    case reports, missing
  }

  /// What an ACL can deny: a script by its name, all readings, or what one of the channels carries.
  package enum Right: String, CaseIterable, Hashable, Sendable {
    case acquire, renew, release, commit, delete, report, heartbeat, describe, remember, forget
    case handOver = "hand-over"
    case read
    case events, reports, control
  }

  package enum Word: String, CaseIterable, Hashable, Sendable {
    case up, down, drain, auto
  }
}

/// A fault, when it begins and how long it lasts.
package struct PlannedFault: Hashable, Sendable {
  package var atMs: Int64
  /// 0 for what happens in one moment.
  package var forMs: Int64
  package var fault: Fault

  package init(_ fault: Fault, atMs: Int64, forMs: Int64 = 0) {
    self.fault = fault
    self.atMs = atMs
    self.forMs = forMs
  }

  package var endMs: Int64 { atMs + forMs }
}

extension Fault {
  /// The node that it happens to; nil: it is not one node's.
  var node: Int? {
    switch self {
    case .paused(let node), .crashed(let node), .stopped(let node), .wallClockJumps(let node, _),
      .clockRate(let node, _), .localErrors(let node), .cutFromPeers(let node, _), .cutFromRedis(let node),
      .connectionBreaks(let node), .deaf(let node), .denied(let node), .settings(let node, _, _):
      node
    default: nil
    }
  }

  /// The number of the upstream that it is about; nil: it is not about one.
  var upstream: Int? {
    switch self {
    case .redisLoses(let loss, let upstream): loss.isOfUpstream ? upstream : nil
    case .leaseEnds(let upstream), .leaseIsEndless(let upstream), .settings(_, _, let upstream),
      .override(_, _, let upstream):
      upstream
    default: nil
    }
  }

  /// It is no fault, but what people do.
  var isOfPeople: Bool {
    switch self {
    case .settings, .override, .joined: true
    default: false
    }
  }

  /// Nodes that live through it may take longer for everything, and not only for what the fault is about.
  var isDisturbing: Bool {
    switch self {
    case .paused, .crashed, .stopped, .localErrors, .joined, .cutFromPeers, .cutFromRedis: false
    default: !isOfBackends
    }
  }

  /// It is only about what backends do: the truth that probes are to find out.
  var isOfBackends: Bool {
    switch self {
    case .refusing, .silent, .slow, .flapping, .allRefusing: true
    default: false
    }
  }
}

extension Fault.Loss {
  /// It is of one upstream, and not of all, or of the nodes.
  var isOfUpstream: Bool {
    switch self {
    case .members, .index, .nodeInfos, .missing: false
    default: true
    }
  }
}
