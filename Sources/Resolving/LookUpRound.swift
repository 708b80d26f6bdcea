import Addresses
import CAres
import Glibc
import Naming

/// All questions of one call. It stays on one thread: c-ares calls back while its sockets are looked at.
final class LookUpRound {
  /// Numbers of RFC 1035 and RFC 2782.
  private static let internet: Int32 = 1
  private static let srv: Int32 = 33

  private let channel: AresChannel
  private let questions: [NameQuestion]
  private let families: Families
  private let endMs: Int64
  private var results: [(question: NameQuestion, result: NameResult)] = []
  private var next = 0
  private var underWay = 0

  init(_ channel: AresChannel, _ questions: [NameQuestion]) {
    self.channel = channel
    self.questions = questions
    families = Families.ofThisMachine()
    endMs = Self.nowMs() + Resolver.mostMs
    results.reserveCapacity(questions.count)
  }

  func run() -> [(question: NameQuestion, result: NameResult)] {
    while true {
      while underWay < Resolver.mostAtOnce, next < questions.count {
        next += 1
        ask(questions[next - 1])
      }
      guard underWay > 0 else { return results }
      let leftMs = endMs - Self.nowMs()
      guard leftMs > 0 else { break }
      channel.turn(atMostMs: leftMs)
    }
    // Each one under way is answered by this.
    ares_cancel(channel.channel)
    let late = NameFailure(.failed, "no name server answered in time")
    for question in questions[next...] { results.append((question, .failure(late))) }
    return results.map { entry in
      guard case .failure(let failure) = entry.result, failure == NameFailure(ares: ARES_ECANCELLED.rawStatus)
      else { return entry }
      return (entry.question, .failure(late))
    }
  }

  private func ask(_ question: NameQuestion) {
    underWay += 1
    let asked = Unmanaged.passRetained(Asked(question, in: self)).toOpaque()
    switch question {
    case .service(let name):
      ares_search(
        channel.channel, name, Self.internet, Self.srv, { Asked.answerService($0, $1, $3, $4) }, asked)
    case .fixed(let name), .host(let name):
      var hints = ares_addrinfo_hints()
      hints.ai_family = families.asked
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      // What the addresses are sorted by costs a socket for each, and order counts for nothing.
      hints.ai_flags = ARES_AI_NOSORT.rawStatus
      ares_getaddrinfo(channel.channel, name, nil, &hints, { Asked.answerHost($0, $1, $3) }, asked)
    }
  }

  fileprivate func take(_ result: NameResult, for question: NameQuestion) {
    underWay -= 1
    results.append((question, result))
  }

  private static func nowMs() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }
}

/// A question under way: what c-ares is given, and gives back with the answer, once.
private final class Asked {
  private let question: NameQuestion
  private let round: LookUpRound

  init(_ question: NameQuestion, in round: LookUpRound) {
    self.question = question
    self.round = round
  }

  private static func end(_ context: UnsafeMutableRawPointer?, _ result: NameResult) {
    guard let context else { return }
    let asked = Unmanaged<Asked>.fromOpaque(context).takeRetainedValue()
    asked.round.take(result, for: asked.question)
  }

  static func answerHost(
    _ context: UnsafeMutableRawPointer?, _ status: Int32, _ found: UnsafeMutablePointer<ares_addrinfo>?
  ) {
    defer { if let found { ares_freeaddrinfo(found) } }
    guard status == ARES_SUCCESS.rawStatus, let found else {
      return end(context, .failure(NameFailure(ares: status)))
    }
    var addresses: [IPAddress] = []
    var node = found.pointee.nodes
    while let entry = node?.pointee {
      if let address = address(of: entry), !addresses.contains(address) { addresses.append(address) }
      node = entry.ai_next
    }
    end(
      context,
      addresses.isEmpty ? .failure(NameFailure(.empty, "it has no address")) : .success(.addresses(addresses))
    )
  }

  private static func address(of node: ares_addrinfo_node) -> IPAddress? {
    guard let raw = UnsafeRawPointer(node.ai_addr) else { return nil }
    switch node.ai_family {
    case AF_INET where Int(node.ai_addrlen) >= MemoryLayout<sockaddr_in>.size:
      return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { IPAddress(bytes: $0) }
    case AF_INET6 where Int(node.ai_addrlen) >= MemoryLayout<sockaddr_in6>.size:
      return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { IPAddress(bytes: $0) }
    default: return nil
    }
  }

  static func answerService(
    _ context: UnsafeMutableRawPointer?, _ status: Int32, _ bytes: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
  ) {
    guard status == ARES_SUCCESS.rawStatus, let bytes else {
      return end(context, .failure(NameFailure(ares: status)))
    }
    var first: UnsafeMutablePointer<ares_srv_reply>?
    let parsed = ares_parse_srv_reply(bytes, count, &first)
    defer { if let first { ares_free_data(first) } }
    guard parsed == ARES_SUCCESS.rawStatus else {
      return end(context, .failure(NameFailure(ares: parsed)))
    }
    var records: [ServiceRecord] = []
    var next = first
    while let reply = next?.pointee {
      if let record = ServiceRecord(reply) { records.append(record) }
      next = reply.next
    }
    end(
      context,
      records.isEmpty
        ? .failure(NameFailure(.empty, "the service is said not to be there"))
        : .success(.services(records)))
  }
}

extension ServiceRecord {
  /// Nil where it says that there is no such service (the target `.`), or names no host and port.
  fileprivate init?(_ reply: ares_srv_reply) {
    guard let host = reply.host else { return nil }
    var target = String(cString: host)
    if target.hasSuffix(".") { target.removeLast() }
    guard HostPort.isName(target) || IPAddress(target) != nil, reply.port > 0 else { return nil }
    self.init(target: target.lowercased(), port: reply.port, priority: reply.priority)
  }
}
