/// Collects what one load finds, so that all of it can be told at once.
final class Diagnostics {
  /// How much what is found keeps from being done.
  enum Weight {
    /// The settings cannot be used.
    case problem
    /// One checker cannot be started; the others can.
    case refusal
    /// Nothing.
    case notice
  }

  private(set) var problems: [Problem] = []
  private(set) var refusals: [Problem] = []
  /// How often something was wrong, whatever it weighs, and be it known already.
  private(set) var told = 0
  private(set) var weight = Weight.problem
  private var known: Set<Problem> = []
  private(set) var notices: [Notice] = []
  private var knownNotices: Set<Notice> = []
  private(set) var sources: [String] = []
  private var said: Set<String> = []
  private var concealment = Concealment()
  /// What is found while somebody holds back; nil: nobody does.
  private var held: [HeldDiagnostic]?

  /// No more problems are listed, so that nobody need look for remedies.
  var isFull: Bool { problems.count + refusals.count >= Limits.problems }

  func problem(_ location: SourceLocation, _ what: String, remedy: String) {
    told += 1
    if held != nil {
      held?.append(.problem(location, ValueError(what: what, remedy: remedy)))
      return
    }
    if weight == .notice { return notice(location, what) }
    let problem = Problem(location, concealment.apply(to: what), remedy: concealment.apply(to: remedy))
    // A bad default comes up at each upstream.
    guard !isFull, known.insert(problem).inserted else { return }
    if weight == .refusal { refusals.append(problem) } else { problems.append(problem) }
  }

  /// What `body` calls problems weighs only so much.
  func weighing<T>(_ weight: Weight, _ body: () -> T) -> T {
    let outside = self.weight
    self.weight = weight
    defer { self.weight = outside }
    return body()
  }

  func problem(_ location: SourceLocation, _ valueError: ValueError) {
    problem(location, valueError.what, remedy: valueError.remedy)
  }

  /// The value of `body`; its fault becomes a problem at `place`.
  func value<T>(_ location: SourceLocation, _ body: () throws(ValueError) -> T) -> T? {
    do throws(ValueError) {
      return try body()
    } catch {
      problem(location, error)
      return nil
    }
  }

  func notice(_ location: SourceLocation, _ text: String) {
    if held != nil {
      held?.append(.notice(location, text, once: false))
      return
    }
    guard notices.count < Limits.problems else { return }
    let notice = Notice(location, concealment.apply(to: text))
    if knownNotices.insert(notice).inserted { notices.append(notice) }
  }

  /// A notice that is given only the first time for its text.
  func noticeOnce(_ location: SourceLocation, _ text: String) {
    if held != nil {
      held?.append(.notice(location, text, once: true))
      return
    }
    if said.insert(text).inserted { notice(location, text) }
  }

  /// What `body` finds, without telling it: only later is it known whether it matters.
  func holdingBack(_ body: () -> Void) -> [HeldDiagnostic] {
    let outer = held
    held = []
    body()
    defer { held = outer }
    return held ?? []
  }

  func tell(_ diagnostics: [HeldDiagnostic]) {
    for diagnostic in diagnostics {
      switch diagnostic {
      case .problem(let location, let valueError): problem(location, valueError)
      case .notice(let location, let text, once: true): noticeOnce(location, text)
      case .notice(let location, let text, once: false): notice(location, text)
      }
    }
  }

  /// From now on this value of a variable is not shown.
  func conceal(_ name: String, _ value: String) {
    concealment.add(name, value)
  }

  /// Notes that a file was read.
  func source(_ path: String) {
    if !sources.contains(path) { sources.append(path) }
  }
}

/// Something that was found and not told yet.
enum HeldDiagnostic {
  case problem(SourceLocation, ValueError)
  case notice(SourceLocation, String, once: Bool)
}
