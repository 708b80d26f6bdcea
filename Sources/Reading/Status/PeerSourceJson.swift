import Ledger

/// Where peers of an upstream come from that do not stand in a node's settings: `{"from","good_ms","kind":"name|srv|file",
/// "peers","trouble":{"since_ms","text"} or null}`; `from` is that of the peers, `peers` how many of them this node's settings
/// come to, `good_ms` when it was looked up or read with success last (0: not since the settings were read), and `trouble`
/// why the last try was none.
struct PeerSourceJson: Encodable {
  let source: PeerSourceView

  private enum CodingKeys: String, CodingKey {
    case from, kind, peers, trouble
    case goodMs = "good_ms"
  }

  private struct Trouble: Encodable {
    let trouble: PeerSourceView.Trouble

    private enum CodingKeys: String, CodingKey {
      case text
      case sinceMs = "since_ms"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(trouble.text, forKey: .text)
      try values.encode(trouble.sinceMs, forKey: .sinceMs)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(source.text, forKey: .from)
    try values.encode(source.kind.rawValue, forKey: .kind)
    try values.encode(source.peers, forKey: .peers)
    try values.encode(source.goodMs, forKey: .goodMs)
    try values.encode(source.trouble.map(Trouble.init), forKey: .trouble)
  }
}
