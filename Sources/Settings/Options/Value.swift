/// A value as YAML and Lua both can write it, before anybody knows what it is for.
struct Value {
  enum Content {
    /// Nothing: YAML's `null` or empty value, Lua's `nil`. As if the option were not there.
    case none
    case scalar(Scalar)
    case list([Value])
    case map([Entry])
    /// Its problem was told already.
    case unreadable
  }

  var content: Content
  var location: SourceLocation

  var isNone: Bool {
    if case .none = content { true } else { false }
  }

  /// What it is, for messages.
  var kind: String {
    switch content {
    case .none, .unreadable: "nothing"
    case .scalar(let scalar): "\"\(Quoting.short(scalar.bytes))\""
    case .list: "a list"
    case .map: "a mapping"
    }
  }
}

/// One text, number or truth value.
struct Scalar {
  /// Need not be UTF-8: Lua's strings are bytes.
  var bytes: [UInt8]
  /// Escapes such as `\r\n` were not read as such: YAML's plain, single-quoted and block texts.
  var isLiteral: Bool
  /// It stands without quotes, so that `true` may be a truth value and `1` a number.
  var isPlain = false

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// One key and its value.
struct Entry {
  var key: String
  var location: SourceLocation
  var value: Value
}

/// In which language an option stands, for remedies that can be pasted.
enum Dialect {
  case yaml
  case lua

  func assign(_ key: String, yaml: String, lua: String? = nil) -> String {
    switch self {
    case .yaml: "\(key): \(yaml)"
    case .lua: "\(key) = \(lua ?? yaml)"
    }
  }
}
