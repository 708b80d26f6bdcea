package import Health

/// What is written and read by the thousand when many peers turn at once: with code of its own, since generic coding takes
/// ten times as long. It writes the very bytes that its `Codable` writes.
package protocol JsonRecord: Codable {
  func write(to json: inout JsonWriter)
  /// - Throws: it is not as we write it; then its `Codable` decides.
  static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> Self
}

extension JsonText {
  package static func encode(_ record: some JsonRecord) -> String {
    var json = JsonWriter()
    record.write(to: &json)
    return json.text
  }

  /// - Throws: `DecodingError` when `text` is not JSON of that shape.
  package static func decode<Record: JsonRecord>(_ type: Record.Type, from text: String) throws -> Record {
    var text = text
    let record = text.withUTF8 { bytes -> Record? in
      var json = JsonReader(bytes)
      guard let record = try? Record.read(from: &json), json.isAtEnd else { return nil }
      return record
    }
    return try record ?? decodeAny(type, from: text)
  }
}

extension Optional {
  /// The value; it is not what was expected where there is none.
  func expected() throws(JsonReader.Unexpected) -> Wrapped {
    guard let self else { throw JsonReader.Unexpected() }
    return self
  }
}

// MARK: Records

extension Votes: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("assigned")
    json.number(assigned)
    json.key("down")
    json.number(down)
    json.key("needed")
    json.number(needed)
    json.key("up")
    json.number(up)
    json.key("wanted")
    json.number(wanted)
    json.close()
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> Votes {
    var numbers: [String: UInt16] = [:]
    try json.object { key, json throws(JsonReader.Unexpected) in
      switch key {
      case "assigned", "down", "needed", "up", "wanted": numbers[key] = try json.integer()
      default: throw JsonReader.Unexpected()
      }
    }
    return Votes(
      up: Int(try numbers["up"].expected()), down: Int(try numbers["down"].expected()),
      assigned: Int(try numbers["assigned"].expected()),
      quorum: .count(Int(try numbers["needed"].expected())), wanted: numbers["wanted"].map { Int($0) })
  }
}

extension Override: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("at_ms")
    json.number(atMs)
    json.key("by")
    json.string(by)
    json.key("rev")
    json.number(rev)
    json.key("state")
    json.string(state.rawValue)
    json.key("why")
    json.string(why)
    json.close()
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> Override {
    var state: State?
    var by: String?
    var why: String?
    var atMs: Int64?
    var rev: UInt64?
    try json.object { key, json throws(JsonReader.Unexpected) in
      switch key {
      case "at_ms": atMs = try json.integer()
      case "by": by = try json.string()
      case "rev": rev = try json.integer()
      case "state": state = try json.value()
      case "why": why = try json.string()
      default: throw JsonReader.Unexpected()
      }
    }
    return Override(
      state: try state.expected(), by: try by.expected(), why: try why.expected(),
      atMs: try atMs.expected(), rev: try rev.expected())
  }
}

extension PeerRecord: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("decided")
    json.string(decided.rawValue)
    json.key("evidence")
    json.string(evidence.rawValue)
    json.key("override")
    if let override { override.write(to: &json) } else { json.null() }
    json.key("peer")
    json.string(peer.text)
    json.key("reason")
    json.string(reason)
    json.key("role")
    json.string(role.rawValue)
    json.key("since_ms")
    json.number(sinceMs)
    json.key("status")
    json.string(status.rawValue)
    json.key("votes")
    if let votes { votes.write(to: &json) } else { json.null() }
    json.close()
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> PeerRecord {
    var decided: PeerState?
    var evidence: Evidence?
    var override: Override?
    var peer: String?
    var reason: String?
    var role: Role?
    var sinceMs: Int64?
    var status: PeerState?
    var votes: Votes?
    try json.object { key, json throws(JsonReader.Unexpected) in
      switch key {
      case "decided": decided = try json.value()
      case "evidence": evidence = try json.value()
      case "override": override = json.isNull() ? nil : try Override.read(from: &json)
      case "peer": peer = try json.string()
      case "reason": reason = try json.string()
      case "role": role = try json.value()
      case "since_ms": sinceMs = try json.integer()
      case "status": status = try json.value()
      case "votes": votes = json.isNull() ? nil : try Votes.read(from: &json)
      default: throw JsonReader.Unexpected()
      }
    }
    return PeerRecord(
      peer: PeerName(try peer.expected()), role: try role.expected(), status: try status.expected(),
      decided: try decided.expected(), evidence: try evidence.expected(), sinceMs: try sinceMs.expected(),
      reason: try reason.expected(), votes: votes, override: override)
  }
}

