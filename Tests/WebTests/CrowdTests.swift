import Health
import Ledger
import NIOCore
import Synchronization
import Testing

@testable import Web

@Suite("More connections than there may be", .serialized, .timeLimit(.minutes(5)))
struct CrowdTests {
  /// A busy machine is not taken for a slow client.
  static let patient = {
    var limits = WebLimits()
    limits.headerTime = .seconds(120)
    limits.idleTime = .seconds(120)
    return limits
  }()

  static let get = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"

  /// What a connection does before it is left as it is, and what tells that the server has noticed.
  enum Habit: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case idle, silent, inHeaders, streaming

    var testDescription: String { rawValue }
    var request: String {
      switch self {
      case .idle: CrowdTests.get
      case .silent: ""
      case .inHeaders: CrowdTests.get + "GET /sta"
      case .streaming: "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"
      }
    }
    var sign: String {
      switch self {
      case .idle, .inHeaders: "ok\n"
      case .silent: ""
      case .streaming: "retry"
      }
    }
    var makesRoom: Bool { self == .idle || self == .silent }
  }

  final class Closed: Sendable {
    private let all = Mutex<[Int]>([])

    var numbers: [Int] { all.withLock { $0 } }
    func add(_ number: Int) { all.withLock { $0.append(number) } }
  }

  /// Opens so many connections one after the other and runs `body` while they stay as they are. Returns those that were
  /// closed meanwhile, in order.
  static func crowd(
    _ port: Int, _ count: Int, _ habit: Habit, _ body: @escaping @Sendable () async throws -> Void
  ) async throws -> [Int] {
    let closed = Closed()
    try await withThrowingTaskGroup(of: Void.self) { group in
      let (ready, tell) = AsyncStream.makeStream(of: Void.self)
      var waiting = ready.makeAsyncIterator()
      for number in 0..<count {
        group.addTask {
          try await withConnection(to: port) { connection in
            if !habit.request.isEmpty { try await connection.send(habit.request) }
            _ = try await connection.read(until: habit.sign)
            tell.yield()
            _ = try await connection.rest()
            if !Task.isCancelled { closed.add(number) }
          }
        }
        await waiting.next()
      }
      try await body()
      group.cancelAll()
    }
    return closed.numbers
  }

  @Test(
    "The paths that must answer do, with 256 connections kept alive, and whatever connections do",
    arguments: [(256, Habit.idle)] + Habit.allCases.map { (24, $0) })
  func whole(_ count: Int, _ habit: Habit) async throws {
    var limits = Self.patient
    limits.connections = count
    try await withServer(TestSite().site, limits: limits) { port in
      let closed = try await Self.crowd(port, count, habit) {
        for path in ["/livez", "/readyz", "/metrics", "http://proxied/livez", "/livez/", "/livez?x=1"] {
          let answer = try await ask(port, "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
          #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(path): \(answer.prefix(100))")
        }
        // The reserve is for these alone, and for one request each.
        let other = try await ask(port, HttpTests.get("/status"))
        #expect(other.hasPrefix(habit.makesRoom ? "HTTP/1.1 200 " : "HTTP/1.1 503 "), "\(other.prefix(100))")
        if habit.makesRoom { return }
        #expect(other.contains("Too many connections"))
        let one = try await ask(port, Self.get + Self.get)
        #expect(
          one.ranges(of: "HTTP/1.1 200 OK").count == 1 && one.lowercased().contains("connection: close"))
      }
      #expect(closed.isEmpty || habit.makesRoom)
    }
  }

  @Test("Who has been idle for longest makes room, and nobody whose request is under way")
  func longestIdle() async throws {
    var limits = Self.patient
    limits.connections = 4
    try await withServer(TestSite().site, limits: limits) { port in
      try await withConnections(4, to: port) { connections in
        let (first, busy, second, half) = (connections[0], connections[1], connections[2], connections[3])
        try await busy.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await busy.read(until: "retry")
        try await half.send("GET /livez HTTP/1.1\r\n")
        // The first was idle before the second, and has been busy since.
        for connection in [first, second, first] {
          try await connection.send(Self.get)
          _ = try await connection.read(until: "ok\n")
        }
        for _ in 0..<20 {
          let answer = try await ask(port, HttpTests.get("/livez"))
          #expect(answer.hasSuffix("ok\n"))
        }
        let closed = try await second.rest()
        #expect(closed.isEmpty)
        try await half.send("Host: x\r\n\r\n")
        let late = try await half.read(until: "ok\n")
        #expect(late.hasSuffix("ok\n"))
        try await first.send(HttpTests.get("/status"))
        let last = try await first.rest()
        #expect(last.hasPrefix("HTTP/1.1 200 OK"))
      }
    }
  }

  @Test("Refused when nobody makes room; served again when some have gone")
  func room() async throws {
    var limits = Self.patient
    limits.connections = 4
    limits.lingerTime = .milliseconds(200)
    try await withServer(TestSite().site, limits: limits) { port in
      let closed = try await Self.crowd(port, 4, .streaming) {
        let refused = try await ask(port, HttpTests.get("/"))
        #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("Too many connections"))
      }
      #expect(closed.isEmpty)
      for _ in 0..<2000 {
        if try await ask(port, HttpTests.get("/status")).hasPrefix("HTTP/1.1 200 ") { return }
      }
      Issue.record("there is no room again")
    }
  }

  // MARK: The gate alone

  /// A gate, and which connections it has asked to make room.
  final class Gate: Sendable {
    let gate: ConnectionGate
    let asked = Mutex<[UInt64]>([])

    init(limit: Int) { gate = ConnectionGate(limit: limit) }

    func enter() -> (number: UInt64, admission: ConnectionGate.Admission) {
      let entered = Mutex<UInt64>(0)
      let seat = gate.enter { [self] in
        let number = entered.withLock { $0 }
        asked.withLock { $0.append(number) }
      }
      entered.withLock { $0 = seat.number }
      return seat
    }
  }

  @Test("Served, then reserved, refused, dropped")
  func admissions() {
    let gate = Gate(limit: 2)
    var numbers: [UInt64] = []
    var admissions: [ConnectionGate.Admission] = []
    for _ in 0..<(4 + 2 * ConnectionGate.reserve) {
      let seat = gate.enter()
      gate.gate.note(.busy, of: seat.number)
      numbers.append(seat.number)
      admissions.append(seat.admission)
    }
    let reserve = ConnectionGate.reserve
    #expect(admissions.prefix(2).allSatisfy { $0 == .served })
    #expect(admissions.dropFirst(2).prefix(reserve).allSatisfy { $0 == .reserved })
    #expect(admissions.dropFirst(2 + reserve).prefix(2).allSatisfy { $0 == .refused })
    #expect(admissions.dropFirst(4 + reserve).allSatisfy { $0 == .dropped })
    #expect(gate.asked.withLock { $0.isEmpty })
    for number in numbers { gate.gate.leave(number) }
    #expect(gate.enter().admission == .served)
  }

  @Test("The idle go before the silent, each by how long, and nobody twice")
  func order() {
    let gate = Gate(limit: 4)
    let seats = (0..<4).map { _ in gate.enter().number }
    gate.gate.note(.busy, of: seats[0])
    gate.gate.note(.idle, of: seats[2])
    gate.gate.note(.idle, of: seats[1])
    var served: [UInt64] = []
    for _ in 0..<3 {
      let seat = gate.enter()
      #expect(seat.admission == .served)
      gate.gate.note(.busy, of: seat.number)
      served.append(seat.number)
    }
    #expect(gate.asked.withLock { $0 } == [seats[2], seats[1], seats[3]])
    #expect(gate.enter().admission == .reserved)
    // It was asked, and its request came first: there is one too many, and the next that rests goes for it.
    gate.gate.note(.busy, of: seats[1])
    gate.gate.note(.idle, of: served[0])
    gate.gate.note(.idle, of: served[1])
    #expect(gate.enter().admission == .served)
    #expect(gate.asked.withLock { $0.suffix(2) } == [served[0], served[1]])
  }

  @Test("Silence in the reserve makes room for whoever comes next")
  func silentReserve() {
    let gate = Gate(limit: 1)
    gate.gate.note(.busy, of: gate.enter().number)
    let seats = (0..<ConnectionGate.reserve).map { _ in gate.enter().number }
    for _ in 0..<3 { #expect(gate.enter().admission == .reserved) }
    #expect(gate.asked.withLock { $0 } == Array(seats.prefix(3)))
  }
}
