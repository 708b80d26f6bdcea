/// What somebody meant who misspelt a word.
package enum Suggestion {
  /// Words that other programs use for ours.
  private static let synonyms = [
    "name": "upstream", "servers": "peers", "server": "peers", "statuses": "valid_statuses",
    "request": "http_req",
    "check": "type", "backups": "backup", "expiry": "member_expiry", "ttl": "lease", "bind": "listen",
    "verify": "ssl_verify", "sni": "host", "uri": "path", "url": "path", "retries": "fall",
    "concurrent": "concurrency",
  ]

  /// The remedy for `word`, which is not in `known`: the nearest one, or all.
  static func remedy(for word: String, among known: [String]) -> String {
    if let nearest = nearest(to: word, among: known) { return "did you mean \"\(nearest)\"?" }
    return "remove it, or use one of \(known.sorted().joined(separator: ", "))"
  }

  /// Among more words no nearest one is looked for: a file of misspelt names would take for ever.
  private static let most = 200

  /// The known word with the fewest changes, where those are few for its length.
  static func nearest(to word: String, among known: [String]) -> String? {
    let plain = simplified(word)
    if let meant = synonyms[word.lowercased()], known.contains(meant) { return meant }
    guard plain.count <= 40, known.count <= most else { return nil }
    let best = known.map { ($0, distance(plain, simplified($0))) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let (nearest, changes) = best, changes <= max(1, plain.count / 3), changes < plain.count else {
      return nil
    }
    return nearest
  }

  private static func simplified(_ word: String) -> [UInt8] {
    word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
  }

  /// Insertions, deletions, changes and swaps of neighbours that make `right` of `left`.
  package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older: [Int] = []
    var old = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var new = [row + 1]
      for (column, other) in right.enumerated() {
        var cost = min(old[column + 1] + 1, new[column] + 1, old[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          cost = min(cost, older[column - 1] + 1)
        }
        new.append(cost)
      }
      (older, old) = (old, new)
    }
    return old[right.count]
  }
}
