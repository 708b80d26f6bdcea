/// One field of a request or an answer. The names that begin with a colon are HTTP/2's own (RFC 9113, 8.3).
package struct HTTP2Field: Hashable, Sendable {
  /// In lower case.
  package var name: String
  package var value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: String) {
    self.init(name: name, value: Array(value.utf8))
  }
}

/// A request, whole, as it is made of a connection that asks nothing else.
package struct HTTP2Request: Hashable, Sendable {
  /// `:method` and its like first, each once.
  package var fields: [HTTP2Field]
  package var body: [UInt8]

  package init(fields: [HTTP2Field], body: [UInt8] = []) {
    self.fields = fields
    self.body = body
  }
}
