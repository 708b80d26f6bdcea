import Health

/// Takes a line apart, word by word. Every error says what was found and what should stand there.
struct WordReader {
  private var words: ArraySlice<Substring>
  private let all: Int

  init(_ words: some Sequence<Substring>) {
    self.words = ArraySlice(words)
    all = self.words.count
  }

  init(_ text: some StringProtocol) {
    self.init(text.split(separator: " ").map { Substring($0) })
  }

  var isAtEnd: Bool { words.isEmpty }
  var next: Substring? { words.first }

  mutating func skip(_ word: String) -> Bool {
    guard words.first == word[...] else { return false }
    words.removeFirst()
    return true
  }

  /// - Parameter wanted: what should stand there, for the error.
  mutating func word(_ wanted: String) throws(Misreading) -> Substring {
    guard let word = words.popFirst() else {
      throw Misreading(what: "the line ends where \(wanted) should stand")
    }
    return word
  }

  mutating func expect(_ word: String) throws(Misreading) {
    let found = try self.word("'\(word)'")
    guard found == word[...] else { throw Misreading(what: "'\(found)' stands where '\(word)' should") }
  }

  mutating func end() throws(Misreading) {
    if let extra = words.first { throw Misreading(what: "'\(extra)' is too much; take it away") }
  }

  mutating func number(
    _ wanted: String, _ range: ClosedRange<Int64> = 0...1_000_000_000
  ) throws(Misreading) -> Int64 {
    let found = try word(wanted)
    guard let number = Int64(found), range.contains(number) else {
      throw Misreading(
        what: "'\(found)' is not \(wanted); write a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// By letter.
  mutating func node() throws(Misreading) -> Int {
    let found = try word("a node")
    guard let node = (0..<26).first(where: { Setup.node($0) == found }) else {
      throw Misreading(what: "'\(found)' is no node; write its letter, a to z, or 'leader'")
    }
    return node
  }

  /// By name.
  mutating func upstream() throws(Misreading) -> Int {
    let found = try word("an upstream")
    guard let number = Self.upstream(found) else {
      let names = Setup.upstreamNames.map(\.text).joined(separator: ", ")
      throw Misreading(what: "'\(found)' is no upstream; they are called \(names)")
    }
    return number
  }

  /// The first one, where none is named.
  mutating func optionalUpstream() -> Int {
    guard let number = words.first.flatMap(Self.upstream) else { return 0 }
    words.removeFirst()
    return number
  }

  private static func upstream(_ word: Substring) -> Int? {
    Setup.upstreamNames.firstIndex { $0.text == word }
  }

  mutating func nodes() throws(Misreading) -> [Int] {
    var nodes: [Int] = []
    while !isAtEnd { nodes.append(try node()) }
    return nodes
  }

  /// By number, from 0.
  mutating func peer() throws(Misreading) -> Int { Int(try number("a peer", 0...999)) }

  mutating func peers() throws(Misreading) -> [Int] {
    var peers: [Int] = []
    while !isAtEnd { peers.append(try peer()) }
    return peers
  }

  mutating func timeMs(_ wanted: String = "a time") throws(Misreading) -> Int64 {
    let number = try word(wanted)
    let unit = try word("the unit of '\(number)': ms, s or h")
    guard let ms = TimeText.readMs(number, unit: unit) else {
      throw Misreading(what: "'\(number) \(unit)' is no time; write it like 20 s, 800 ms, 1.5 s or 1 h")
    }
    return ms
  }

  /// With a sign.
  mutating func leapMs() throws(Misreading) -> Int64 {
    let number = try word("how far the clock leaps")
    let unit = try word("the unit of '\(number)': ms, s or h")
    guard let sign = number.first, sign == "+" || sign == "-",
      let ms = TimeText.readMs(number.dropFirst(), unit: unit)
    else { throw Misreading(what: "'\(number) \(unit)' is no leap; write it like +1 h or -3 s") }
    return sign == "-" ? -ms : ms
  }

  /// A clock's, in thousandths.
  mutating func rate() throws(Misreading) -> Int64 {
    let found = try word("a rate")
    guard let permille = TimeText.readThousandths(found), (100...10_000).contains(permille) else {
      throw Misreading(what: "'\(found)' is no rate; 1.5 is half as fast again, 0.667 a third slower")
    }
    return permille
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ wanted: String, of: Choice.Type
  ) throws(Misreading) -> Choice where Choice.RawValue == String {
    let found = try word(wanted)
    guard let choice = Choice(rawValue: String(found)) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw Misreading(what: "'\(found)' is not \(wanted); write one of \(names)")
    }
    return choice
  }
}
