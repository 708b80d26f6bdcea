import Backends
import FoundationEssentials
import Glibc
import TestServers

/// The examples as they are in the repository.
enum ExampleFiles {
  static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })
  static let examples = "\(root)/docs/examples"
  static let lua = "\(root)/docker/openresty"

  /// Python with the client library; `make deps` makes it.
  static func python() throws -> String {
    let path = "\(root)/.build-python/bin/python"
    guard access(path, X_OK) == 0 else { throw TestServerError("there is no \(path): run make deps") }
    return path
  }

  /// follow.py, started.
  static func follower(
    _ url: String, namespace: String = DecidingLeader.namespace, upstream: String = "foo.com",
    environment: [String: String] = [:]
  ) throws -> Child {
    try python(["\(examples)/follow.py", url, namespace, upstream], environment: environment)
  }

  /// Python that finds the examples, and leaves nothing beside them.
  static func python(_ arguments: [String], environment: [String: String] = [:]) throws -> Child {
    let own = ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": examples]
    return try Child(python(), arguments, environment: environment.merging(own) { $1 })
  }

  /// The example nginx.conf with each of these texts replaced; each must be in it.
  static func nginxConf(_ changes: [(String, String)]) throws -> String {
    var text = try String(contentsOfFile: "\(lua)/nginx.conf", encoding: .utf8)
    for (old, new) in changes {
      guard text.contains(old) else { throw TestServerError("nginx.conf has no \(old)") }
      text = text.replacing(old, with: new)
    }
    return text
  }
}
