import CPcre2

/// A regular expression of PCRE2, compiled, with limits on what a search may cost: what would run for longer is given up,
/// with a word on why. One thread at a time may use it.
package final class Pattern {
  /// What is searched.
  package enum Subject: Sendable {
    /// UTF-8; what is none of it matches nothing.
    case text
    /// Bytes; `^` and `$` also match at line ends.
    case bytes
  }

  package enum Match: Hashable, Sendable {
    /// Ends there.
    case found(end: Int)
    case none
    /// It depends on what follows; whatever is found begins there or later.
    case open(start: Int)
    /// The reason, as a clause: `it takes more than 500000 steps`.
    case gaveUp(String)
  }

  /// The effort of a search that is left to it: an item of the expression that is tried costs 1, eight characters that are
  /// run over as much. Several searches for one answer share it.
  package struct Effort: Sendable {
    package static let usual = 500_000
    package var left: Int
    fileprivate var position = 0

    package init(_ left: Int = Self.usual) { self.left = left }
  }

  /// Bytes of an expression.
  package static let longest = 1000
  private static let mostBacktracks: UInt32 = 1_000_000
  private static let deepest: UInt32 = 20_000
  private static let mostKiB: UInt32 = 4096

  package let text: String
  private let code: OpaquePointer
  private let match: OpaquePointer
  private let context: OpaquePointer

  /// - Throws: `PatternFault` with the place where the expression is wrong.
  package init(_ text: String, over subject: Subject) throws(PatternFault) {
    self.text = text
    guard text.utf8.count <= Self.longest else {
      throw PatternFault(what: "it has \(text.utf8.count) bytes, of at most \(Self.longest)", offset: nil)
    }
    code = try Self.compile(text, subject)
    guard let match = pcre2_match_data_create_from_pattern_8(code, nil),
      let context = pcre2_match_context_create_8(nil)
    else {
      pcre2_code_free_8(code)
      throw PatternFault(what: "there is no memory for it", offset: nil)
    }
    self.match = match
    self.context = context
    pcre2_set_match_limit_8(context, Self.mostBacktracks)
    pcre2_set_depth_limit_8(context, Self.deepest)
    pcre2_set_heap_limit_8(context, Self.mostKiB)
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_match_data_free_8(match)
    pcre2_code_free_8(code)
  }

  private static func compile(_ text: String, _ subject: Subject) throws(PatternFault) -> OpaquePointer {
    let context = pcre2_compile_context_create_8(nil)
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
    // Each item that is tried calls back, so that its effort can be counted.
    var options = UInt32(PCRE2_AUTO_CALLOUT) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    switch subject {
    case .text: options |= UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF)
    case .bytes: options |= UInt32(PCRE2_MULTILINE) | UInt32(PCRE2_NEVER_UTF)
    }
    var number: Int32 = 0
    var offset = 0
    let bytes = Array(text.utf8)
    let code = bytes.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var nothing: UInt8 = 0
      return withUnsafePointer(to: &nothing) { end in
        pcre2_compile_8(bytes.baseAddress ?? end, bytes.count, options, &number, &offset, context)
      }
    }
    guard let code else {
      // In characters, as people count.
      let start = String(decoding: bytes.prefix(max(0, min(offset, bytes.count))), as: UTF8.self)
      throw PatternFault(what: message(number), offset: start.unicodeScalars.count)
    }
    return code
  }

  private static func message(_ number: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pcre2_get_error_message_8(number, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer.prefix(Int(count)), as: UTF8.self) : "PCRE2 error \(number)"
  }

  /// - Parameters:
  ///   - bytes: what is searched; a look behind may go back to its first one.
  ///   - start: nothing that begins before counts.
  ///   - isWhole: nothing follows. Otherwise what would depend on that is `open`.
  package func search(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0, isWhole: Bool = true, _ effort: inout Effort
  ) -> Match {
    var nothing: UInt8 = 0
    effort.position = start
    let result = withUnsafeMutablePointer(to: &effort) { effort -> Int32 in
      pcre2_set_callout_8(context, Self.count, effort)
      return withUnsafePointer(to: &nothing) { end in
        pcre2_match_8(
          code, bytes.baseAddress ?? end, bytes.count, start, isWhole ? 0 : UInt32(PCRE2_PARTIAL_HARD), match,
          context)
      }
    }
    pcre2_set_callout_8(context, nil, nil)
    guard let places = pcre2_get_ovector_pointer_8(match) else { return .gaveUp("PCRE2 tells no place") }
    switch result {
    case 0...: return .found(end: max(places[1], places[0]))
    case PCRE2_ERROR_NOMATCH: return .none
    case PCRE2_ERROR_PARTIAL: return .open(start: places[0])
    case PCRE2_ERROR_CALLOUT, PCRE2_ERROR_MATCHLIMIT: return .gaveUp("it takes too many steps")
    case PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT: return .gaveUp("it takes too much memory")
    default: return .gaveUp(Self.message(result))
    }
  }

  private static let count:
    @convention(c) (UnsafeMutablePointer<pcre2_callout_block_8>?, UnsafeMutableRawPointer?) -> Int32 = {
      block, data in
      guard let block, let data else { return 0 }
      let effort = data.assumingMemoryBound(to: Effort.self)
      let position = Int(block.pointee.current_position)
      effort.pointee.left -= 1 + abs(position - effort.pointee.position) / 8
      effort.pointee.position = position
      return effort.pointee.left < 0 ? PCRE2_ERROR_CALLOUT : 0
    }
}

/// Why a regular expression cannot be used.
package struct PatternFault: Error, Hashable, Sendable {
  package var what: String
  /// Characters before the place; nil: it has none.
  package var offset: Int?
}