extension Report: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("at_ms")
    json.number(atMs)
    // Left out where there is none: what is without TLS costs nothing.
    if certificateEndsS > 0 {
      json.key("cert_ends")
      json.number(certificateEndsS)
    }
    json.key("code")
    json.string(code)
    json.key("detail")
    json.string(detail)
    json.key("late")
    json.bool(late)
    json.key("ms")
    json.thousandths(micros)
    json.key("nok")
    json.number(nok)
    json.key("ok")
    json.number(ok)
    json.key("state")
    json.string(state.rawValue)
    json.close()
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> Report {
    var report = Report(state: .up)
    var seen: Set<String> = []
    try json.object { key, json throws(JsonReader.Unexpected) in
      if key == "cert_ends" {
        report.certificateEndsS = try json.integer()
        return
      }
      seen.insert(key)
      switch key {
      case "at_ms": report.atMs = try json.integer()
      case "code": report.code = try json.string()
      case "detail": report.detail = try json.string()
      case "late": report.late = try json.bool()
      case "ms": report.micros = try json.thousandths()
      case "nok": report.nok = try json.integer()
      case "ok": report.ok = try json.integer()
      case "state": report.state = try json.value()
      default: throw JsonReader.Unexpected()
      }
    }
    guard seen.count == 8 else { throw JsonReader.Unexpected() }
    return report
  }
}

extension ReportBatch: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("node")
    json.string(node)
    json.key("number")
    json.number(number)
    json.key("removed")
    json.list(removed.map(\.text))
    json.key("reports")
    json.open()
    for (peer, report) in reports.sorted(by: { $0.key.text < $1.key.text }) {
      json.key(peer.text)
      report.write(to: &json)
    }
    json.close()
    json.key("rev")
    json.number(rev)
    json.key("run")
    json.string(run)
    json.key("upstream")
    json.string(upstream.text)
    json.key("whole")
    json.bool(isWhole)
    json.close()
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> ReportBatch {
    var node: String?
    var number: UInt64?
    var removed: [String]?
    var reports: [PeerName: Report]?
    var rev: UInt64?
    var run: String?
    var upstream: UpstreamName?
    var isWhole: Bool?
    try json.object { key, json throws(JsonReader.Unexpected) in
      switch key {
      case "node": node = try json.string()
      case "number": number = try json.integer()
      case "removed": removed = try json.strings()
      case "reports":
        var all: [PeerName: Report] = [:]
        try json.object { peer, json throws(JsonReader.Unexpected) in
          all[PeerName(peer)] = try Report.read(from: &json)
        }
        reports = all
      case "rev": rev = try json.integer()
      case "run": run = try json.string()
      case "upstream": upstream = UpstreamName(try json.string())
      case "whole": isWhole = try json.bool()
      default: throw JsonReader.Unexpected()
      }
    }
    return ReportBatch(
      upstream: try upstream.expected(), node: try node.expected(), run: try run.expected(),
      rev: try rev.expected(), number: number ?? 0, isWhole: try isWhole.expected(),
      reports: try reports.expected(), removed: try removed.expected().map { PeerName($0) })
  }
}
