/// Where the password comes from. It is read again for each connection, so that a changed one is taken up.
///
/// Shown by `description`, `dump` and a debugger is the place, never the password.
package enum RedisPassword: Hashable, Sendable {
  case none
  case text(String)
  /// The first line of a file of at most 64 KiB.
  case file(path: String)
  /// A variable of the environment.
  case environment(name: String)
}

extension RedisPassword: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .none: "none"
    case .text: "***"
    case .file(let path): "file \(path)"
    case .environment(let name): "variable \(name)"
    }
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["password": description]) }
}
