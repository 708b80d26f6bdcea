import FoundationEssentials
import Glibc

/// Where the programs are that the tests start.
package enum Programs {
  /// What was built with these tests: beside the bundle that runs them.
  package static let quorate = built("quorate")

  /// The same of another program.
  package static func built(_ name: String) -> String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    // The bundle is a program of its own, or another one loads it and names it among its arguments.
    for bundle in CommandLine.arguments + [own] where bundle.contains(".xctest") {
      let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      let program = folder.joined(separator: "/") + "/" + name
      if access(program, X_OK) == 0 { return program }
    }
    return name
  }

  /// Debian keeps servers where not everybody's PATH looks.
  package static let nginx = server("nginx")
  package static let dnsmasq = server("dnsmasq")

  private static func server(_ name: String) -> String {
    ["/usr/sbin/\(name)", "/usr/local/sbin/\(name)"].first { access($0, X_OK) == 0 } ?? name
  }
}

/// A test could not be set up, or what it waited for did not come.
package struct TestServerError: Error, CustomStringConvertible {
  package let description: String

  package init(_ text: String) {
    description = text
  }
}
