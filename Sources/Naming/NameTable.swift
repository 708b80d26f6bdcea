import Addresses

/// How a name is followed.
package struct NameRules: Hashable, Sendable {
  /// Milliseconds from one question to the next.
  package var intervalMs: Int64
  /// Milliseconds that what was found stays while nothing is found; nil: for good.
  package var keepMs: Int64?

  package init(intervalMs: Int64, keepMs: Int64? = nil) {
    self.intervalMs = intervalMs
    self.keepMs = keepMs
  }

  /// What serves two that ask about one name: the shorter interval, and the longer keep.
  package func joined(with other: NameRules) -> NameRules {
    var keep: Int64?
    if let keepMs, let otherMs = other.keepMs { keep = max(keepMs, otherMs) }
    return NameRules(intervalMs: min(intervalMs, other.intervalMs), keepMs: keep)
  }
}

/// When an answer came.
package struct NameTime: Hashable, Sendable {
  /// Milliseconds of the clock that never goes back: all decisions.
  package var steadyMs: Int64
  /// Milliseconds since 1970: for display.
  package var wallMs: Int64

  package init(steadyMs: Int64, wallMs: Int64) {
    self.steadyMs = steadyMs
    self.wallMs = wallMs
  }
}

/// What is known of a name.
package struct NameState: Hashable, Sendable {
  /// Why the last question was not answered, and since when that is so; nil: it was.
  package var failure: NameFailure?
  /// Milliseconds since 1970.
  package var failingSinceMs: Int64 = 0
  /// When it was answered last: milliseconds since 1970; 0: never.
  package var answeredMs: Int64 = 0
}

/// What came of an answer.
package enum NameNews: Hashable, Sendable {
  case nothing
  /// Others are held now than before.
  case changed
  /// It was answered before, and is not now; what is held stays.
  case fails(NameFailure)
  /// It has not been answered for as long as it is kept: nothing is held any more.
  case letGo(NameFailure)
}

/// The names that are followed: what each stands for, and when it is to be asked about again. How long an answer may be
/// kept by those who gave it (its TTL) does not count: the interval does.
package struct NameTable: Sendable {
  private struct Entry: Sendable {
    var state = NameState()
    var addresses = HeldSet<IPAddress>()
    var services = HeldSet<Service>()
    /// Of each service that is held, as it was told last.
    var priorities: [Service: UInt16] = [:]
    var dueMs = Int64.min
    /// Since when nothing is found: steady ms. Nil: the last answer was good, or none has come.
    var unansweredMs: Int64?

    var isHeld: Bool { !addresses.isEmpty || !services.isEmpty }
  }

  private struct Service: Hashable, Sendable {
    var target: String
    var port: UInt16
  }

  /// What was asked for.
  private var rules: [NameQuestion: NameRules] = [:]
  /// The same with the hosts that services name.
  private var questions: [NameQuestion: NameRules] = [:]
  private var entries: [NameQuestion: Entry] = [:]
  /// Services name other hosts than when `questions` was made.
  private var isOpen = false

  package init() {}

  /// Asks about these from now on, and about the hosts that their services name; forgets all others.
  package mutating func follow(_ questions: [NameQuestion: NameRules]) {
    rules = questions
    isOpen = true
    close()
  }

  /// Once for many answers: there may be thousands of services.
  private mutating func close() {
    guard isOpen else { return }
    isOpen = false
    questions = rules
    for (question, rules) in rules {
      guard case .service = question, let entry = entries[question] else { continue }
      for service in entry.services.elements {
        questions.merge([.host(service.target): rules]) { $0.joined(with: $1) }
      }
    }
    entries = entries.filter { questions[$0.key] != nil }
  }

  /// Those to be asked now, in the order of their names.
  package mutating func due(at nowMs: Int64) -> [NameQuestion] {
    close()
    return questions.keys.filter { question in
      guard let entry = entries[question] else { return true }
      return entry.dueMs == .min || entry.dueMs <= nowMs && question.isFollowed
    }.sorted { ($0.name, $0.rank) < ($1.name, $1.rank) }
  }

  /// Each is to be asked at once, and a good answer replaces what is held: somebody wants to know. What is not followed is
  /// forgotten until then.
  package mutating func askAgain() {
    entries = entries.filter(\.key.isFollowed)
    for question in Array(entries.keys) { entries[question]?.dueMs = .min }
  }

  /// Takes what came of a question.
  ///
  /// - Parameter askedMs: when it was asked: steady ms.
  package mutating func take(
    _ result: NameResult, for question: NameQuestion, askedMs: Int64, at time: NameTime
  ) -> NameNews {
    guard let rules = questions[question] else { return .nothing }
    var entry = entries[question] ?? Entry()
    let isWanted = entry.dueMs == .min
    entry.dueMs = askedMs + rules.intervalMs
    defer { entries[question] = entry }
    if case .service = question { isOpen = true }
    switch result {
    case .success(let answer):
      entry.state = NameState(answeredMs: time.wallMs)
      entry.unansweredMs = nil
      return Self.take(answer, isWanted: isWanted, into: &entry) ? .changed : .nothing
    case .failure(let failure):
      let isNew = entry.state.failure == nil
      if isNew { entry.state.failingSinceMs = time.wallMs }
      entry.state.failure = failure
      let sinceMs = entry.unansweredMs ?? time.steadyMs
      entry.unansweredMs = sinceMs
      if let keepMs = rules.keepMs, entry.isHeld, time.steadyMs - sinceMs >= keepMs {
        entry.addresses.letGo()
        entry.services.letGo()
        entry.priorities = [:]
        return .letGo(failure)
      }
      return isNew ? .fails(failure) : .nothing
    }
  }

  private static func take(_ answer: NameAnswer, isWanted: Bool, into entry: inout Entry) -> Bool {
    switch answer {
    case .addresses(let addresses):
      let addresses = Set(addresses)
      return isWanted ? entry.addresses.replace(with: addresses) : entry.addresses.take(addresses)
    case .services(let records):
      let told = Dictionary(
        records.map { (Service(target: $0.target, port: $0.port), $0.priority) }, uniquingKeysWith: min)
      let before = entry.priorities
      let names = Set(told.keys)
      let isChanged = isWanted ? entry.services.replace(with: names) : entry.services.take(names)
      let held = Set(entry.services.elements)
      entry.priorities = before.merging(told) { $1 }.filter { held.contains($0.key) }
      return isChanged || entry.priorities != before
    }
  }

  // MARK: What is known

  /// What is held, in one order whoever asks: addresses by number; services by priority, target and port. A failure where
  /// nothing is.
  package func held(_ question: NameQuestion) -> NameResult {
    guard let entry = entries[question] else { return .failure(NameFailure(.failed, "it was not asked yet")) }
    if !entry.addresses.isEmpty { return .success(.addresses(entry.addresses.elements.sorted())) }
    guard !entry.services.isEmpty else {
      return .failure(entry.state.failure ?? NameFailure(.empty, "no answer has come yet"))
    }
    let records = entry.services.elements.map {
      ServiceRecord(target: $0.target, port: $0.port, priority: entry.priorities[$0] ?? 0)
    }
    return .success(
      .services(records.sorted { ($0.priority, $0.target, $0.port) < ($1.priority, $1.target, $1.port) }))
  }

  package func state(of question: NameQuestion) -> NameState { entries[question]?.state ?? NameState() }
}

extension NameQuestion {
  /// So that questions about one name have an order.
  fileprivate var rank: Int {
    switch self {
    case .fixed: 0
    case .host: 1
    case .service: 2
    }
  }
}
