/// What an answer of `http` must hold beside its status line. All of it must be met.
package struct Expectations: Hashable, Sendable {
  package var headers: [HeaderExpectation]
  /// Texts that must each be in the body.
  package var bodyContains: [String]
  /// Regular expressions that must each be found in the body, or in as much of it as is read.
  package var bodyMatches: [String]
  package var json: [JsonExpectation]
  /// Bytes of the body that are read at most: 1 to `mostReadLimit`.
  package var readLimit: Int

  package static let usualReadLimit = 64 * 1024
  package static let mostReadLimit = 1024 * 1024

  package init(
    headers: [HeaderExpectation] = [], bodyContains: [String] = [], bodyMatches: [String] = [],
    json: [JsonExpectation] = [], readLimit: Int = Self.usualReadLimit
  ) {
    self.headers = headers
    self.bodyContains = bodyContains
    self.bodyMatches = bodyMatches
    self.json = json
    self.readLimit = readLimit
  }

  /// Something of the body is asked for.
  package var readsBody: Bool { !bodyContains.isEmpty || !bodyMatches.isEmpty || !json.isEmpty }
  package var isEmpty: Bool { headers.isEmpty && !readsBody }
}

/// A header that an answer must have. Of several with the name, one must do.
package struct HeaderExpectation: Hashable, Sendable {
  package enum Test: Hashable, Sendable {
    case present
    /// The value, spaces around it left out.
    case equals(String)
    /// A regular expression that is found in the value.
    case matches(String)
  }

  /// In any case.
  package var name: String
  package var test: Test

  package init(name: String, test: Test) {
    self.name = name
    self.test = test
  }
}

/// A value that must stand at a place of a JSON document.
package struct JsonExpectation: Hashable, Sendable {
  /// `$.a.b`, `$.a[0]`, `$["a b"]`.
  package var path: String
  package var value: JsonScalar

  package init(path: String, value: JsonScalar) {
    self.path = path
    self.value = value
  }
}

/// A value of JSON that holds no others.
package enum JsonScalar: Hashable, Sendable {
  case string(String)
  /// As it is written.
  case number(String)
  case bool(Bool)
  case null

  /// As JSON writes it, but for characters of strings that need an escape.
  package var text: String {
    switch self {
    case .string(let text): "\"\(text)\""
    case .number(let text): text
    case .bool(let bool): bool ? "true" : "false"
    case .null: "null"
    }
  }
}

/// One step of a conversation over plain TCP: something is sent, and then something is expected.
package struct DialogStep: Hashable, Sendable {
  package enum Expected: Hashable, Sendable {
    /// These bytes come, wherever.
    case contains([UInt8])
    /// A regular expression over bytes is found.
    case matches(String)
  }

  /// Empty: nothing is sent.
  package var send: [UInt8]
  /// Nil: the next step follows at once.
  package var expect: Expected?

  package init(send: [UInt8] = [], expect: Expected? = nil) {
    self.send = send
    self.expect = expect
  }
}
