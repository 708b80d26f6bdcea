/// Follows where requests begin in the bytes of a connection, for what the decoder does not understand.
struct LineWatch: Sendable {
  /// The bytes that the decoder is looking at.
  private var bytes: [UInt8]?
  /// The bytes before them ended inside of a request's head.
  private var isInsideHead = false
  /// What the decoder did not understand of them.
  private var strange: StrangeLine?

  /// Not nil: what the decoder had not understood is judged now.
  mutating func bytesCame(_ bytes: [UInt8]) -> RequestCheck.Fault? {
    self.bytes = bytes
    guard strange?.verdict == .undecided else { return nil }
    strange?.add(bytes)
    return judged
  }

  /// Whether they end inside of a request's head.
  mutating func bytesWereRead() -> Bool {
    guard let bytes else { return false }
    isInsideHead = !Self.endsAfterBlankLine(bytes)
    self.bytes = nil
    return isInsideHead
  }

  /// Nil: more of the line has to come.
  mutating func methodIsUnknown() -> RequestCheck.Fault? {
    strange = StrangeLine(bytes ?? [], hasBegun: isInsideHead)
    return judged
  }

  private var judged: RequestCheck.Fault? {
    switch strange?.verdict {
    case .request: .method
    case .garbage: .noHttp
    case .undecided, nil: nil
    }
  }

  private static func endsAfterBlankLine(_ bytes: [UInt8]) -> Bool {
    bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) || bytes.suffix(2).elementsEqual("\n\n".utf8)
  }
}
