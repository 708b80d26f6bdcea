import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1

struct StatusCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, prometheus
  }

  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the status that a running node serves.",
    discussion: """
      Ends with 1 when the node cannot be asked.

      Examples:
        quorate status
        quorate status --url http://127.0.0.1:9090 --format json
      """)

  @Option(help: ArgumentHelp("Where the node serves.", valueName: "url"))
  var url = "http://127.0.0.1:8080"

  @Option(help: "What to print: text, json or prometheus.")
  var format = Format.text

  /// Bytes of a page that are read: enough for 100,000 peers.
  private static let longestPage = 256 << 20

  func validate() throws {
    guard url.hasPrefix("http://"), URL(string: url)?.host() != nil else {
      throw ValidationError("--url is the address of a node, like http://127.0.0.1:8080")
    }
  }

  func run() async throws {
    let base = url.hasSuffix("/") ? String(url.dropLast()) : url
    let page = base + "/status" + (format == .text ? "" : "?format=\(format.rawValue)")
    let client = HTTPClient(configuration: Self.askingOnce)
    do {
      try await show(page, client)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  /// Where nobody listens, that is the answer: it is not asked again until the time is over.
  private static var askingOnce: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  private func show(_ page: String, _ client: HTTPClient) async throws {
    do {
      let response = try await client.execute(HTTPClientRequest(url: page), timeout: .seconds(10))
      let body = String(buffer: try await response.body.collect(upTo: Self.longestPage))
      guard response.status.code == 200 else {
        StandardError.write("quorate: \(page) answers \(response.status.code): \(body)")
        throw ExitCode.failure
      }
      print(body, terminator: body.hasSuffix("\n") || body.isEmpty ? "" : "\n")
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
