import Glibc

/// A file as it is now: another one in its place, or another content, has another stamp.
struct FileStamp: Hashable {
  let path: String
  private let inode: UInt64
  private let size: Int64
  private let changedNs: Int64

  static func of(_ path: String?) throws(TLSSetupError) -> FileStamp? {
    if let path { try FileStamp(path) } else { nil }
  }

  init(_ path: String) throws(TLSSetupError) {
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      throw TLSSetupError("\(path): \(String(cString: strerror(errno)))")
    }
    self.path = path
    inode = UInt64(facts.st_ino)
    size = Int64(facts.st_size)
    changedNs = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
  }
}

/// Why connections cannot be secured at all: a file, on this machine.
package struct TLSSetupError: Error, Hashable, Sendable {
  /// `/etc/quorate/ca.pem: No such file or directory`.
  package let text: String

  init(_ text: String) { self.text = text }
}
