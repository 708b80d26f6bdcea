package import Ledger

/// The nodes for programs, `/api/v1/nodes` and `quorate nodes --json`:
/// `{"at_ms","contact","leaderless":[upstream…],"missing","node","nodes":[NODE…],"sentence","stale","trouble":[TROUBLE…],
/// "weak":[WEAK…]}`.
///
/// `missing` is how many nodes ended without leaving, and `sentence` what that means (`1 of 3 nodes: its vote alone
/// decides`; null: none is missing); `leaderless` names the upstreams that nobody decides for now. Only a node tells
/// what it has to do with the others (`contact`: alone, lost, settling, steady; null: nothing is known yet), its name
/// (`node`), `stale`, `trouble` (TROUBLE is a `TroubleJson`) and `weak`; only a reading of the ledger tells the ledger's
/// time (`at_ms`). NODE is a `NodeJson`.
///
/// WEAK: `{"alone","assigned","live","needed","nodes","sentence","upstream","wanted"}`, of an upstream that has fewer
/// probers than `wanted` because nodes are missing; the weakest first. `alone`: one vote alone decides.
package struct NodesJson: Encodable {
  private enum Source {
    case board(BoardState, node: String)
    case ledger(atMs: Int64)
  }

  private let source: Source
  private let facts: ClusterFacts?

  package init(_ state: BoardState, node: String) {
    source = .board(state, node: node)
    facts = ClusterFacts(state)
  }

  package init(_ reading: ClusterReading) {
    source = .ledger(atMs: reading.atMs)
    facts = reading.facts
  }

  package var bytes: [UInt8] { Array(JsonText.encode(self).utf8) }

  private enum CodingKeys: String, CodingKey {
    case contact, leaderless, missing, node, nodes, sentence, stale, trouble, weak
    case atMs = "at_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(facts?.nodes.map(NodeJson.init) ?? [], forKey: .nodes)
    try values.encode(facts?.missing.count ?? 0, forKey: .missing)
    try values.encode(facts?.sentence, forKey: .sentence)
    try values.encode(facts?.leaderless ?? [], forKey: .leaderless)
    switch source {
    case .ledger(let atMs): try values.encode(atMs, forKey: .atMs)
    case .board(let state, let node):
      try values.encode(state.cluster?.contact.rawValue, forKey: .contact)
      try values.encode(node, forKey: .node)
      try values.encode(state.stale, forKey: .stale)
      try values.encode(TroubleJson.list(state), forKey: .trouble)
      let weak = (facts?.weak ?? []).map { WeakJson(upstream: $0.upstream, strength: $0.strength) }
      try values.encode(weak, forKey: .weak)
    }
  }
}
