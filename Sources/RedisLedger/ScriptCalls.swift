import Health
import Ledger
import Redis

/// What is asked of the ledger, as the scripts want it.
struct ScriptCalls: Sendable {
  let keys: LedgerKeys
  let scripts: LedgerScripts

  func call(_ request: LedgerRequest) -> RedisScriptCall {
    switch request {
    case .acquire(let bid): acquire(bid)
    case .renew(let name, let holder, let forMs):
      RedisScriptCall(
        scripts.renew, keys: keys.keys(of: name, [.lease] + .headKeys), arguments: [holder.text, ms(forMs)])
    case .release(let name, let holder):
      RedisScriptCall(scripts.release, keys: keys.keys(of: name, [.lease]), arguments: [holder.text])
    case .handOver(let name, let holder, let successor, let forMs): handOver(name, holder, successor, forMs)
    case .commit(let commit):
      RedisScriptCall(
        scripts.commit, keys: keys.keys(of: commit.upstream, [.lease] + .headKeys + [.events]),
        arguments: CommitArguments.list(commit, channel: keys.events))
    case .delete(let name, let holder, let nodes):
      RedisScriptCall(
        scripts.delete,
        keys: keys.keys(of: name, [.lease] + .headKeys + [.events])
          + nodes.map { keys.reports(of: name, by: $0) },
        arguments: [holder.text, keys.control, JsonText.encode(ControlMessage.deleted(name))])
    case .report(let batch, let forMs): report(batch, forMs)
    case .override(let order): override(order)
    case .heartbeat(let heartbeat): self.heartbeat(heartbeat)
    case .describe(let nodeInfo, let forMs, let leading): describe(nodeInfo, forMs, leading)
    case .remember(let gone):
      RedisScriptCall(
        scripts.remember, keys: [keys.members, keys.missing],
        arguments: gone.flatMap { [$0.node, JsonText.encode($0)] })
    case .forget(let pulse):
      RedisScriptCall(
        scripts.forget, keys: [keys.members, keys.missing, keys.node(pulse.node)],
        arguments: [pulse.node, pulse.run, String(pulse.beat)])
    }
  }

  /// - Parameter digest: nil takes the upstream out.
  func index(_ upstream: UpstreamName, digest: String?) -> RedisScriptCall {
    RedisScriptCall(scripts.index, keys: [keys.upstreams], arguments: [upstream.text, digest ?? ""])
  }

  func snapshot(of upstream: UpstreamName) -> RedisScriptCall {
    RedisScriptCall(
      scripts.snapshot, keys: keys.keys(of: upstream, .headKeys),
      arguments: [String(LargeHash.fieldsAtOnce)])
  }

  /// - Parameter fields: 1 or more.
  func part(_ part: LedgerKey.Part, of upstream: UpstreamName, _ fields: some Sequence<String>)
    -> RedisScriptCall
  {
    RedisScriptCall(
      scripts.part, keys: keys.keys(of: upstream, [.head, part]), arguments: Array(fields))
  }

  func head(of upstream: UpstreamName) -> RedisScriptCall {
    RedisScriptCall(scripts.head, keys: keys.keys(of: upstream, .headKeys))
  }

  // MARK: Leases

  private func acquire(_ bid: LeaseBid) -> RedisScriptCall {
    RedisScriptCall(
      scripts.acquire, keys: keys.keys(of: bid.upstream, [.lease] + .headKeys + [.events]),
      arguments: [
        bid.node, bid.run, String(min(bid.highestTerm, Lease.highestTerm)), ms(bid.forMs),
        bid.replacing?.text ?? "",
      ])
  }

  private func handOver(
    _ name: UpstreamName, _ holder: LeaseHolder, _ successor: Successor, _ forMs: Int
  ) -> RedisScriptCall {
    // The lease is not known here: its text goes where a stand-in stands.
    let standIn = Lease(holder: LeaseHolder(term: 0, node: successor.node, run: successor.run), beat: 1)
    let (front, back) = JsonCut.cut(JsonText.encode(ControlMessage.handOver(name, standIn)), at: standIn.text)
    return RedisScriptCall(
      scripts.handOver, keys: keys.keys(of: name, [.lease] + .headKeys),
      arguments: [holder.text, successor.node, successor.run, ms(forMs), keys.control, front, back])
  }

  // MARK: Reports and overrides

  private func report(_ batch: ReportBatch, _ forMs: Int) -> RedisScriptCall {
    var arguments = [
      batch.run, String(batch.rev), ms(forMs), batch.isWhole ? "1" : "0", keys.reports(of: batch.upstream),
      batch.announced.map { JsonText.encode($0) } ?? "", String(batch.reports.count),
    ]
    for (peer, report) in batch.reports { arguments += [peer.text, JsonText.encode(report)] }
    arguments += batch.removed.map(\.text)
    return RedisScriptCall(
      scripts.report, keys: [keys.reports(of: batch.upstream, by: batch.node)], arguments: arguments)
  }

  private func override(_ order: OverrideRequest) -> RedisScriptCall {
    let override = Override(state: order.state, by: order.by, why: order.why)
    let json = JsonText.encode(override)
    let (by, rest) = JsonCut.cut(JsonCut.afterTime(json), at: #","rev":0,"#)
    let message = JsonText.encode(ControlMessage.override(order.upstream, order.peer, override))
    let (front, back) = JsonCut.cut(message, at: json)
    return RedisScriptCall(
      scripts.override, keys: keys.keys(of: order.upstream, [.overrides, .head]),
      arguments: [
        order.peer.text, order.state.rawValue, order.by, order.why,
        order.replacingRev.map { String($0) } ?? "",
        keys.control, String(by.dropFirst()), rest, front, back,
      ])
  }

  // MARK: Nodes

  private func heartbeat(_ heartbeat: Heartbeat) -> RedisScriptCall {
    var member = heartbeat.member
    (member.atMs, member.from) = (0, 0)
    let (front, back) = JsonCut.cut(JsonCut.afterTime(JsonText.encode(member)), at: #""from":0"#)
    var arguments = [
      member.node, member.run, String(member.beat), front + #""from":"#, back, heartbeat.replacing?.run ?? "",
      heartbeat.replacing.map { String($0.beat) } ?? "", String(SharedState.missedMs),
    ]
    for pulse in heartbeat.dropping { arguments += [pulse.node, pulse.run, String(pulse.beat)] }
    return RedisScriptCall(
      scripts.heartbeat, keys: [keys.members, keys.missing] + heartbeat.dropping.map { keys.node($0.node) },
      arguments: arguments)
  }

  private func describe(_ nodeInfo: NodeInfo, _ forMs: Int, _ leading: [UpstreamName: String])
    -> RedisScriptCall
  {
    var fields = [
      "run", nodeInfo.run, "address", nodeInfo.address, "version", nodeInfo.version, "upstreams",
      JsonText.encode(nodeInfo.upstreams),
    ]
    if !nodeInfo.sourceTroubles.isEmpty {
      fields += ["source_troubles", JsonText.encode(nodeInfo.sourceTroubles)]
    }
    var arguments = [ms(forMs), "\(fields.count / 2)"] + fields
    for (upstream, digest) in leading { arguments += [upstream.text, digest] }
    return RedisScriptCall(
      scripts.describe, keys: [keys.node(nodeInfo.node), keys.upstreams], arguments: arguments)
  }

  /// Redis refuses an expiry below 1.
  private func ms(_ forMs: Int) -> String { String(max(forMs, 1)) }
}

extension LeaseHolder {
  /// `term:node:run`: a lease without its beat.
  fileprivate var text: String { "\(term):\(node):\(run)" }
}
