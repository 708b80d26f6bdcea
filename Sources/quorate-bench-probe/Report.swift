import BenchTools

/// All measurements, by name.
struct Results: Sendable {
  private var all: [String: [Measurement]] = [:]
  var memory: [String: (many: Int, one: Int)] = [:]
  /// Measurements that were left out.
  var disturbed = 0

  mutating func add(_ name: String, _ measurement: Measurement) {
    all[name, default: []].append(measurement)
  }

  /// The median of a figure over the rounds; nil when it was not measured.
  func median(_ name: String, _ figure: (Measurement) -> Double?) -> Double? {
    let figures = (all[name] ?? []).compactMap(figure).sorted()
    guard !figures.isEmpty else { return nil }
    let middle = figures.count / 2
    return figures.count.isMultiple(of: 2) ? (figures[middle - 1] + figures[middle]) / 2 : figures[middle]
  }
}

/// The table that is printed, and put in the README.
struct Report: Sendable {
  /// The targets: issue 2 and docs/decisions.
  private static let mostSaturated = 0.80
  private static let mostPaced = 1.0
  private static let mostLateMs = 1.5
  private static let mostBytes = 1000.0

  private struct Row {
    var name: String
    var ours: String
    var other: String
    var comparison: String
    var target: String
    var isMet: Bool?
  }

  private let rows: [Row]
  private let heading: String
  /// Rows with a target that nothing was measured for: no target is met by silence.
  private let isIncomplete: Bool

  var isMissed: Bool { isIncomplete || rows.contains { $0.isMet == false } }

  /// - Parameter isWhole: nothing was left out on purpose.
  init(results: Results, peers: Int, rounds: Int, isWhole: Bool) {
    let rows = [
      Self.saturated(results), Self.paced(results), Self.serve(results), Self.lateness(results),
      Self.memory(results, peers: peers, "engine", "engine alone: memory for each peer", target: nil),
      Self.memory(
        results, peers: peers, "quorate serve",
        "`quorate serve`: memory for each peer, name and state included",
        target: Self.mostBytes), Self.responder(results),
    ].compactMap { $0 }
    self.rows = rows
    isIncomplete = isWhole && rows.count { $0.isMet != nil } < 4
    let disturbed =
      results.disturbed == 0
      ? "" : "\n\(results.disturbed) measurement(s) were disturbed by other work and are left out."
    heading = """
      \(peers) peers on 127.x.y.z, `GET /status HTTP/1.0`, one core for each contestant; CPU is user + system for each \
      probe; median of \(rounds) round(s).
      Machine: \(Machine.description).\(disturbed)
      """
  }

  var text: String {
    let lines = rows.map { row in
      let verdict = row.isMet.map { $0 ? "pass" : "**miss**" } ?? ""
      return "| \(row.name) | \(row.ours) | \(row.other) | \(row.comparison) | \(row.target) | \(verdict) |"
    }
    return """
      \(heading)

      | | Quorate | HAProxy | compared | target | |
      |---|---|---|---|---|---|
      \(lines.joined(separator: "\n"))
      """
  }

  // MARK: Rows

  private static func saturated(_ results: Results) -> Row? {
    cpu(
      results, "saturated: CPU", Trial.saturatedEngine, Trial.saturatedHaproxy, target: mostSaturated)
  }

  private static func paced(_ results: Results) -> Row? {
    cpu(results, "paced at 5,000/s: CPU", Trial.pacedEngine, Trial.pacedHaproxy, target: mostPaced)
  }

  private static func serve(_ results: Results) -> Row? {
    cpu(
      results, "the same, all of `quorate serve`", Trial.pacedServe, Trial.pacedHaproxy, target: nil)
  }

  private static func cpu(
    _ results: Results, _ name: String, _ ours: String, _ other: String, target: Double?
  ) -> Row? {
    let costs = [ours, other].map { results.median($0, \.cpuMicrosPerProbe) }
    guard costs != [nil, nil] else { return nil }
    let cells = zip([ours, other], costs).map { name, cost in
      cost.map { cell($0, rate: results.median(name, \.probesPerSecond)) } ?? ""
    }
    let ratio = costs[0].flatMap { own in costs[1].map { own / $0 } }
    return Row(
      name: name, ours: cells[0], other: cells[1],
      comparison: ratio.map { "\(Numbers.decimal($0, 2)) ×" } ?? "",
      target: target.map { "≤ \(Numbers.decimal($0, 2)) ×" } ?? "none",
      isMet: target.flatMap { target in ratio.map { $0 <= target } })
  }

  private static func cell(_ micros: Double, rate: Double?) -> String {
    "\(Numbers.decimal(micros, 1)) µs" + (rate.map { " (\(Numbers.grouped($0))/s)" } ?? "")
  }

  private static func lateness(_ results: Results) -> Row? {
    func median(_ figure: @escaping (Measurement) -> Int?) -> Double? {
      results.median(Trial.pacedEngine) { figure($0).map { Double($0) / 1000 } }
    }
    guard let p50 = median({ $0.lateness?.engine.p50 }), let p99 = median({ $0.lateness?.engine.p99 }),
      let bare50 = median({ $0.lateness?.timer.p50 }), let bare99 = median({ $0.lateness?.timer.p99 })
    else { return nil }
    return Row(
      name: "lateness, paced, p50 / p99", ours: "\(Numbers.decimal(p50, 2)) / \(Numbers.decimal(p99, 2)) ms",
      other: "bare 1 ms timer: \(Numbers.decimal(bare50, 2)) / \(Numbers.decimal(bare99, 2)) ms",
      comparison: "p99 \(Numbers.decimal(p99 - bare99, 2)) ms later",
      target: "≤ \(Numbers.decimal(mostLateMs, 1)) ms later",
      isMet: p99 - bare99 <= mostLateMs)
  }

  private static func memory(
    _ results: Results, peers: Int, _ key: String, _ name: String, target: Double?
  ) -> Row? {
    guard peers > 1, let ours = results.memory[key], let other = results.memory["HAProxy"] else { return nil }
    func bytes(_ sizes: (many: Int, one: Int)) -> Double {
      Double(sizes.many - sizes.one) / Double(peers - 1)
    }
    func cell(_ sizes: (many: Int, one: Int)) -> String {
      "\(Numbers.grouped(bytes(sizes))) B (\(sizes.many >> 20) MB in all)"
    }
    return Row(
      name: name, ours: cell(ours), other: cell(other),
      comparison: "\(Numbers.decimal(bytes(ours) / bytes(other), 2)) ×",
      target: target.map { "≤ \(Numbers.grouped($0)) B" } ?? "none", isMet: target.map { bytes(ours) <= $0 })
  }

  private static func responder(_ results: Results) -> Row? {
    guard let ours = results.median(Trial.saturatedEngine, \.responderMicrosPerProbe),
      let other = results.median(Trial.saturatedHaproxy, \.responderMicrosPerProbe)
    else { return nil }
    return Row(
      name: "the responder's own CPU, saturated", ours: "\(Numbers.decimal(ours, 1)) µs",
      other: "\(Numbers.decimal(other, 1)) µs",
      comparison: "", target: "none", isMet: nil)
  }
}
