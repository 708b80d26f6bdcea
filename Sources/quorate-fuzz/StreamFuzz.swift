import Backends
import HTTP2
import Health
import Matching
import Probing

/// What is promised of answers in HTTP/2: however frames are made, and cut, a verdict is the same, and is told in short.
struct StreamFuzz {
  private let library = HTTP2Library()
  private let plans: [StreamPlan]

  init() throws {
    var health = Checker(kind: .grpc)
    health.parts = .grpcHealth(hostHeader: "a")
    health.grpcService = "shop.Cart"
    var status = Checker(kind: .http)
    status.usesHTTP2 = true
    status.parts = RequestParts(method: "POST", hostHeader: "a", body: [1, 2, 3])
    status.validStatuses = [200, 204]
    let expectations = [
      Expectations(
        headers: [HeaderExpectation(name: "A", test: .matches("^b"))], bodyContains: ["aab"], readLimit: 40),
      Expectations(
        bodyMatches: ["^a.*b$"], json: [JsonExpectation(path: "$.a", value: .number("1"))], readLimit: 100),
    ]
    let expected = try expectations.map { try ExpectedAnswer($0, request: status.request) }
    plans =
      ([StreamPlan(health, expected: nil), StreamPlan(status, expected: nil)]
      + expected.map { StreamPlan(status, expected: $0) }).compactMap(\.self)
  }

  /// Nil: it was kept.
  func fault(_ chance: inout Answers) -> String? {
    let answer = chance.streamed()
    let plan = plans[chance.below(plans.count)]
    guard let whole = verdict(plan, [answer[...]]) else { return "there is no memory" }
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    let longest = 1 + chance.below(60)
    while start < answer.count {
      let end = start + 1 + chance.below(min(answer.count - start, longest))
      pieces.append(answer[start..<end])
      start = end
    }
    guard let cut = verdict(plan, pieces) else { return "there is no memory" }
    if !Self.isSame(whole, cut) {
      return "\(answer): cut in pieces \(pieces.map(\.count)) it is \(cut), not \(whole)"
    }
    for case .failed(_, let detail) in [whole, cut]
    where detail.isEmpty || detail.utf8.count > Report.longestDetail {
      return "this is told: \(detail)"
    }
    return nil
  }

  /// The words for what is no HTTP/2 show what had come by then.
  private static func isSame(_ one: AnswerVerdict, _ other: AnswerVerdict) -> Bool {
    switch (one, other) {
    case (.failed(.badHttp2, let words), .failed(.badHttp2, let others)):
      words == others || words.contains("what came begins") && others.contains("what came begins")
    default: one == other
    }
  }

  private func verdict(_ plan: StreamPlan, _ pieces: [ArraySlice<UInt8>]) -> AnswerVerdict? {
    guard let answer = StreamedAnswer(plan, plan.request, of: library) else { return nil }
    _ = answer.takeOutbound()
    for piece in pieces {
      let verdict = piece.withUnsafeBufferPointer { answer.take($0) }
      _ = answer.takeOutbound()
      if let verdict {
        answer.leave()
        _ = answer.takeOutbound()
        return verdict
      }
    }
    return answer.end()
  }
}

extension Answers {
  /// Frames good and bad, and bytes of them changed.
  mutating func streamed() -> [UInt8] {
    var bytes: [UInt8] =
      below(20) == 0 ? [] : Frames.settings(below(2) == 0 ? [] : [(UInt16(below(8)), UInt32(below(70_000)))])
    for _ in 0..<below(8) { bytes += frame() }
    for _ in 0..<(below(3) == 0 ? 1 + below(4) : 0) where !bytes.isEmpty {
      let index = below(bytes.count)
      switch below(4) {
      case 0: bytes[index] = UInt8(below(256))
      case 1: bytes[index] ^= 1 << UInt8(below(8))
      case 2: bytes.remove(at: index)
      default: bytes.insert(contentsOf: bytes[index..<min(index + below(40), bytes.count)], at: index)
      }
    }
    return bytes
  }

  private mutating func frame() -> [UInt8] {
    let isLast = below(4) == 0
    switch below(13) {
    case 0, 1, 2: return Self.heads[below(Self.heads.count)]
    case 3, 4, 5: return Frames.data(Self.bodies[below(Self.bodies.count)], isLast: isLast)
    case 6, 7:
      return Frames.headers(["grpc-status": "\(below(20))", "grpc-message": "a%2"], isLast: below(3) > 0)
    case 8: return Frames.health(UInt8(below(5)))
    case 9: return Frames.reset(UInt32(below(16)), stream: UInt32(below(3)))
    case 10: return Frames.goAway(UInt32(below(14)), last: UInt32(below(3)), "bye")
    case 11:
      // Of any kind, with anything in it.
      let payload = (0..<below(24)).map { _ in UInt8(below(256)) }
      return Frames.frame(UInt8(below(12)), flags: UInt8(below(64)), stream: UInt32(below(3)), payload)
    default: return Self.others[below(Self.others.count)]
    }
  }

  private static let heads = [
    Frames.headers([":status": "200", "content-type": "application/grpc", "a": "b"]),
    Frames.headers([":status": "200", "a": "c"], isLast: true), Frames.headers([":status": "103", "a": "b"]),
    Frames.headers([":status": "204", "grpc-status": "14"], isLast: true), Frames.headers([":status": "503"]),
    Frames.headers([":status": "200", "content-length": "3"]), Frames.headers(["a": "b"]),
    Frames.frame(.headers, stream: 1, Frames.block([":status": "200"])),
    Frames.headers([":status": "200", "a": String(repeating: "b", count: 9000)]),
  ]

  private static let bodies: [[UInt8]] = [
    [0, 0, 0, 0, 2, 8, 1], [0, 0, 0, 0, 0], [8, 1], Array("aab".utf8), Array("{\"a\":1}".utf8), [],
    [UInt8](repeating: UInt8(ascii: "a"), count: 120), [UInt8](repeating: 0, count: 1100),
  ]

  private static let others = [
    Frames.settings(), Frames.frame(.settings, flags: Frames.acknowledged),
    Frames.frame(.ping, [UInt8](1...8)),
    Frames.frame(.window, [0, 0, 1, 0]), Frames.frame(.window, stream: 1, [0x7f, 0xff, 0xff, 0xff]),
    Frames.frame(.priority, stream: 3, [0, 0, 0, 1, 9]),
    Frames.frame(.continuation, flags: Frames.endHeaders, stream: 1, Frames.block(["c": "d"])),
    Frames.frame(
      .push, flags: Frames.endHeaders, stream: 1, [0, 0, 0, 2] + Frames.block([":method": "GET"])),
    Array("HTTP/1.1 400 Bad\r\n\r\n".utf8),
  ]
}
