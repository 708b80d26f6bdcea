import Health
import Ledger

/// A commit as `commit.lua` wants it.
enum CommitArguments {
  static func list(_ commit: Commit, channel: String) -> [String] {
    let events = commit.events(atMs: 0)
    var arguments = [
      String(commit.holder.term), commit.holder.node, commit.holder.run, commit.id,
      String(commit.expectedSeq),
      String(commit.firstSeq), commit.isResync ? "1" : "0",
      commit.definition.map { JsonText.encode($0) } ?? "", commit.definition?.digest ?? "", channel,
      String(events.count), String(commit.records.count), String(commit.removed.count),
      String(commit.overrides.count), commit.after, String(min(commit.liftedRev, Lease.highestTerm)),
      commit.panic ? "1" : "0",
    ]
    arguments.reserveCapacity(
      arguments.count + events.count + 4 * commit.records.count + commit.removed.count)
    for event in events { arguments.append(JsonCut.afterTime(JsonText.encode(event))) }
    for record in commit.records { append(record, to: &arguments) }
    arguments += commit.removed.map(\.text)
    for (peer, override) in commit.overrides {
      arguments += [peer.text, String(override.rev), JsonText.encode(override)]
    }
    return arguments
  }

  private static func append(_ record: PeerRecord, to arguments: inout [String]) {
    arguments += [record.peer.text, record.status.rawValue]
    let json = JsonText.encode(record)
    guard record.sinceMs == 0 else {
      arguments += [json, ""]
      return
    }
    let (front, back) = JsonCut.cut(json, at: #""since_ms":0"#)
    arguments += [front + #""since_ms":"#, back]
  }
}

/// Cuts our own JSON where a script puts in what only the ledger knows. Keys are sorted, and a quote inside a text is
/// escaped, so a cut never goes through a text.
enum JsonCut {
  /// What follows `{"at_ms":0` at the beginning.
  static func afterTime(_ json: String) -> String {
    let (front, back) = cut(json, at: #"{"at_ms":0"#)
    assert(front.isEmpty, "at_ms is not the first key")
    return back
  }

  /// What stands before the first `part`, and what after it; all and nothing where there is none.
  static func cut(_ json: String, at part: String) -> (front: String, back: String) {
    let bytes = Array(json.utf8)
    guard let found = bytes.firstRange(of: Array(part.utf8)) else { return (json, "") }
    return (
      String(decoding: bytes[..<found.lowerBound], as: UTF8.self),
      String(decoding: bytes[found.upperBound...], as: UTF8.self)
    )
  }
}
