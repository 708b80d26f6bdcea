/// The headers of an answer as they come, and what they say of the body.
struct AnswerHead {
  enum Progress: Equatable {
    case more
    case tooLong
    case end
  }

  private var bytes: [UInt8] = []
  /// Where the line begins that has not ended.
  private var lineStart = 0

  /// Takes what belongs to the headers, the empty line included.
  mutating func take(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Progress {
    while at < piece.count {
      let byte = piece[at]
      at += 1
      bytes.append(byte)
      if byte == 0x0a {
        let isEmpty = bytes[lineStart...].allSatisfy { $0 == 0x0a || $0 == 0x0d }
        lineStart = bytes.count
        if isEmpty { return .end }
      }
      if bytes.count >= StatusLine.longest { return .tooLong }
    }
    return .more
  }

  /// Hands over each header: the name as it was sent, the value without spaces around it. A line that begins with a
  /// space goes on with the one before.
  func visit(_ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void) {
    var lines = bytes.split(separator: 0x0a)[...]
    while let line = lines.popFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      var value = Self.trimmed(line[(colon + 1)...])
      while let next = lines.first, next.first == 0x20 || next.first == 0x09, !Self.trimmed(next).isEmpty {
        value = (Array(value) + [0x20] + Self.trimmed(next))[...]
        lines.removeFirst()
      }
      body(line[..<colon], value)
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0d }
    var bytes = bytes.drop(while: isSpace)
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return bytes
  }

  /// Whether a status line, which is one, says HTTP/1.0.
  static func isOld(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.count > 8 && line[5] == UInt8(ascii: "1") && line[7] == UInt8(ascii: "0") && line[8] <= 0x20
  }

  /// Whether two names are one, in any case.
  static func isName(_ name: ArraySlice<UInt8>, _ lower: [UInt8]) -> Bool {
    guard name.count == lower.count else { return false }
    return zip(name, lower).allSatisfy { byte, other in
      (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte) == other
    }
  }

  /// The values of the headers with this name, in lower case.
  func values(of name: StaticString) -> [String] {
    let lower = Array(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    var values: [String] = []
    visit { name, value in
      if Self.isName(name, lower) { values.append(String(decoding: value, as: UTF8.self).lowercased()) }
    }
    return values
  }
}

extension AnswerHead {
  /// How the body is framed (RFC 9112, 6.3), and whether the peer waits for another request afterwards.
  struct Framing {
    var body: BodyReader
    var isPersistent: Bool
    /// Why the body cannot be read as it is; nil: it can.
    var hindrance: String?
  }

  /// - Parameters:
  ///   - isOld: HTTP/1.0, whose connections end unless something else is said.
  ///   - isStreamed: HTTP/2, which frames the body itself.
  ///   - hasNoBody: whatever the headers say.
  func framing(isOld: Bool, isStreamed: Bool, hasNoBody: Bool, readLimit: Int) -> Framing {
    let connection = values(of: "connection").joined(separator: ",")
    var isPersistent = !isOld
    if connection.contains("close") { isPersistent = false }
    if connection.contains("keep-alive") { isPersistent = true }
    if hasNoBody {
      return Framing(body: BodyReader(.length(0), limit: readLimit), isPersistent: isPersistent)
    }
    var framing = Framing(body: BodyReader(.untilEnd, limit: readLimit), isPersistent: false)
    let transfer = values(of: "transfer-encoding").joined(separator: ",")
    let lengths = Set(values(of: "content-length"))
    if isStreamed {
      // The lengths that are told have been held against what comes.
    } else if transfer == "chunked" {
      framing = Framing(body: BodyReader(.chunks, limit: readLimit), isPersistent: isPersistent)
    } else if !transfer.isEmpty {
      framing.hindrance = "the body has the transfer coding \(Printable.piece(transfer))"
    } else if let text = lengths.first {
      if lengths.count == 1, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
        framing = Framing(
          body: BodyReader(.length(Int(text) ?? Int.max), limit: readLimit), isPersistent: isPersistent)
      } else {
        framing.hindrance =
          "the length of the body is \(Printable.piece(lengths.sorted().joined(separator: ", ")))"
      }
    }
    let coding = values(of: "content-encoding").filter { $0 != "identity" && !$0.isEmpty }
    if let first = coding.first { framing.hindrance = "the body is compressed (\(Printable.piece(first)))" }
    return framing
  }
}
