package import Health
package import Matching

/// What the answers of one upstream must hold, made ready once for all its probes. Of one thread.
package final class ExpectedAnswer {
  struct Header {
    /// In lower case.
    var name: [UInt8]
    var shown: String
    var test: Test
  }

  enum Test {
    case present
    case equals([UInt8])
    case matches(Pattern)
  }

  let headers: [Header]
  let searches: [ByteSearch]
  let patterns: [Pattern]
  let json: [(path: JsonPath, wanted: JsonExpectation)]
  let readLimit: Int
  /// The request is HEAD: whatever the headers say, no body comes.
  let isOfHead: Bool
  let readsBody: Bool

  /// - Throws: `PatternFault` for a regular expression or a path that cannot be used; settings refuse those.
  package init(_ expectations: Expectations, request: [UInt8]) throws(PatternFault) {
    var headers: [Header] = []
    for header in expectations.headers {
      let test: Test =
        switch header.test {
        case .present: .present
        case .equals(let text): .equals(Array(text.utf8))
        case .matches(let text): .matches(try Pattern(text, over: .text))
        }
      headers.append(Header(name: Array(header.name.lowercased().utf8), shown: header.name, test: test))
    }
    self.headers = headers
    searches = expectations.bodyContains.map { ByteSearch(Array($0.utf8)) }
    var patterns: [Pattern] = []
    for text in expectations.bodyMatches { patterns.append(try Pattern(text, over: .text)) }
    self.patterns = patterns
    var json: [(path: JsonPath, wanted: JsonExpectation)] = []
    for wanted in expectations.json { json.append((try JsonPath(wanted.path), wanted)) }
    self.json = json
    readLimit = max(1, expectations.readLimit)
    isOfHead = request.starts(with: Array("HEAD ".utf8))
    readsBody = expectations.readsBody
  }

  /// More of the body is kept than is shown.
  var keepsBody: Bool { !patterns.isEmpty || !json.isEmpty }
}
