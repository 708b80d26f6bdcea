/// One reader's connection as a value: events go in, and what is to be done comes out. It knows no sockets and no clock.
///
/// It keeps the reader within `WebLimits`, refuses what is no request or may not be one, and ends connections whose
/// request asked for that, HTTP/1.0 ones among them, after the answer: the layers above no longer know the version.
struct Connection: Sendable {
  /// How much is still heard of what the reader sends.
  private enum Hearing: Sendable {
    case all
    /// No other request is looked at: this connection ends after what it is owed.
    case none
    /// The last answer is on its way: what still comes is thrown away.
    case closing
  }

  /// A request whose answer has not been written whole.
  private struct Asked: Sendable {
    var keepsAlive: Bool
    var isOldHttp: Bool
  }

  private let limits: WebLimits
  private var phase = ConnectionPhase()
  private var admission = ConnectionGate.Admission.dropped
  private var hearing = Hearing.all
  /// In order: readers may send several at once.
  private var asked: [Asked] = []
  /// The number of the answer after which the connection ends.
  private var lastAnswer: Int?
  /// What is said once the answers that are owed have been given.
  private var lastWords: (fault: RequestCheck.Fault, hasBody: Bool)?
  /// Some of a body is still to come: no other request can be read behind it.
  private var endsAfterAnswers = false
  /// The limit that holds.
  private var limit: ConnectionLimit?
  /// What the phase waited for when it last set one.
  private var armed: ConnectionPhase.Wait?
  /// The time that is left is set, and nothing prolongs it.
  private var isStopping = false
  /// The answer under way has no end of its own: the reader's time is for each part of it.
  private(set) var isStreaming = false
  private var untakenParts = 0
  private var line = LineWatch()

  init(limits: WebLimits) {
    self.limits = limits
  }

  var isClosing: Bool { hearing == .closing }
  /// Whether requests are still looked at.
  var isListening: Bool { hearing == .all }
  /// It is for the vital paths alone.
  var isReserved: Bool { admission == .reserved }
  var activity: ConnectionGate.Activity { phase.activity }
  /// Whether it may be closed because others need the place: a request that has come goes first.
  var mayMakeRoom: Bool { !isClosing && activity != .busy }

  mutating func receive(_ event: ConnectionEvent) -> [ConnectionAction] {
    switch event {
    case .opened(let admission): return open(admission)
    case .bytesCame(let bytes):
      phase.bytesCame()
      return line.bytesCame(bytes).map { refuse($0) } ?? []
    case .bytesWereRead:
      // The beginning of another request may stand behind a whole one.
      if line.bytesWereRead() { phase.moreIsHere() }
      return isClosing ? [] : arm()
    case .requestBegan(let request): return begin(request)
    case .bodyCame(let count): return isListening ? body(count) : []
    case .requestEnded:
      guard isListening else { return [] }
      phase.requestEnded()
      return [.pass]
    case .notUnderstood(let what): return misunderstood(what)
    case .partWritten:
      untakenParts += 1
      return untakenParts == 1 ? set(.answer) : []
    case .partTaken: return partTaken()
    case .answerWritten:
      answerWritten()
      return []
    case .answerTaken: return answerTaken()
    case .timeIsUp: return timeIsUp()
    case .inputClosed:
      // A reader that has gone looks like one that only asks no more: a sign of life tells, and frees its place.
      return isStreaming && !isClosing ? [.signOfLife] : []
    case .stopping:
      defer { isStopping = true }
      return set(.shutdown)
    }
  }

  // MARK: Requests

  private mutating func open(_ admission: ConnectionGate.Admission) -> [ConnectionAction] {
    self.admission = admission
    switch admission {
    case .served, .reserved: return arm()
    case .refused: return refuse(.crowd)
    case .dropped: return [.close]
    }
  }

  private mutating func begin(_ request: RequestCheck.Request) -> [ConnectionAction] {
    guard isListening else { return [] }
    if let fault = request.fault {
      hearing = .none
      return refuse(fault, hasBody: !request.isHead)
    }
    phase.headersEnded()
    asked.append(
      Asked(keepsAlive: request.keepsAlive && admission == .served, isOldHttp: request.isOldHttp))
    return [.pass]
  }

