import Glibc

/// What a file of peers held when it was read while the node runs.
package struct PeersFileReading: Sendable {
  /// Or every problem, each with its file and line.
  package var peers: Result<[PeerSettings], Problems>
  /// What the file was before it was read; nil: it was not there.
  package var stamp: FileStamp?

  package init(peers: Result<[PeerSettings], Problems>, stamp: FileStamp? = nil) {
    self.peers = peers
    self.stamp = stamp
  }
}

extension PeersFile {
  /// Reads it again.
  package func read() -> PeersFileReading {
    let stamp = FileStamp(path)
    let diagnostics = Diagnostics()
    let peers = PeersFileReader(diagnostics: diagnostics).read(path, namedAt: SourceLocation(file: path))
    return PeersFileReading(
      peers: diagnostics.problems.isEmpty ? .success(peers) : .failure(Problems(diagnostics.problems)),
      stamp: stamp)
  }
}

/// Tells one content of a file from another without reading it. Links are followed, so that a link that leads elsewhere now
/// is another file.
package struct FileStamp: Hashable, Sendable {
  private var device: UInt64
  private var inode: UInt64
  private var size: Int64
  private var seconds: Int
  private var nanoseconds: Int

  /// Nil where there is no such file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }

  /// It was written within the two seconds before this moment (seconds since 1970): clocks of file systems are coarse, and it
  /// may have been written again since with the same stamp.
  package func isFresh(atSeconds now: Int) -> Bool { now - seconds < 2 }
}
