/// Collects what one load finds, so that all of it can be told at once.
final class Findings {
  private(set) var problems: [Problem] = []
  private var known: Set<Problem> = []
  private(set) var notices: [Notice] = []
  private var knownNotices: Set<Notice> = []
  private(set) var sources: [String] = []
  private var said: Set<String> = []
  private var concealment = Concealment()
  /// What is found while somebody holds back; nil: nobody does.
  private var held: [HeldFinding]?

  /// No more problems are listed, so that nobody need look for remedies.
  var isFull: Bool { problems.count >= Limits.problems }

  func problem(_ place: Place, _ what: String, remedy: String) {
    if held != nil {
      held?.append(.problem(place, Fault(what: what, remedy: remedy)))
      return
    }
    let problem = Problem(place, concealment.apply(to: what), remedy: concealment.apply(to: remedy))
    // A bad default comes up at each upstream.
    guard !isFull, known.insert(problem).inserted else { return }
    problems.append(problem)
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
