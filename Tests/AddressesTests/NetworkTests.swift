import Addresses
import Testing

struct NetworkTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"),
    ("010.0.0.1", "10.0.0.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
    ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ("::ffff:a00:1", "::ffff:10.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("0:0:0:0:0:0:0:0", "::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("1::8", "1::8"),
  ]) func addressesHaveOneSpelling(_ text: String, _ canonical: String) throws {
    #expect(try #require(IPAddress(text)).description == canonical)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.x", "1..2.3", "0001.2.3.4", ":", ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0", "[::1]", "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3.4:5",
    "1.2.3.4::", "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7", "127.0.0.1 ", "é", "::1.2.3",
  ]) func othersAreNoAddresses(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func addressesFromBytes() {
    #expect(IPAddress(bytes: [10, 0, 0, 1])?.text == "10.0.0.1")
    #expect(IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1])?.text == "::1")
    #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    #expect(IPAddress(bytes: []) == nil)
  }

  @Test(arguments: [
    ("127.0.0.1/32", "127.0.0.1", true), ("127.0.0.1/32", "127.0.0.2", false),
    ("10.0.0.0/8", "10.255.255.255", true),
    ("10.0.0.0/8", "11.0.0.0", false), ("10.9.9.9/8", "10.1.1.1", true), ("0.0.0.0/0", "203.0.113.9", true),
    ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "1.2.3.4", false), ("::1/128", "::1", true),
    ("::1", "::2", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
    ("2001:db8::/33", "2001:db8:ffff::1", false),
    ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
    ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
    ("::ffff:10.0.0.0/104", "11.1.2.3", false), ("::ffff:10.0.0.0/90", "10.0.0.1", false),
    ("fe80::/10", "fe80::1%eth0", true), ("all", "1.2.3.4", true), ("all", "::1", true),
    ("all", "nonsense", false),
    ("127.0.0.1", "nonsense", false), ("127.0.0.1", "", false),
  ]) func networksContain(_ network: String, _ client: String, _ isMeant: Bool) throws {
    #expect(try #require(Network(network)).contains(text: client) == isMeant)
  }

  @Test func networksContainBytes() throws {
    let loopback = try #require(Network("127.0.0.0/8"))
    #expect(loopback.contains(bytes: [127, 1, 2, 3]))
    #expect(loopback.contains(bytes: [UInt8](repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1]))
    #expect(!loopback.contains(bytes: [128, 0, 0, 1]))
    #expect(!loopback.contains(bytes: [127]))
  }

  @Test(arguments: [
    "", "all/0", "ALL", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/-1", "127.0.0.1/+8", "::1/129", "10/8", "/8",
    "127.0.0.1/8/9", "127.0.0.1/0008", "localhost", "::ffff:1.2.3.4/129",
  ]) func othersAreNoNetworks(_ text: String) {
    #expect(Network(text) == nil)
  }

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1/32"), ("10.1.2.3/8", "10.0.0.0/8"), ("::1", "::1/128"), ("all", "all"),
    ("::ffff:10.1.2.3/104", "10.0.0.0/8"), ("::ffff:10.1.2.3", "10.1.2.3/32"),
  ]) func networksHaveOneSpelling(_ text: String, _ shown: String) {
    #expect(Network(text)?.description == shown)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.1.0.0/16", true), ("10.1.0.0/16", "10.0.0.0/8", true),
    ("10.0.0.0/8", "11.0.0.0/8", false),
    ("all", "::1", true), ("::1", "all", true), ("::/0", "0.0.0.0/0", false),
  ]) func networksOverlap(_ left: String, _ right: String, _ isSo: Bool) throws {
    #expect(try #require(Network(left)).overlaps(#require(Network(right))) == isSo)
  }
}