  /// Nobody reads it: it goes no further.
  private mutating func body(_ count: Int) -> [ConnectionAction] {
    phase.bodyCame(count)
    return phase.bodyBytes > limits.bodyBytes ? giveUpBody() : []
  }

  private mutating func misunderstood(_ what: ConnectionEvent.Misunderstanding) -> [ConnectionAction] {
    guard isListening else { return [] }
    hearing = .none
    switch what {
    case .headersTooLarge: return refuse(.headersTooLarge(limits))
    case .unknownMethod: return line.methodIsUnknown().map { refuse($0) } ?? []
    case .garbage: return refuse(.noHttp)
    }
  }

  // MARK: Answers

  /// What the head of an answer says of the connection.
  struct Label: Hashable, Sendable {
    /// For the header of that name; nil: HTTP/1.1 goes on by itself.
    var connection: String?
    /// The reader knows of no chunks: such a stream ends with its connection.
    var isWithoutChunks = false
  }

  /// An answer begins.
  ///
  /// - Parameter isStream: it has no end of its own.
  mutating func answerBegan(isStream: Bool) -> Label {
    isStreaming = isStream
    guard let first = asked.first else { return Label() }
    let isWithoutChunks = isStream && first.isOldHttp
    if isWithoutChunks { asked[0].keepsAlive = false }
    let keepsAlive = asked[0].keepsAlive
    return Label(
      connection: keepsAlive ? first.isOldHttp ? "keep-alive" : nil : "close",
      isWithoutChunks: isWithoutChunks)
  }

  private mutating func answerWritten() {
    isStreaming = false
    guard !asked.isEmpty else { return }
    // What is owed after it is not asked for any more.
    if !asked.removeFirst().keepsAlive, lastAnswer == nil { lastAnswer = phase.begun - asked.count }
  }

  private mutating func partTaken() -> [ConnectionAction] {
    untakenParts -= 1
    guard isStreaming, !isStopping else { return [] }
    if untakenParts > 0 { return set(.answer) }
    limit = nil
    return [.unlimited]
  }

  private mutating func answerTaken() -> [ConnectionAction] {
    phase.answerTaken()
    if isClosing { return [] }
    if phase.answered == lastAnswer || (endsAfterAnswers && !phase.isAnswering) { return hangUp() }
    if let lastWords, !phase.isAnswering { return refuse(lastWords.fault, hasBody: lastWords.hasBody) }
    return arm()
  }

  // MARK: Limits and endings

  /// Sets the limit of the phase, unless it is set already.
  private mutating func arm() -> [ConnectionAction] {
    let wait = phase.wait
    guard wait != armed else { return [] }
    armed = wait
    switch wait {
    case .headers: return set(.headers)
    case .body: return set(.body)
    case .answer: return set(.answer)
    case .idle: return set(.idle)
    }
  }

  private mutating func set(_ limit: ConnectionLimit) -> [ConnectionAction] {
    if isStopping { return [] }
    self.limit = limit
    return [.limit(limit)]
  }

  private mutating func timeIsUp() -> [ConnectionAction] {
    let reached = limit
    limit = nil
    switch reached {
    case .headers: return refuse(.slowHeaders)
    case .body: return giveUpBody()
    case .answer, .idle, .linger, .shutdown: return [.close]
    case nil: return []
    }
  }

  /// Answers in the place of everything above and hangs up; after the answers that are owed.
  private mutating func refuse(_ fault: RequestCheck.Fault, hasBody: Bool = true) -> [ConnectionAction] {
    if isClosing { return [] }
    guard !phase.isAnswering else {
      lastWords = (fault, hasBody)
      return []
    }
    return [.refuse(fault, hasBody: hasBody)] + hangUp()
  }

  /// The rest of a body is not waited for: the connection ends once its answers have been taken.
  private mutating func giveUpBody() -> [ConnectionAction] {
    endsAfterAnswers = true
    phase.requestEnded()
    return phase.isAnswering ? arm() : hangUp()
  }

  /// Says that nothing more comes and gives the reader a moment to read: closing at once would take back what it
  /// has not yet read, if more of its own bytes were on the way.
  private mutating func hangUp() -> [ConnectionAction] {
    hearing = .closing
    return set(.linger) + [.endOutput]
  }
}
