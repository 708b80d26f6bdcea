/// The bytes of a page while it is being written.
///
/// A page of 10,000 peers is a few megabytes: the bytes go straight into one buffer, and each kind of page has its
/// own way to write text that came from outside.
package struct PageBytes: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(reserving capacity: Int = 4096) {
    bytes.reserveCapacity(capacity)
  }

  /// Text of our own, as it is.
  package mutating func raw(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  package mutating func raw(_ more: some Collection<UInt8>) {
    bytes.append(contentsOf: more)
  }

  package mutating func byte(_ byte: UInt8) {
    bytes.append(byte)
  }

  package mutating func number(_ number: some BinaryInteger) {
    raw(String(number))
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
