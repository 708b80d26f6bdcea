import Testing

@testable import Web

/// One connection, told what happens: no sockets, no clock.
@Suite struct ConnectionTests {
  struct Story: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What happens, and what is to be done about it.
    var steps: [(ConnectionEvent, [ConnectionAction])]
    var activity = ConnectionGate.Activity.idle
    var isClosing = false
  }

  private static let get = RequestCheck.Request()
  private static let last = RequestCheck.Request(keepsAlive: false)
  private static let wrong = RequestCheck.Fault(status: 400, sentence: "wrong")
  private static let whole = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
  private static let hangUp: [ConnectionAction] = [.limit(.linger), .endOutput]

  private static let open: [(ConnectionEvent, [ConnectionAction])] = [(.opened(.served), [.limit(.headers)])]
  /// A request without a body, up to where its answer is owed.
  private static func asked(_ request: RequestCheck.Request = get) -> [(ConnectionEvent, [ConnectionAction])]
  {
    [
      (.bytesCame(whole), []), (.requestBegan(request), [.pass]), (.requestEnded, [.pass]),
      (.bytesWereRead, [.limit(.answer)]),
    ]
  }
  private static let answered: [(ConnectionEvent, [ConnectionAction])] = [
    (.answerWritten, []), (.answerTaken, [.limit(.idle)]),
  ]

  static let requests = [
    Story(testDescription: "opened", steps: open, activity: .silent),
    Story(testDescription: "asked", steps: open + asked(), activity: .busy),
    Story(testDescription: "answered", steps: open + asked() + answered),
    Story(testDescription: "two after each other", steps: open + asked() + answered + asked() + answered),
    Story(
      testDescription: "asked not to go on",
      steps: open + asked(last) + [(.answerWritten, []), (.answerTaken, hangUp)],
      isClosing: true),
    Story(
      testDescription: "two at once, and only what is owed keeps it busy",
      steps: open + [
        (.bytesCame(whole + whole), []), (.requestBegan(get), [.pass]), (.requestEnded, [.pass]),
        (.requestBegan(get), [.pass]), (.requestEnded, [.pass]), (.bytesWereRead, [.limit(.answer)]),
        (.answerWritten, []), (.answerTaken, []), (.answerWritten, []), (.answerTaken, [.limit(.idle)]),
      ]),
    Story(
      testDescription: "the next has begun behind a whole one",
      steps: open + [
        (.bytesCame(whole + whole.prefix(5)), []), (.requestBegan(get), [.pass]), (.requestEnded, [.pass]),
        (.bytesWereRead, [.limit(.answer)]), (.answerWritten, []), (.answerTaken, [.limit(.headers)]),
      ], activity: .busy),
    Story(
      testDescription: "in the reserve one request is answered",
      steps: [(.opened(.reserved), [.limit(.headers)])] + asked() + [
        (.answerWritten, []), (.answerTaken, hangUp),
      ],
      isClosing: true),
    Story(
      testDescription: "refused at the door",
      steps: [(.opened(.refused), [.refuse(.crowd, hasBody: true)] + hangUp)],
      activity: .silent, isClosing: true),
    Story(
      testDescription: "too many even for that", steps: [(.opened(.dropped), [.close])], activity: .silent),
  ]

  static let faults = [
    Story(
      testDescription: "a fault is answered at once, and nothing is heard behind it",
      steps: open + [
        (.bytesCame(whole), []),
        (.requestBegan(RequestCheck.Request(fault: wrong)), [.refuse(wrong, hasBody: true)] + hangUp),
        (.requestEnded, []), (.bytesWereRead, []), (.requestBegan(get), []), (.timeIsUp, [.close]),
      ], activity: .busy, isClosing: true),
    Story(
      testDescription: "HEAD gets no body",
      steps: open + [
        (
          .requestBegan(RequestCheck.Request(fault: wrong, isHead: true)),
          [.refuse(wrong, hasBody: false)] + hangUp
        )
      ], activity: .silent, isClosing: true),
    Story(
      testDescription: "a fault behind a request is answered after it",
      steps: open + asked() + [
        (.bytesCame(whole), []), (.requestBegan(RequestCheck.Request(fault: wrong)), []),
        (.bytesWereRead, []),
        (.answerWritten, []), (.answerTaken, [.refuse(wrong, hasBody: true)] + hangUp),
      ], activity: .busy, isClosing: true),
    Story(
      testDescription: "headers too large",
      steps: open + [
        (
          .notUnderstood(.headersTooLarge), [.refuse(.headersTooLarge(WebLimits()), hasBody: true)] + hangUp
        ), (.notUnderstood(.garbage), []),
      ], activity: .silent, isClosing: true),
    Story(
      testDescription: "no HTTP",
      steps: open + [(.notUnderstood(.garbage), [.refuse(.noHttp, hasBody: true)] + hangUp)],
      activity: .silent, isClosing: true),
    Story(
      testDescription: "a method that nobody knows",
      steps: open + [
        (.bytesCame(Array("FOO / HTTP/1.1\r\n".utf8)), []),
        (.notUnderstood(.unknownMethod), [.refuse(.method, hasBody: true)] + hangUp),
      ], activity: .busy, isClosing: true),
    Story(
      testDescription: "a strange line is judged when it is whole",
      steps: open + [
        (.bytesCame(Array("FOO / HT".utf8)), []), (.notUnderstood(.unknownMethod), []), (.bytesWereRead, []),
        (.bytesCame(Array("TP/1.1\r\n".utf8)), [.refuse(.method, hasBody: true)] + hangUp),
      ], activity: .busy, isClosing: true),
    Story(
      testDescription: "or when it can be no request any more",
      steps: open + [
        (.bytesCame(Array("FOO".utf8)), []), (.notUnderstood(.unknownMethod), []), (.bytesWereRead, []),
        (.bytesCame(Array("\u{1}".utf8)), [.refuse(.noHttp, hasBody: true)] + hangUp),
      ], activity: .busy, isClosing: true),
  ]

  static let times = [
    Story(
      testDescription: "headers take too long",
      steps: open + [(.timeIsUp, [.refuse(.slowHeaders, hasBody: true)] + hangUp), (.timeIsUp, [.close])],
      activity: .silent, isClosing: true),
    Story(
      testDescription: "one byte at a time gets no more time for headers",
      steps: open + [
        (.bytesCame([71]), []), (.bytesWereRead, []), (.bytesCame([69]), []), (.bytesWereRead, []),
      ],
      activity: .busy),
    Story(testDescription: "idle for too long", steps: open + asked() + answered + [(.timeIsUp, [.close])]),
    Story(
      testDescription: "nobody takes the answer", steps: open + asked() + [(.timeIsUp, [.close])],
      activity: .busy),
    Story(
      testDescription: "a body that is slow is not waited for",
      steps: open + [
        (.requestBegan(get), [.pass]), (.bytesWereRead, [.limit(.body)]), (.bodyCame(10), []),
        (.timeIsUp, [.limit(.answer)]), (.answerWritten, []), (.answerTaken, hangUp),
      ], activity: .silent, isClosing: true),
    Story(
      testDescription: "nor one that is long",
      steps: open + [
        (.requestBegan(get), [.pass]), (.bytesWereRead, [.limit(.body)]), (.bodyCame(16 * 1024), []),
        (.bodyCame(1), [.limit(.answer)]), (.answerWritten, []), (.answerTaken, hangUp),
      ], activity: .silent, isClosing: true),
    Story(
      testDescription: "a body that goes on behind its answer ends the connection",
      steps: open + [
        (.requestBegan(get), [.pass]), (.bytesWereRead, [.limit(.body)]), (.answerWritten, []),
        (.answerTaken, []),
        (.timeIsUp, hangUp),
      ], activity: .silent, isClosing: true),
    Story(
      testDescription: "when the server stops nothing prolongs what is left",
      steps: open + asked() + [
        (.stopping, [.limit(.shutdown)]), (.answerWritten, []), (.answerTaken, []), (.timeIsUp, [.close]),
      ]),
    Story(
      testDescription: "nor does hanging up",
      steps: open + asked(last) + [
        (.stopping, [.limit(.shutdown)]), (.answerWritten, []), (.answerTaken, [.endOutput]),
        (.timeIsUp, [.close]),
      ], isClosing: true),
    Story(
      testDescription: "a reader that only asks no more is answered",
      steps: open + asked() + [(.inputClosed, [])], activity: .busy),
  ]

  @Test(arguments: requests + faults + times)
  func eachEventIsAnswered(story: Story) {
    var connection = Connection(limits: WebLimits())
    for (number, (event, actions)) in story.steps.enumerated() {
      #expect(connection.receive(event) == actions, "step \(number + 1): \(event)")
    }
    #expect(connection.activity == story.activity)
    #expect(connection.isClosing == story.isClosing)
    #expect(connection.mayMakeRoom == (!story.isClosing && story.activity != .busy))
  }

  private static func asking(_ request: RequestCheck.Request, _ admission: ConnectionGate.Admission = .served)
    -> Connection
  {
    var connection = Connection(limits: WebLimits())
    for (event, _) in [(.opened(admission), [])] + asked(request) { _ = connection.receive(event) }
    return connection
  }

  @Test(
    arguments: [
      (get, .served, false, nil, false), (last, .served, false, "close", false),
      (get, .reserved, false, "close", false),
      (RequestCheck.Request(isOldHttp: true), .served, false, "keep-alive", false),
      (RequestCheck.Request(keepsAlive: false, isOldHttp: true), .served, false, "close", false),
      (get, .served, true, nil, false), (RequestCheck.Request(isOldHttp: true), .served, true, "close", true),
    ] as [(RequestCheck.Request, ConnectionGate.Admission, Bool, String?, Bool)])
  func theHeadSaysWhetherItGoesOn(
    request: RequestCheck.Request, admission: ConnectionGate.Admission, isStream: Bool, header: String?,
    isWithoutChunks: Bool
  ) {
    var connection = Self.asking(request, admission)
    let label = connection.answerBegan(isStream: isStream)
    #expect(label == Connection.Label(connection: header, isWithoutChunks: isWithoutChunks))
    #expect(connection.isStreaming == isStream)
  }

  /// The reader's time is for each part: none runs while nothing is on its way.
  @Test func aStreamIsLimitedByItsParts() {
    var connection = Self.asking(Self.get)
    _ = connection.answerBegan(isStream: true)
    #expect(connection.receive(.partWritten) == [.limit(.answer)])
    #expect(connection.receive(.partWritten) == [])
    #expect(connection.receive(.partTaken) == [.limit(.answer)])
    #expect(connection.receive(.partTaken) == [.unlimited])
    #expect(connection.receive(.timeIsUp) == [])
    #expect(connection.receive(.inputClosed) == [.signOfLife])
    #expect(connection.receive(.partWritten) == [.limit(.answer)])
    #expect(connection.receive(.timeIsUp) == [.close])
    #expect(connection.activity == .busy)
  }

  @Test func aStreamOfOldHttpEndsWithItsConnection() {
    var connection = Self.asking(RequestCheck.Request(isOldHttp: true))
    _ = connection.answerBegan(isStream: true)
    #expect(connection.receive(.answerWritten) == [])
    #expect(connection.receive(.answerTaken) == Self.hangUp)
    #expect(connection.receive(.inputClosed) == [])
  }
}
