import FoundationEssentials
import Glibc

/// Where the programs are that a benchmark starts.
package enum Programs {
  /// This program itself, to be started as a child.
  package static var own: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// A program that was built beside this one.
  package static func sibling(_ name: String) -> String {
    own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
  }
}
