/// One command with its arguments, which may be any bytes.
///
/// Arguments lie one after the other in one buffer: a command of a thousand arguments has two allocations.
/// `description` shows the name and the number of arguments only, because an argument may be a secret.
package struct RedisCommand: Sendable {
  private(set) var bytes: [UInt8]
  /// Where each argument ends in `bytes`; the first is the name of the command.
  private(set) var ends: [Int]

  /// - Parameters:
  ///   - name: `HSET`; one word, as a container command's second word is an argument.
  ///   - arguments: further ones can be appended.
  package init(_ name: String, _ arguments: String...) {
    self.init(name, arguments: arguments)
  }

  package init(_ name: String, arguments: [String]) {
    bytes = []
    bytes.reserveCapacity(16 + 24 * arguments.count)
    ends = []
    ends.reserveCapacity(1 + arguments.count)
    append(name)
    for argument in arguments { append(argument) }
  }

  /// Room for `arguments` more of `bytes` together, so that appending them allocates nothing.
  package mutating func reserve(arguments: Int, bytes: Int) {
    self.bytes.reserveCapacity(self.bytes.count + bytes)
    ends.reserveCapacity(ends.count + arguments)
  }

  package mutating func append(_ argument: String) {
    var argument = argument
    argument.withUTF8 { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  package mutating func append(_ argument: [UInt8]) {
    bytes.append(contentsOf: argument)
    ends.append(bytes.count)
  }

  /// A number as decimal digits.
  package mutating func append(_ argument: Int) {
    append(String(argument))
  }

  /// The number of arguments, the name among them.
  package var count: Int { ends.count }
}

extension RedisCommand: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var name: String {
    PlainText.shown(String(decoding: bytes[..<(ends.first ?? 0)], as: UTF8.self))
  }

  package var description: String {
    count == 1 ? name : "\(name) with \(count - 1) argument\(count == 2 ? "" : "s")"
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["command": description]) }
}
