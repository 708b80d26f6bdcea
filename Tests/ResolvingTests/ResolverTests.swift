import Addresses
import Backends
import Dispatch
import Naming
import Resolving
import TestServers
import Testing

/// c-ares and Debian's dnsmasq.
@Suite(.serialized) struct ResolverTests {
  private func ask(_ questions: [NameQuestion], of servers: UInt16...) async -> [NameQuestion: NameResult] {
    let resolver = Resolver(servers: servers.compactMap { try? HostPort("127.0.0.1:\($0)") })
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        let answers = resolver.ask(questions).map { ($0.question, $0.result) }
        continuation.resume(returning: Dictionary(answers, uniquingKeysWith: { first, _ in first }))
      }
    }
  }

  private func addresses(_ texts: String...) -> NameResult {
    .success(.addresses(texts.compactMap { IPAddress($0) }))
  }

  @Test func hostsHaveTheirAddresses() async throws {
    let server = try await Dnsmasq(
      hosts: "127.0.0.2 one.test\n127.0.0.3 three.test\n127.0.0.5 three.test\n127.0.0.4 three.test\n",
      ["--txt-record=empty.test,nothing"])
    let found = await ask(
      [.host("one.test"), .host("three.test"), .host("gone.test"), .host("empty.test"), .fixed("one.test")],
      of: server.port)
    await server.stop()
    #expect(found[.host("one.test")] == addresses("127.0.0.2"))
    #expect(found[.fixed("one.test")] == addresses("127.0.0.2"))
    let three = try #require(try found[.host("three.test")]?.get())
    guard case .addresses(let list) = three else { throw TestServerError("\(three)") }
    #expect(list.sorted().map(\.text) == ["127.0.0.3", "127.0.0.4", "127.0.0.5"])
    #expect(found[.host("gone.test")]?.kind == .notFound)
    #expect(found[.host("empty.test")]?.kind == .empty)
  }

  @Test func servicesHaveTheirRecords() async throws {
    let server = try await Dnsmasq(
      hosts: "",
      [
        "--srv-host=_http._tcp.app.test,A.test,8080,10,5", "--srv-host=_http._tcp.app.test,b.test,8081,20,0",
        "--srv-host=_none._tcp.app.test",
      ])
    let found = await ask(
      [.service("_http._tcp.app.test"), .service("_none._tcp.app.test"), .service("_gone._tcp.app.test")],
      of: server.port)
    await server.stop()
    let http = try #require(try found[.service("_http._tcp.app.test")]?.get())
    guard case .services(let list) = http else { throw TestServerError("\(http)") }
    #expect(
      Set(list) == [
        ServiceRecord(target: "a.test", port: 8080, priority: 10),
        ServiceRecord(target: "b.test", port: 8081, priority: 20),
      ])
    #expect(found[.service("_none._tcp.app.test")]?.kind == .empty)
    #expect(found[.service("_gone._tcp.app.test")]?.kind == .notFound)
  }

  /// As the system says: its own file of hosts comes first, and nobody is asked.
  @Test func theFileOfHostsComesFirst() async throws {
    let silent = try FakeNameServer(.nothing)
    defer { silent.stop() }
    let found = await ask([.host("localhost")], of: silent.port)
    let local = try #require(try found[.host("localhost")]?.get())
    guard case .addresses(let list) = local else { throw TestServerError("\(local)") }
    #expect(list.contains { ["127.0.0.1", "::1"].contains($0.text) }, "\(list)")
  }

  @Test(arguments: [FakeNameServer.Answer.nothing, .garbage, .truncated, .foreign])
  func whoSaysNothingOfUseIsGivenUp(_ answer: FakeNameServer.Answer) async throws {
    let server = try FakeNameServer(answer)
    defer { server.stop() }
    let begin = ContinuousClock.now
    let found = await ask([.host("a.test"), .service("_b._tcp.test")], of: server.port)
    #expect(ContinuousClock.now - begin < .milliseconds(Resolver.mostMs + 1000))
    #expect(found[.host("a.test")]?.kind == .failed)
    #expect(found[.service("_b._tcp.test")]?.kind == .failed)
  }

  @Test func theNextServerAnswersWhereOneIsSilent() async throws {
    let silent = try FakeNameServer(.nothing)
    defer { silent.stop() }
    let server = try await Dnsmasq(hosts: "127.0.0.2 one.test\n")
    let found = await ask([.host("one.test")], of: silent.port, server.port)
    await server.stop()
    #expect(found[.host("one.test")] == addresses("127.0.0.2"))
  }

  @Test func whereNobodyListensNothingIsFound() async throws {
    let port = try ReservedPort()
    #expect(await ask([.host("one.test")], of: port.port)[.host("one.test")]?.kind == .failed)
  }

  /// More than are asked at once.
  @Test func manyNamesAreAllAnswered() async throws {
    let names = (0..<1000).map { "h\($0).test" }
    let server = try await Dnsmasq(
      hosts: names.enumerated().map { "127.1.\($0 / 250).\($0 % 250 + 1) \($1)\n" }.joined())
    let found = await ask(names.map { .host($0) }, of: server.port)
    await server.stop()
    #expect(found.count == 1000)
    for (number, name) in names.enumerated() {
      #expect(found[.host(name)] == addresses("127.1.\(number / 250).\(number % 250 + 1)"))
    }
  }
}

extension NameResult {
  fileprivate var kind: NameFailure.Kind? {
    if case .failure(let failure) = self { failure.kind } else { nil }
  }
}
