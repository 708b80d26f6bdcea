import Probing
import Testing

/// The messages of gRPC's health service, byte by byte.
@Suite struct HealthMessageTests {
  @Test(
    arguments: [
      ("", [0, 0, 0, 0, 0]), ("a", [0, 0, 0, 0, 3, 0x0a, 1, 97]),
      ("shop.Cart", [0, 0, 0, 0, 11, 0x0a, 9] + Array("shop.Cart".utf8)),
      (
        String(repeating: "x", count: 200),
        [0, 0, 0, 0, 203, 0x0a, 0xc8, 1] + [UInt8](repeating: 120, count: 200)
      ),
    ] as [(String, [UInt8])])
  func aServiceIsAskedFor(service: String, bytes: [UInt8]) {
    #expect(HealthMessage.request(service) == bytes)
  }

  @Test(
    arguments: [
      ([8, 1], .status(1)), ([], .status(0)), ([8, 2], .status(2)), ([8, 0x80, 1], .status(128)),
      // Of several the last one counts; fields that nobody knows are passed over.
      ([8, 2, 8, 1], .status(1)), ([0x12, 2, 8, 9, 8, 1], .status(1)),
      ([0x11, 1, 2, 3, 4, 5, 6, 7, 8, 8, 1, 0x1d, 1, 2, 3, 4], .status(1)), ([0x18, 5, 8, 3], .status(3)),
      ([8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], .status(.max)),
      ([8], .malformed("a message that is no health status")),
      ([8, 0x80], .malformed("a message that is no health status")),
      ([0, 1], .malformed("a message that is no health status")),
      ([0x0b], .malformed("a message that is no health status")),
      ([0x12, 9, 1], .malformed("a message that is no health status")),
      (
        [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1],
        .malformed("a message that is no health status")
      ),
      (
        [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        .malformed("a message that is no health status")
      ),
    ] as [([UInt8], HealthMessage.Reading)])
  func aStatusIsRead(message: [UInt8], reading: HealthMessage.Reading) {
    #expect(HealthMessage.status(in: [0, 0, 0, 0, UInt8(message.count)] + message) == reading)
  }

  @Test(
    arguments: [
      ([], "no message"), ([0, 0, 0, 0], "no message"), ([1, 0, 0, 0, 0], "a message that is compressed"),
      ([0, 0, 0, 0, 2, 8], "a message of 2 bytes in 1"), ([0, 0, 0, 0, 0, 8], "a message of 0 bytes in 1"),
      ([0, 0xff, 0xff, 0xff, 0xff], "a message of 4294967295 bytes in 0"),
    ] as [([UInt8], String)])
  func whatIsNoMessageIsTold(bytes: [UInt8], what: String) {
    #expect(HealthMessage.status(in: bytes) == .malformed(what))
  }
}
