import BenchTools
import Glibc

/// Where the contestants are, and which core each may use.
enum BenchHost {
  /// Debian keeps servers where not everybody's PATH looks.
  static var haproxy: String {
    ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].first { access($0, X_OK) == 0 } ?? "haproxy"
  }

  static var nginx: String {
    ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].first { access($0, X_OK) == 0 } ?? "nginx"
  }

  /// The contestant and the responder each have a core; with one core they share it.
  static let contestantCore = max(Machine.cores - 2, 0)
  static let responderCore = Machine.cores - 1
}
