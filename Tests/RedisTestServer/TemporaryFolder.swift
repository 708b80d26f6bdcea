import Foundation

/// A folder of its own under the system's temporary one, with a path short enough for a unix socket.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws(TestServerError) {
    var template = Array("/tmp/redis-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestServerError("no temporary folder: \(errno)") }
    path = template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
  }

  deinit {
    // A server that was killed while it saved leaves a child that writes on for a moment.
    for _ in 0..<100 where FileManager.default.fileExists(atPath: path) {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  package func file(_ name: String) -> String { path + "/" + name }
}

package struct TestServerError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
