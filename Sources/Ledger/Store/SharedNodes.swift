import Health

/// The members, what they are, and what they report.
struct SharedNodes: Sendable {
  private(set) var members: [String: Member] = [:]
  private(set) var missing: [String: Member] = [:]
  private var nodeInfos: [String: Expiring<NodeInfo>] = [:]
  private var reportsByNode: [ReportsKey: Expiring<NodeReports>] = [:]

  private struct ReportsKey: Hashable, Sendable {
    var upstream: UpstreamName
    var node: String
  }

  private struct Expiring<Value: Sendable>: Sendable {
    var value: Value
    var expiresMs: Int64

    init(_ value: Value, forMs: Int, at time: LedgerTime) {
      self.value = value
      expiresMs = time.steadyMs + Int64(forMs)
    }

    func value(at time: LedgerTime) -> Value? { expiresMs > time.steadyMs ? value : nil }
  }

  mutating func forgetEnded(at time: LedgerTime) {
    nodeInfos = nodeInfos.filter { $0.value.value(at: time) != nil }
    reportsByNode = reportsByNode.filter { $0.value.value(at: time) != nil }
  }

  // MARK: Members

  mutating func heartbeat(_ heartbeat: Heartbeat, at time: LedgerTime) -> LedgerAnswer {
    var member = heartbeat.member
    if let other = members[member.node], other.run != member.run, !other.isLeaving,
      other.pulse != heartbeat.replacing
    {
      return .occupied(other)
    }
    let known = [members[member.node], missing[member.node]].compactMap { $0 }.first { $0.run == member.run }
    for pulse in heartbeat.dropping { drop(pulse, at: time) }
    missing[member.node] = nil
    member.from = known?.from ?? member.beat
    member.atMs = time.wallMs
    members[member.node] = member
    return .members(sortedMembers, missing: sortedMissing)
  }

  private mutating func drop(_ pulse: Pulse, at time: LedgerTime) {
    guard let gone = members[pulse.node], gone.pulse == pulse else { return }
    members[pulse.node] = nil
    guard !gone.isLeaving else { return }
    missing[pulse.node] = gone
    // What it was is of interest for as long as it is missed.
    if let nodeInfo = nodeInfos[pulse.node]?.value(at: time) {
      nodeInfos[pulse.node] = Expiring(nodeInfo, forMs: SharedState.missedMs, at: time)
    }
  }

  var sortedMembers: [Member] { members.values.sorted { $0.node < $1.node } }
  var sortedMissing: [Member] { missing.values.sorted { $0.node < $1.node } }

  mutating func loseMembers() { members = [:] }
  mutating func loseMissing() { missing = [:] }

  mutating func remember(_ gone: [Member]) -> LedgerAnswer {
    for member in gone where members[member.node] == nil && missing[member.node] == nil {
      missing[member.node] = member
    }
    return .remembered
  }

  mutating func forget(_ pulse: Pulse) -> LedgerAnswer {
    if let gone = missing[pulse.node], gone.run == pulse.run {
      missing[pulse.node] = nil
      nodeInfos[pulse.node] = nil
      return .forgotten(gone)
    }
    guard let member = members[pulse.node] else { return .notFound }
    guard member.pulse == pulse else { return .lives(member) }
    members[pulse.node] = nil
    nodeInfos[pulse.node] = nil
    return .forgotten(member)
  }

  // MARK: Cards

  mutating func describe(_ nodeInfo: NodeInfo, forMs: Int, at time: LedgerTime) {
    nodeInfos[nodeInfo.node] = Expiring(nodeInfo, forMs: forMs, at: time)
  }

  func nodeInfo(of node: String, at time: LedgerTime) -> NodeInfo? { nodeInfos[node]?.value(at: time) }

  mutating func loseInfo(of node: String) { nodeInfos[node] = nil }

  // MARK: Reports

  mutating func report(_ batch: ReportBatch, forMs: Int, at time: LedgerTime) -> LedgerAnswer {
    let name = ReportsKey(upstream: batch.upstream, node: batch.node)
    var nodeReports = reportsByNode[name]?.value(at: time)
    if nodeReports?.run != batch.run { nodeReports = nil }
    if let nodeReports, nodeReports.rev == batch.rev {
      // Sent again because its answer was lost.
      reportsByNode[name] = Expiring(nodeReports, forMs: forMs, at: time)
      return .reported(rev: batch.rev)
    }
    // An earlier one, that was long on its way on a connection which has broken since, is no news.
    let isNext = batch.isWhole ? batch.rev > nodeReports?.rev ?? 0 : nodeReports?.rev == batch.rev - 1
    guard isNext else { return .wholeWanted }
    if batch.isWhole { nodeReports = nil }
    var written = nodeReports ?? NodeReports(run: batch.run, rev: batch.rev)
    written.rev = batch.rev
    written.reports.merge(batch.reports) { $1 }
    for peer in batch.removed { written.reports[peer] = nil }
    reportsByNode[name] = Expiring(written, forMs: forMs, at: time)
    return .reported(rev: batch.rev)
  }

  func nodeReports(of upstream: UpstreamName, by node: String, at time: LedgerTime) -> NodeReports? {
    reportsByNode[ReportsKey(upstream: upstream, node: node)]?.value(at: time)
  }

  mutating func loseSheet(of upstream: UpstreamName, by node: String) {
    reportsByNode[ReportsKey(upstream: upstream, node: node)] = nil
  }
}
