import Health
import Ledger
import Settings

/// What is known of a file with peers.
struct FileWatch: Sendable {
  /// Tells one file of one upstream from others, over several readings of the settings.
  struct Key: Hashable, Sendable {
    var upstream: UpstreamName
    var path: String
  }

  struct Counts: Hashable, Sendable {
    var taken: UInt64 = 0
    var refused: UInt64 = 0
  }

  /// The index of its upstream.
  let upstream: Int
  let key: Key
  var path: String { key.path }
  /// What the file was when it was read last; nil: it is to be read again.
  var stamp: FileStamp?
  /// Peers whose names are looked up first.
  var waiting: [PeerSettings]?
  var trouble: PeerSourceView.Trouble?
  /// When it was read with success: milliseconds since 1970; 0: with the settings.
  var readMs: Int64 = 0
  var counts = Counts()

  init(upstream: Int, name: UpstreamName, path: String) {
    self.upstream = upstream
    key = Key(upstream: name, path: path)
  }
}
