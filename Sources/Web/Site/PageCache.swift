import Ledger
import NIOCore

/// A rendered page, shared by everyone who reads it.
struct KeptPage: Sendable {
  var body: ByteBuffer
  /// Quoted, for `ETag`: of the content, so that a change that changes nothing here costs readers nothing.
  var tag: String
  /// The body as gzip: made when somebody asks for it, and kept with the page. Nil: nobody has, or it would not be
  /// smaller.
  private(set) var packed: ByteBuffer?
  private var isPacked = false

  init(_ bytes: [UInt8]) {
    body = ByteBuffer(bytes: bytes)
    // The hash differs from run to run, which costs a reader one more page after a restart.
    var hasher = Hasher()
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    tag = "\"\(String(UInt(bitPattern: hasher.finalize()), radix: 36))\""
  }

  mutating func pack() {
    if !isPacked { packed = Gzip.compress(body, level: Gzip.thorough) }
    isPacked = true
  }
}

/// Pages that are rendered when they are asked for and kept until what they show has changed.
///
/// An actor that never waits inside a call: whoever asks while a page is being rendered gets that very page.
actor PageCache<Key: Hashable & Sendable> {
  typealias Version = @Sendable (BoardState) -> UInt64
  typealias Render = @Sendable (Key, BoardState) -> [UInt8]

  private let board: Board
  private let capacity: Int
  private let version: Version
  private let render: Render
  private var kept: [Key: (version: UInt64, lastUse: UInt64, page: KeptPage)] = [:]
  private var uses: UInt64 = 0

  /// - Parameters:
  ///   - capacity: how many pages are kept, 1 or more; the one not used for longest goes first.
  ///   - version: what of the board the pages depend on; a page holds while this is the same.
  init(board: Board, capacity: Int, version: @escaping Version, render: @escaping Render) {
    self.board = board
    self.capacity = max(1, capacity)
    self.version = version
    self.render = render
  }

  /// - Parameter packed: the reader takes gzip.
  func page(_ key: Key, packed: Bool = false) -> KeptPage {
    let state = board.current
    let now = version(state)
    uses += 1
    let found = kept[key].flatMap { $0.version == now ? $0.page : nil }
    if found == nil { makeRoom(for: key) }
    var page = found ?? KeptPage(render(key, state))
    if packed { page.pack() }
    kept[key] = (now, uses, page)
    return page
  }

  private func makeRoom(for key: Key) {
    guard kept[key] == nil, kept.count >= capacity else { return }
    if let oldest = kept.min(by: { $0.value.lastUse < $1.value.lastUse })?.key { kept[oldest] = nil }
  }
}
