/// Collects what one load finds, so that all of it can be told at once.
final class Findings {
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
  private var held: [HeldFinding]?

  /// No more problems are listed, so that nobody need look for remedies.
  var isFull: Bool { problems.count + refusals.count >= Limits.problems }

  func problem(_ place: Place, _ what: String, remedy: String) {
    told += 1
    if held != nil {
      held?.append(.problem(place, Fault(what: what, remedy: remedy)))
      return
    }
    if weight == .notice { return notice(place, what) }
    let problem = Problem(place, concealment.apply(to: what), remedy: concealment.apply(to: remedy))
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

  func problem(_ place: Place, _ fault: Fault) {
    problem(place, fault.what, remedy: fault.remedy)
  }

  /// The value of `body`; its fault becomes a problem at `place`.
  func value<T>(_ place: Place, _ body: () throws(Fault) -> T) -> T? {
    do throws(Fault) {
      return try body()
    } catch {
      problem(place, error)
      return nil
    }
  }

  func notice(_ place: Place, _ text: String) {
    if held != nil {
      held?.append(.notice(place, text, once: false))
      return
    }
    guard notices.count < Limits.problems else { return }
    let notice = Notice(place, concealment.apply(to: text))
    if knownNotices.insert(notice).inserted { notices.append(notice) }
  }

  /// A notice that is given only the first time for its text.
  func noticeOnce(_ place: Place, _ text: String) {
    if held != nil {
      held?.append(.notice(place, text, once: true))
      return
    }
    if said.insert(text).inserted { notice(place, text) }
  }

  /// What `body` finds, without telling it: only later is it known whether it matters.
  func holdingBack(_ body: () -> Void) -> [HeldFinding] {
    let outer = held
    held = []
    body()
    defer { held = outer }
    return held ?? []
  }

  func tell(_ findings: [HeldFinding]) {
    for finding in findings {
      switch finding {
      case .problem(let place, let fault): problem(place, fault)
      case .notice(let place, let text, once: true): noticeOnce(place, text)
      case .notice(let place, let text, once: false): notice(place, text)
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
enum HeldFinding {
  case problem(Place, Fault)
  case notice(Place, String, once: Bool)
}
