import FoundationEssentials
package import Health

// `{"body_contains":[text…],"body_matches":[pattern…],"headers":[{"name","equals" or "matches" or neither}…],
// "json":[{"path","value"}…],"read_limit":bytes}`; lists that are empty are left out.
extension Expectations: Codable {
  private enum CodingKeys: String, CodingKey {
    case headers, json
    case bodyContains = "body_contains"
    case bodyMatches = "body_matches"
    case readLimit = "read_limit"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      headers: try values.decodeIfPresent([HeaderExpectation].self, forKey: .headers) ?? [],
      bodyContains: try values.decodeIfPresent([String].self, forKey: .bodyContains) ?? [],
      bodyMatches: try values.decodeIfPresent([String].self, forKey: .bodyMatches) ?? [],
      json: try values.decodeIfPresent([JsonExpectation].self, forKey: .json) ?? [],
      readLimit: try values.decode(Int.self, forKey: .readLimit))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if !headers.isEmpty { try values.encode(headers, forKey: .headers) }
    if !bodyContains.isEmpty { try values.encode(bodyContains, forKey: .bodyContains) }
    if !bodyMatches.isEmpty { try values.encode(bodyMatches, forKey: .bodyMatches) }
    if !json.isEmpty { try values.encode(json, forKey: .json) }
    try values.encode(readLimit, forKey: .readLimit)
  }
}

extension HeaderExpectation: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, equals, matches
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let equals = try values.decodeIfPresent(String.self, forKey: .equals)
    let matches = try values.decodeIfPresent(String.self, forKey: .matches)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      test: equals.map { .equals($0) } ?? matches.map { .matches($0) } ?? .present)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    switch test {
    case .present: break
    case .equals(let text): try values.encode(text, forKey: .equals)
    case .matches(let pattern): try values.encode(pattern, forKey: .matches)
    }
  }
}

extension JsonExpectation: Codable {
  private enum CodingKeys: String, CodingKey {
    case path, value
    /// Beside a number, as it is written: a reader may round it.
    case number
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let path = try values.decode(String.self, forKey: .path)
    if let number = try values.decodeIfPresent(String.self, forKey: .number) {
      self.init(path: path, value: .number(number))
    } else if let bool = try? values.decode(Bool.self, forKey: .value) {
      self.init(path: path, value: .bool(bool))
    } else if let text = try values.decodeIfPresent(String.self, forKey: .value) {
      self.init(path: path, value: .string(text))
    } else {
      self.init(path: path, value: .null)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(path, forKey: .path)
    switch value {
    case .string(let text): try values.encode(text, forKey: .value)
    case .number(let text): try values.encode(text, forKey: .number)
    case .bool(let bool): try values.encode(bool, forKey: .value)
    case .null: try values.encodeNil(forKey: .value)
    }
  }
}

// `{"send" or "send_base64", "expect" or "expect_base64" or "matches"}`, each where it is there.
extension DialogStep: Codable {
  private enum CodingKeys: String, CodingKey {
    case send, expect, matches
    case sendBase64 = "send_base64"
    case expectBase64 = "expect_base64"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(send: try Bytes.decode(values, .send, .sendBase64) ?? [])
    if let bytes = try Bytes.decode(values, .expect, .expectBase64) {
      expect = .contains(bytes)
    } else if let pattern = try values.decodeIfPresent(String.self, forKey: .matches) {
      expect = .matches(pattern)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if !send.isEmpty { try Bytes.encode(send, to: &values, .send, .sendBase64) }
    switch expect {
    case .contains(let bytes): try Bytes.encode(bytes, to: &values, .expect, .expectBase64)
    case .matches(let pattern): try values.encode(pattern, forKey: .matches)
    case nil: break
    }
  }
}

extension RequestParts: Codable {
  private enum CodingKeys: String, CodingKey {
    case method, path, headers, body
    case hostHeader = "host_header"
    case bodyBase64 = "body_base64"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      method: try values.decode(String.self, forKey: .method),
      path: try values.decode(String.self, forKey: .path),
      hostHeader: try values.decodeIfPresent(String.self, forKey: .hostHeader),
      headers: try values.decodeIfPresent([Header].self, forKey: .headers) ?? [],
      body: try Bytes.decode(values, .body, .bodyBase64) ?? [])
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(method, forKey: .method)
    try values.encode(path, forKey: .path)
    try values.encodeIfPresent(hostHeader, forKey: .hostHeader)
    if !headers.isEmpty { try values.encode(headers, forKey: .headers) }
    if !body.isEmpty { try Bytes.encode(body, to: &values, .body, .bodyBase64) }
  }
}

extension RequestParts.Header: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, value
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      value: try values.decode(String.self, forKey: .value))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(value, forKey: .value)
  }
}

/// Bytes that are mostly text: JSON has no bytes, so what is none goes as base 64, under a key of its own.
private enum Bytes {
  static func decode<Key: CodingKey>(
    _ values: KeyedDecodingContainer<Key>, _ text: Key, _ base64: Key
  ) throws -> [UInt8]? {
    if let found = try values.decodeIfPresent(String.self, forKey: text) { return Array(found.utf8) }
    return try values.decodeIfPresent(Data.self, forKey: base64).map { Array($0) }
  }

  static func encode<Key: CodingKey>(
    _ bytes: [UInt8], to values: inout KeyedEncodingContainer<Key>, _ text: Key, _ base64: Key
  ) throws {
    if let found = String(validating: bytes, as: UTF8.self) {
      try values.encode(found, forKey: text)
    } else {
      try values.encode(Data(bytes), forKey: base64)
    }
  }
}
