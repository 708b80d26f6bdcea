/// Where a connection is in its requests: a value that decides which of the time limits holds now.
struct ConnectionPhase: Hashable, Sendable {
  /// What is being waited for.
  enum Wait: Hashable, Sendable {
    /// The headers of a request: the first one, or one that has begun.
    case headers
    /// The rest of a request's body.
    case body
    /// The reader, to take answer number N.
    case answer(Int)
    /// Another request, after N answers.
    case idle(Int)
  }

  private(set) var begun = 0
  private(set) var answered = 0
  private var isInHeaders = true
  private var isInBody = false
  private var hasHeard = false
  private(set) var bodyBytes = 0

  var wait: Wait {
    if isInBody { return .body }
    if begun > answered { return .answer(begun) }
    return isInHeaders ? .headers : .idle(answered)
  }

  /// What it is to the gate, where those who rest make room for others.
  var activity: ConnectionGate.Activity {
    if !hasHeard { return .silent }
    if case .idle = wait { return .idle }
    return .busy
  }

  /// Whether an answer is owed or half sent, so that no other may be put in its place.
  var isAnswering: Bool { begun > answered }

  mutating func bytesCame() {
    hasHeard = true
    if !isInBody { isInHeaders = true }
  }

  /// Bytes of another request stand behind what has been read, unless they were a body.
  mutating func moreIsHere() {
    if !isInBody, bodyBytes == 0 { isInHeaders = true }
  }

  mutating func headersEnded() {
    begun += 1
    isInHeaders = false
    isInBody = true
    bodyBytes = 0
  }

  mutating func bodyCame(_ count: Int) {
    bodyBytes += count
  }

  mutating func requestEnded() {
    isInBody = false
  }

  /// The last byte of an answer was taken by the reader's side.
  mutating func answerTaken() {
    answered += 1
  }
}
