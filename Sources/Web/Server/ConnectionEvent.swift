/// What happens to a connection.
enum ConnectionEvent: Sendable {
  case opened(ConnectionGate.Admission)
  /// The decoder is about to see these.
  case bytesCame([UInt8])
  /// The decoder has seen them: what it made of them came in between.
  case bytesWereRead
  case requestBegan(RequestCheck.Request)
  /// So many bytes of a request's body.
  case bodyCame(Int)
  case requestEnded
  case notUnderstood(Misunderstanding)
  /// A part of a stream was handed to the connection.
  case partWritten
  /// The reader's side has taken a part of a stream.
  case partTaken
  /// The end of an answer was handed to the connection.
  case answerWritten
  /// The reader's side has taken the whole of an answer.
  case answerTaken
  /// The limit that was set is reached.
  case timeIsUp
  /// The reader sends nothing more.
  case inputClosed
  /// The server stops.
  case stopping

  /// What the decoder could not make a request of.
  enum Misunderstanding: Hashable, Sendable {
    case headersTooLarge
    case unknownMethod
    case garbage
  }
}

/// What is to be done about it, in order.
enum ConnectionAction: Hashable, Sendable {
  /// What came goes on to whoever answers.
  case pass
  /// From now on this limit holds, in place of any other.
  case limit(ConnectionLimit)
  /// No limit holds.
  case unlimited
  /// This is the answer, in the place of whoever would give one.
  case refuse(RequestCheck.Fault, hasBody: Bool)
  /// A comment in the stream, which tells whether the reader is still there.
  case signOfLife
  /// Nothing more is said: the reader hears that, and hangs up.
  case endOutput
  case close
}

/// The time limits; one holds at a time.
enum ConnectionLimit: Hashable, Sendable, CaseIterable {
  case headers, body, answer, idle, linger, shutdown
}

extension WebLimits {
  func time(of limit: ConnectionLimit) -> Duration {
    switch limit {
    case .headers: headerTime
    case .body: bodyTime
    case .answer: answerTime
    case .idle: idleTime
    case .linger: lingerTime
    case .shutdown: shutdownTime
    }
  }
}
