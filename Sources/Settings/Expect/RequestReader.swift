import Addresses
import Health

/// Reads what a request is composed of.
struct RequestReader {
  let diagnostics: Diagnostics
  let dialect: Dialect

  /// Headers that follow from other options, with what says them.
  private static let own = [
    "host": "host_header says it", "connection": "each probe has a connection of its own",
    "content-length": "it follows from body", "transfer-encoding": "body is sent whole",
    "accept-encoding": "what is compressed cannot be compared",
  ]
  static let mostHeaders = 64
  private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  /// - Parameter name: of the option.
  static func path(_ text: String, _ name: String = "path") throws(ValueError) -> String {
    guard text.hasPrefix("/"), isPlain(text), text.utf8.count <= 4096 else {
      throw ValueError(
        what: "\(name) \"\(Quoting.short(text))\" is not the path of a request",
        remedy: "begin with /, without spaces and control characters; others as %20 and the like")
    }
    return text
  }

  /// What may stand in the first line of a request.
  private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7e).contains($0) } }

  static func hostHeader(_ text: String) throws(ValueError) -> String {
    guard !text.isEmpty, isPlain(text), text.utf8.count <= 1000 else {
      throw ValueError(
        what: "host_header \"\(Quoting.short(text))\" is not the name of a host",
        remedy: "write a name, with a port where the peer wants one: shop.example or shop.example:8080")
    }
    return text
  }

  func method(_ text: String) throws(ValueError) -> String {
    if Self.methods.contains(text) { return text }
    let meant = Self.methods.first { $0 == text.uppercased() }
    throw ValueError(
      what: "method \"\(Quoting.short(text))\" cannot be used",
      remedy: meant.map { "write \(dialect.assign("method", yaml: $0, lua: "\"\($0)\""))" }
        ?? "use one of \(Self.methods.joined(separator: ", "))")
  }

  func headers(_ value: Value) throws(ValueError) -> [RequestParts.Header] {
    guard case .map(let entries) = value.content, dialect == .yaml else {
      throw ValueError(
        what: "\"headers\" is \(value.kind)\(dialect == .lua ? ", which is not read from Lua" : "")",
        remedy: "in YAML, write a mapping: headers: {Authorization: \"Bearer …\"}")
    }
    guard entries.count <= Self.mostHeaders else {
      throw ValueError(
        what: "there are \(entries.count) headers", remedy: "give at most \(Self.mostHeaders)")
    }
    var names: Set<String> = []
    return entries.compactMap { entry in
      diagnostics.value(entry.location) { () throws(ValueError) in
        let name = try Self.headerName(entry.key)
        if let why = Self.own[name.lowercased()] {
          throw ValueError(what: "the header \(name) cannot be given: \(why)", remedy: "remove it")
        }
        guard names.insert(name.lowercased()).inserted else {
          throw ValueError(what: "the header \(name) is given already", remedy: "keep one")
        }
        return RequestParts.Header(name: name, value: try headerValue(entry))
      }
    }
  }

  static func headerName(_ text: String) throws(ValueError) -> String {
    let isName = text.utf8.allSatisfy { $0.isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    guard isName, !text.isEmpty, text.utf8.count <= 200 else {
      throw ValueError(
        what: "\"\(Quoting.short(text))\" is not the name of a header", remedy: "write it like X-Ready")
    }
    return text
  }

  private func headerValue(_ entry: Entry) throws(ValueError) -> String {
    guard case .scalar(let scalar) = entry.value.content else {
      throw ValueError(what: "the header \(entry.key) is \(entry.value.kind)", remedy: "write one value")
    }
    // The value is not quoted: it may be a password.
    guard scalar.bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }), scalar.bytes.count <= 8192,
      let text = String(validating: scalar.bytes, as: UTF8.self)
    else {
      throw ValueError(
        what: "the value of the header \(entry.key) has characters that no header can have, or is too long",
        remedy: "write it on one line, of at most 8192 bytes")
    }
    return text
  }

  func body(_ value: Value) throws(ValueError) -> [UInt8] {
    guard case .scalar(let scalar) = value.content else {
      throw ValueError(what: "\"body\" is \(value.kind)", remedy: "write a text")
    }
    guard scalar.bytes.count <= Limits.requestBytes else {
      throw ValueError(
        what: "\"body\" has \(scalar.bytes.count) bytes", remedy: "at most \(Limits.requestBytes) are sent")
    }
    return scalar.bytes
  }
}
