package import Health
import Matching

/// What the command line expects of an answer: `status=200-299`, `header=X-Ready`, `header=X-Ready: yes`,
/// `header~Content-Type: ^text/`, `body=ok`, `body~^ok`, `json=$.status=ok`.
package struct ExpectationFlags: Hashable, Sendable {
  /// Ascending, none twice.
  package private(set) var statuses: [UInt16] = []
  package private(set) var expectations = Expectations()

  /// Why a flag cannot be used, with what to write.
  package struct Fault: Error, CustomStringConvertible {
    package var description: String
  }

  package init(_ texts: [String]) throws(Fault) {
    for text in texts {
      do throws(ValueError) {
        try add(text)
      } catch {
        throw Fault(description: "--expect \(Quoting.short(text)): \(error.what); \(error.remedy)")
      }
    }
    statuses = Set(statuses).sorted()
  }

  private mutating func add(_ text: String) throws(ValueError) {
    guard let sign = text.firstIndex(where: { $0 == "=" || $0 == "~" }) else { throw Self.unknown(text) }
    let isPattern = text[sign] == "~"
    let value = String(text[text.index(after: sign)...])
    switch (text[..<sign], isPattern) {
    case ("status", false): statuses += try StatusCodes.parse(value, .yaml)
    case ("header", _): try add(header: value, isPattern)
    case ("body", true):
      expectations.bodyMatches.append(try PatternCheck.pattern(value, "body", over: .text))
    case ("body", false):
      guard !value.isEmpty else { throw ValueError(what: "it is empty", remedy: "write body=TEXT") }
      expectations.bodyContains.append(value)
    case ("json", false): try add(json: value)
    default: throw Self.unknown(text)
    }
  }

  private static func unknown(_ text: String) -> ValueError {
    ValueError(
      what: "this says nothing to expect",
      remedy: "write status=CODES, header=NAME, header=NAME: VALUE, header~NAME: EXPRESSION, body=TEXT, "
        + "body~EXPRESSION or json=$.PATH=VALUE")
  }

  private mutating func add(header text: String, _ isPattern: Bool) throws(ValueError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = try RequestReader.headerName((parts.first ?? "").trimmed)
    guard parts.count == 2 else {
      if isPattern {
        throw ValueError(what: "no expression is given", remedy: "write header~NAME: EXPRESSION")
      }
      return expectations.headers.append(HeaderExpectation(name: name, test: .present))
    }
    let value = parts[1].trimmed
    let test: HeaderExpectation.Test =
      isPattern ? .matches(try PatternCheck.pattern(value, "header", over: .text)) : .equals(value)
    expectations.headers.append(HeaderExpectation(name: name, test: test))
  }

  /// The last `=` outside of brackets parts path and value; a value in quotes is a text.
  private mutating func add(json text: String) throws(ValueError) {
    let isSplit = { (index: String.Index) in
      (try? PatternCheck.path(String(text[..<index]))) != nil
    }
    guard let sign = text.indices.first(where: { text[$0] == "=" && isSplit($0) }) else {
      throw ValueError(what: "there is no path, = and value", remedy: "write json=$.status=ok")
    }
    let value = String(text[text.index(after: sign)...])
    let isQuoted = value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
    expectations.json.append(
      JsonExpectation(
        path: String(text[..<sign]),
        value: isQuoted ? .string(String(value.dropFirst().dropLast())) : ExpectReader.scalar(plain: value)))
  }
}
