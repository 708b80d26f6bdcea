import Glibc

/// Reads what a child says until it has ended, on a thread of its own, and fetches its end.
struct ChildReader: Sendable {
  private let spawned: Spawn
  private let state: Watched<Child.State>

  init(_ spawned: Spawn, _ state: Watched<Child.State>) {
    self.spawned = spawned
    self.state = state
  }

  func run() {
    readAll()
    var status: Int32 = 0
    while waitpid(spawned.pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    let end = signal == 0 ? Child.End.exit(status >> 8 & 0xff) : .signal(signal)
    state.change { $0.end = end }
    state.close()
  }

  private func readAll() {
    var open = [spawned.output, spawned.error]
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while !open.isEmpty {
      var waiting = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&waiting, nfds_t(waiting.count), -1) > 0 || errno == EINTR else { break }
      for entry in waiting where entry.revents != 0 {
        let count = read(entry.fd, &buffer, buffer.count)
        if count <= 0 {
          close(entry.fd)
          open.removeAll { $0 == entry.fd }
        } else {
          receive(Array(buffer[..<count]), from: entry.fd)
        }
      }
    }
  }

  private func receive(_ bytes: [UInt8], from descriptor: Int32) {
    let isOutput = descriptor == spawned.output
    state.change { if isOutput { $0.output.add(bytes) } else { $0.error.add(bytes) } }
  }
}
