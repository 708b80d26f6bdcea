import Addresses
import Foundation
import NIOCore
import NIOPosix
import Redis
import RedisTestServer
import TestServers
import Testing

/// TLS with Debian's redis-server, and certificates that are made here.
@Suite(.timeLimit(.minutes(5))) struct SecureTests {
  private static func client(_ url: String) throws -> RedisClient {
    var settings = RedisSettings(try RedisURL(url))
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return RedisClient(settings)
  }

  /// The reply to a PING, or the error as people read it.
  private static func said(_ url: String) async throws -> String {
    let client = try client(url)
    do throws(RedisError) {
      return try await client.send(RedisCommand("PING")).shown
    } catch {
      return "<\(error.name)> \(error)"
    }
  }

  @Test func theCertificateIsVerified() async throws {
    let authority = try await Authority()
    let stranger = try await Authority()
    let good = try await authority.issue(["DNS:localhost", "IP:127.0.0.1"])
    let named = try await authority.issue(["DNS:redis.internal"])
    let expired = try await authority.issue(["DNS:localhost"], until: "20200201000000Z")
    let alone = try await authority.selfSigned("DNS:localhost")
    func serve(_ own: Authority.Issued, clients: String? = nil, _ options: [String] = []) async throws
      -> SecureRedis
    {
      try await SecureRedis(certificate: own.certificate, key: own.key, clients: clients, options: options)
    }
    let servers = [
      "good": try await serve(good), "named": try await serve(named), "expired": try await serve(expired),
      "alone": try await serve(alone), "clients": try await serve(good, clients: authority.ca),
      "old clients": try await serve(good, clients: authority.ca, ["--tls-protocols", "TLSv1.2"]),
      "old": try await serve(good, ["--tls-protocols", "TLSv1.2"]),
      "new": try await serve(good, ["--tls-protocols", "TLSv1.3"]),
    ]
    let ca = "ca=\(authority.ca)"
    let own = "cert=\(good.certificate)&key=\(good.key)"
    // The server, the host that is dialed, the items, and what is said; of errors what is told after the address.
    let cases: [(server: String, host: String, items: String, said: String)] = [
      ("good", "localhost", ca, "PONG"),
      ("good", "127.0.0.1", ca, "PONG"),
      ("good", "127.0.0.1", "\(ca)&server_name=localhost", "PONG"),
      ("good", "localhost", "\(ca)&server_name=127.0.0.1", "PONG"),
      ("good", "localhost", "", "unknown issuer"),
      ("good", "localhost", "ca=\(stranger.ca)", "unknown issuer"),
      ("good", "localhost", "\(ca)&server_name=a.b", "certificate is for localhost, 127.0.0.1, not a.b"),
      ("named", "127.0.0.1", "\(ca)&server_name=redis.internal", "PONG"),
      ("named", "localhost", ca, "certificate is for redis.internal, not localhost"),
      ("named", "127.0.0.1", ca, "certificate is for redis.internal, not 127.0.0.1"),
      ("expired", "localhost", ca, "certificate has expired (2020-02-01)"),
      ("alone", "localhost", ca, "self-signed certificate"),
      ("alone", "localhost", "ca=\(alone.certificate)", "PONG"),
      ("clients", "localhost", "\(ca)&\(own)", "PONG"),
      ("clients", "localhost", ca, "the server wants a client certificate"),
      ("old clients", "localhost", "\(ca)&\(own)", "PONG"),
      ("old", "localhost", ca, "PONG"),
      ("old", "localhost", "\(ca)&tls_min=1.3", "the server speaks no version of TLS that may be spoken"),
      ("new", "localhost", "\(ca)&tls_min=1.3", "PONG"),
      ("good", "localhost", "ca=/none.pem", "/none.pem: No such file or directory"),
      ("good", "localhost", "ca=\(good.key)", "\(good.key): it has no certificate in PEM"),
      (
        "good", "localhost", "\(ca)&cert=\(authority.ca)&key=\(good.key)",
        "\(authority.ca) is not a certificate with its key in PEM"
      ),
    ]
    for (name, host, items, wanted) in cases {
      let place = "\(host):\(try #require(servers[name]).port)"
      let said = try await Self.said("rediss://\(place)?\(items)")
      let whole = wanted == "PONG" ? wanted : "<tls> no secure connection to Redis: \(place): \(wanted)"
      // Before OpenSSL has words for it, it reads the file: what it says then is its own.
      #expect(items == "ca=\(good.key)" ? said.hasPrefix(whole) : said == whole, "\(name), \(items)")
    }
  }

  /// Nothing is told to a server whose certificate is not good, the password least of all.
  @Test func noPasswordGoesToAStranger() async throws {
    let authority = try await Authority()
    let other = try await authority.issue(["DNS:other.internal"])
    let redis = try await SecureRedis(certificate: other.certificate, key: other.key)
    let url = "rediss://me:hunter2@127.0.0.1:\(redis.port)?ca=\(authority.ca)"
    #expect(try await Self.said(url).contains("not 127.0.0.1"))
    let admin = redis.server.patientClient()
    let log = try await admin.send(RedisCommand("ACL", "LOG")).elements
    #expect(log.isEmpty)
    // The same login to whom it is meant for is tried, and told there.
    let named = url + "&server_name=other.internal"
    #expect(try await Self.said(named).contains("WRONGPASS"))
    #expect(try await admin.send(RedisCommand("ACL", "LOG")).elements.count == 1)
  }

  @Test func aPortWithoutTLSIsSaid() async throws {
    let port = try FreePort.find()
    let redis = try await RedisServer(["--port", "\(port)"])
    var settings = RedisSettings(try RedisURL("rediss://127.0.0.1:\(port)"))
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .milliseconds(500)
    let failures = Watched<[RedisError]>([])
    let client = RedisClient(settings) { event in
      if case .failed(let error) = event { failures.change { $0.append(error) } }
    }
    let asking = Task { try? await client.send(RedisCommand("PING")) }
    await failures.wait { !$0.isEmpty }
    asking.cancel()
    // It waits for the end of a line; where what we say happens to have one, it answers, and not in TLS.
    let possible: [RedisError] = [
      .tls("127.0.0.1:\(port): no TLS: wrong version number"),
      .unreachable(
        "127.0.0.1:\(port) does not answer the handshake of TLS; is that a port with TLS?"),
    ]
    let first = try #require(failures.value.first)
    #expect(possible.contains(first), "\(first)")
    #expect(redis.processID != nil)
  }

  /// A server that goes away during the handshake may be back soon: that is no fault of TLS.
  @Test func whoHangsUpIsUnreachable() async throws {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(HangUp())
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    defer { listener.close(promise: nil) }
    let port = try #require(listener.localAddress?.port)
    let failures = Watched<[RedisError]>([])
    let client = RedisClient(RedisSettings(try RedisURL("rediss://127.0.0.1:\(port)"))) { event in
      if case .failed(let error) = event { failures.change { $0.append(error) } }
    }
    let asking = Task { try? await client.send(RedisCommand("PING")) }
    await failures.wait { !$0.isEmpty }
    asking.cancel()
    let reason = "the server closed it during the handshake of TLS"
    #expect(failures.value.first == .unreachable(reason))
  }

  @Test func aSubscriptionIsSecured() async throws {
    let authority = try await Authority()
    let good = try await authority.issue(["IP:127.0.0.1"])
    let redis = try await SecureRedis(certificate: good.certificate, key: good.key)
    let url = "rediss://127.0.0.1:\(redis.port)?ca=\(authority.ca)&name=secured"
    let client = try Self.client(url)
    var events = client.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else {
      Issue.record("not subscribed")
      return
    }
    let admin = redis.server.patientClient()
    let port = ":\(redis.port) "
    let clients = try await admin.send(RedisCommand("CLIENT", "LIST", "TYPE", "pubsub")).string ?? ""
    #expect(clients.contains(port) && clients.contains("name=secured"), "\(clients)")
    let large = String(repeating: "x", count: 300_000)
    #expect(await admin.said("PUBLISH", "news", large) == "1")
    guard case .message("news", let payload)? = await events.next() else {
      Issue.record("no message")
      return
    }
    #expect(payload.string == large)
    let stranger = try Self.client(url + "&server_name=other")
    var refused = stranger.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .lost(.tls(let why))? = await refused.next() else {
      Issue.record("subscribed")
      return
    }
    #expect(why.hasSuffix("certificate is for 127.0.0.1, not other"))
  }

  /// Many requests, large ones, and their replies arrive whole and in order.
  @Test func whatIsSaidArrivesWhole() async throws {
    let authority = try await Authority()
    let good = try await authority.issue(["IP:127.0.0.1"])
    let redis = try await SecureRedis(certificate: good.certificate, key: good.key)
    let client = try Self.client("rediss://127.0.0.1:\(redis.port)?ca=\(authority.ca)")
    let values = (0..<300).map { String(repeating: "\($0) ", count: 1 + ($0 * $0) % 20_000) }
    let answers = await client.pipeline(values.map { RedisCommand("ECHO", $0) })
    #expect(answers.map(\.shown) == values)
  }

  /// A connection stays as it is, and the next one is made with the files as they are then.
  @Test func filesAreReadAgain() async throws {
    let authority = try await Authority()
    let stranger = try await Authority()
    let good = try await authority.issue(["IP:127.0.0.1"])
    let redis = try await SecureRedis(
      certificate: good.certificate, key: good.key, clients: authority.ca)
    let admin = redis.server.patientClient()
    let folder = try TestFolder()
    func put(_ name: String, from path: String) throws {
      // In one step, as a rotation does it.
      let text = try folder.write("\(name).new", try String(contentsOfFile: path, encoding: .utf8))
      #expect(rename(text, "\(folder.path)/\(name)") == 0)
    }
    try put("ca", from: stranger.ca)
    try put("cert", from: good.certificate)
    try put("key", from: good.key)
    let place = "127.0.0.1:\(redis.port)"
    let client = try Self.client(
      "rediss://\(place)?ca=\(folder.path)/ca&cert=\(folder.path)/cert&key=\(folder.path)/key")
    func why() async -> String {
      do throws(RedisError) {
        return try await client.send(RedisCommand("PING")).shown
      } catch {
        return "\(error)"
      }
    }
    let sentence = "no secure connection to Redis: \(place): "
    #expect(await why() == sentence + "unknown issuer")
    try put("ca", from: authority.ca)
    _ = await client.ask(["PING"]) { $0 == "PONG" }
    _ = try folder.write("cert", "no certificate")
    // The one that is there does not care.
    #expect(await client.said("PING") == "PONG")
    func lose() async {
      #expect(await admin.said("CLIENT", "KILL", "TYPE", "normal") == "1")
    }
    await lose()
    _ = await client.ask(["PING"]) { $0 == "<tls>" }
    #expect(await why() == sentence + "\(folder.path)/cert is not a certificate in PEM")
    let next = try await authority.issue(["DNS:next.internal"])
    try put("cert", from: next.certificate)
    #expect(await why() == sentence + "\(folder.path)/cert is not a certificate with its key in PEM")
    try put("key", from: next.key)
    _ = await client.ask(["PING"]) { $0 == "PONG" }
    try put("ca", from: stranger.ca)
    await lose()
    _ = await client.ask(["PING"]) { $0 == "<tls>" }
    #expect(await why() == sentence + "unknown issuer")
  }
}

/// Takes what is said first, and goes.
private final class HangUp: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.close(promise: nil)
  }
}
