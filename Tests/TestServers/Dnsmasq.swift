import Backends
import Glibc

/// Debian's dnsmasq as the name server of `.test`, on a port of its own; its hosts can be changed, and it can be stopped
/// and started again.
package final class Dnsmasq: Sendable {
  package let port: UInt16
  private let reserved: ReservedPort
  private let folder: TestFolder
  private let running = Watched<Child?>(nil)

  /// Answers when this returns.
  ///
  /// - Parameters:
  ///   - hosts: lines as of /etc/hosts.
  ///   - options: more of them: `--srv-host=…`.
  package init(hosts: String = "", _ options: [String] = []) async throws {
    reserved = try ReservedPort()
    port = reserved.port
    folder = try TestFolder()
    try folder.write("hosts", hosts)
    try await start(options)
  }

  /// `127.0.0.1:5353`, as `resolver:` takes it.
  package var address: String { "127.0.0.1:\(port)" }

  package func start(_ options: [String] = []) async throws {
    let child = try Child(
      Programs.dnsmasq,
      [
        "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--local=/test/",
        "--port=\(port)",
        "--listen-address=127.0.0.1", "--bind-interfaces", "--addn-hosts=\(folder.path)/hosts",
        "--log-facility=-",
      ] + options)
    running.change { $0 = child }
    try await says("hosts - ", child, from: 0)
  }

  /// Nobody answers when this returns.
  package func stop() async { await running.value?.stop() }

  /// Answers by these when this returns.
  package func tell(hosts: String) async throws {
    try folder.write("hosts", hosts)
    guard let child = running.value else { return }
    let start = child.state.value.error.whole.count
    child.signal(SIGHUP)
    try await says("hosts - ", child, from: start)
  }

  private func says(_ text: String, _ child: Child, from start: Int) async throws {
    guard await child.line(with: text, from: start) != nil else {
      throw TestServerError("dnsmasq does not say \"\(text)\":\n\(child.state.value.error.text)")
    }
  }
}
