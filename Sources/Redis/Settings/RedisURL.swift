/// What is wrong with a Redis URL. The text never quotes the URL, because a password is in it.
package struct RedisURLError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension RedisSettings {
  /// Settings from a URL:
  /// `redis://[[user]:password@]host[:port][/database]` (port 6379, database 0), or
  /// `unix://[[user]:password@]/path/of/socket`, each with `?` and, joined by `&`:
  /// `password-file=PATH`, `password-env=NAME`, `name=CLIENT`, `database=NUMBER`.
  ///
  /// User, password, path and the values after `?` may be percent-encoded. One source of a password at most.
  package init(url: String) throws(RedisURLError) {
    guard let scheme = url.firstIndex(of: ":"), url[scheme...].hasPrefix("://") else {
      throw RedisURLError("the Redis URL does not begin with redis:// or unix://")
    }
    var rest = url[url.index(scheme, offsetBy: 3)...]
    let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] } ?? ""
    rest = rest.prefix { $0 != "?" }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let at = rest[..<slash].lastIndex(of: "@")
    let authority = at.map { rest[rest.index(after: $0)..<slash] } ?? rest[..<slash]
    switch url[..<scheme] {
    case "redis":
      self.init(try Self.address(authority))
      let number = rest[slash...].dropFirst()
      if !number.isEmpty { database = try Self.databaseNumber(number) }
    case "unix":
      guard authority.isEmpty, rest[slash...].count > 1 else {
        throw RedisURLError("a unix URL is unix:///path/of/socket")
      }
      self.init(.unix(path: try Percent.decode(rest[slash...])))
    case "rediss": throw RedisURLError("rediss:// (TLS) is not supported yet")
    default: throw RedisURLError("the Redis URL does not begin with redis:// or unix://")
    }
    if let at { try setCredentials(rest[..<at]) }
    for item in query.split(separator: "&") { try setItem(item) }
  }

  private static func address(_ authority: Substring) throws(RedisURLError) -> RedisAddress {
    var host = authority
    var port: Substring?
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = authority[authority.index(after: authority.startIndex)..<end]
      let after = authority[end...].dropFirst()
      guard after.isEmpty || after.hasPrefix(":") else {
        throw RedisURLError("the host of the Redis URL is bad")
      }
      port = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[colon...].dropFirst()
    }
    let isPlain = host.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    guard !host.isEmpty, isPlain else { throw RedisURLError("the Redis URL has no good host") }
    guard let port else { return .tcp(host: String(host), port: 6379) }
    guard port.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(port), (1...65535).contains(number)
    else { throw RedisURLError("the port of the Redis URL is not a number from 1 to 65535") }
    return .tcp(host: String(host), port: number)
  }

  private static func databaseNumber(_ text: Substring) throws(RedisURLError) -> Int {
    guard text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), text.count <= 5, let number = Int(text) else {
      throw RedisURLError("the database of the Redis URL is not a number")
    }
    return number
  }

  private mutating func setCredentials(_ text: Substring) throws(RedisURLError) {
    guard let colon = text.firstIndex(of: ":") else {
      throw RedisURLError("before the @ of the Redis URL stands user:password, or :password")
    }
    let name = try Percent.decode(text[..<colon])
    user = name.isEmpty ? nil : name
    let secret = try Percent.decode(text[colon...].dropFirst())
    if !secret.isEmpty { password = .text(secret) }
  }

  private mutating func setItem(_ item: Substring) throws(RedisURLError) {
    let name = item.prefix { $0 != "=" }
    let value = try Percent.decode(item.dropFirst(name.count + 1))
    switch name {
    case "name": clientName = value
    case "database": database = try Self.databaseNumber(value[...])
    case "password-file", "password-env":
      guard password == .none else { throw RedisURLError("the Redis URL has two passwords") }
      password = name == "password-file" ? .file(path: value) : .environment(name: value)
    default:
      throw RedisURLError(
        "after the ? of the Redis URL only password-file, password-env, name and database are known")
    }
  }
}

/// `%2F` and the like.
private enum Percent {
  static func decode(_ text: Substring) throws(RedisURLError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, !digits.hasPrefix("+"), let value = UInt8(digits, radix: 16) else {
        throw RedisURLError("the Redis URL has a % without two hexadecimal digits")
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RedisURLError("the Redis URL is not UTF-8 once its % are decoded")
    }
    return text
  }
}
