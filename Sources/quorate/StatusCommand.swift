import ArgumentParser
import AsyncHTTPClient
import Console
import FoundationEssentials
import Glibc
import Health
import Ledger
import NIOCore
import NIOHTTP1
import Reading

struct StatusCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, prometheus
  }

  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the status of the peers, from a running node or from Redis.",
    discussion: """
      Ends with 1 when neither can be asked. From Redis, upstreams that nobody leads at the moment are named on standard
      error, and the JSON is marked stale.

      Examples:
        quorate status
        quorate status --url http://127.0.0.1:9090 --format json
        quorate status --redis redis://127.0.0.1:6379 --upstream foo.com
      """)

  @Option(help: ArgumentHelp("Where a node serves (default: http://127.0.0.1:8080).", valueName: "url"))
  var url: String?

  @OptionGroup var redis: RedisOptions

  @Option(
    name: .customLong("upstream"),
    help: ArgumentHelp("From Redis only this upstream; may be repeated (default: all).", valueName: "name"))
  var upstreams: [String] = []

  @Option(help: "What to print: text, json or prometheus.")
  var format = Format.text

  /// Bytes of a page that are read: enough for 100,000 peers.
  private static let longestPage = 256 << 20

  func validate() throws {
    guard let url else {
      for (flag, isGiven) in [("--upstream", !upstreams.isEmpty), ("--namespace", redis.namespace != nil)]
      where isGiven && !redis.isGiven {
        throw ValidationError("\(flag) wants --redis: a node shows all of its own")
      }
      return
    }
    guard url.hasPrefix("http://"), let parts = URL(string: url), parts.host() != nil, parts.query() == nil,
      parts.fragment() == nil, parts.user() == nil
    else {
      throw ValidationError("--url is the address of a node, like http://127.0.0.1:8080")
    }
    guard redis.redis == nil, redis.config == nil, redis.namespace == nil, upstreams.isEmpty else {
      throw ValidationError(
        "--url asks a node; --redis, --config, --namespace and --upstream ask Redis: give one or the other")
    }
  }

  func run() async throws {
    if url == nil, redis.isGiven { return try await showLedger() }
    let base = url ?? "http://127.0.0.1:8080"
    let page =
      (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/status"
      + (format == .text ? "" : "?format=\(format.rawValue)")
    let client = HTTPClient(configuration: Self.askingOnce)
    let body: String
    do {
      body = try await read(page, client)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw error
    }
    try show(body)
  }

  private func showLedger() async throws {
    let session = try await LedgerSession.open(redis)
    var names: [UpstreamName] = []
    for name in upstreams { names.append(try await session.upstream(name).name) }
    if upstreams.isEmpty {
      names = try await session.read { store throws(LedgerError) in try await store.upstreams().keys.sorted()
      }
    }
    let wanted = names
    let reading = try await session.read { store throws(LedgerError) in
      // The text and Prometheus' metric say nothing of nodes.
      try await StatusReading.read(store, wanted, expiryMs: format == .json ? session.target.expiryMs : nil)
    }
    for remark in reading.remarks { StandardError.write("quorate: \(remark)") }
    let page =
      switch format {
      case .text: StatusText.render(reading.views)
      case .prometheus: StatusPrometheus.render(reading.views)
      case .json:
        StatusJson.render(reading.views, stale: !reading.leaderless.isEmpty, in: reading.cluster)
      }
    try show(String(decoding: page, as: UTF8.self))
  }

  private func show(_ page: String) throws {
    try StandardOutput.write(page, terminator: page.hasSuffix("\n") || page.isEmpty ? "" : "\n")
  }

  /// Where nobody listens, that is the answer: it is not asked again until the time is over.
  private static var askingOnce: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  private func read(_ page: String, _ client: HTTPClient) async throws -> String {
    do {
      let response = try await client.execute(HTTPClientRequest(url: page), timeout: .seconds(10))
      let body = String(buffer: try await response.body.collect(upTo: Self.longestPage))
      guard response.status.code == 200 else {
        StandardError.write("quorate: \(page) answers \(response.status.code): \(body)")
        throw ExitCode.failure
      }
      return body
    } catch let error as HTTPClientError {
      throw unreachable(page, "\(error.shortDescription)")
    } catch let exit as ExitCode {
      throw exit
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      throw unreachable(page, "connection refused")
    } catch {
      throw unreachable(page, "\(error)")
    }
  }

  private func unreachable(_ page: String, _ why: String) -> ExitCode {
    StandardError.write("quorate: cannot read \(page): \(why); is `quorate serve` running there?")
    return .failure
  }
}
