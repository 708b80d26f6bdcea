import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("The text page, byte for byte as lua-resty's")
struct StatusTextTests {
  static let cases: [(String, [UpstreamView], String)] = [
    ("no upstream", [], ""),
    (
      "primary, backup, down, and one without checker", [Samples.foo, Samples.bar],
      """
      Upstream foo.com
          Primary Peers
              127.0.0.1:12354 UP
              127.0.0.1:12355 DOWN
          Backup Peers
              127.0.0.1:12356 UP

      Upstream bar.com (NO checkers)
          Primary Peers
              127.0.0.1:1 UP
          Backup Peers

      """
    ),
    (
      "no peers", [Samples.upstream("empty", [])],
      "Upstream empty\n    Primary Peers\n    Backup Peers\n"
    ),
    (
      "order of the configuration", [Samples.upstream("z", []), Samples.upstream("a", [])],
      "Upstream z\n    Primary Peers\n    Backup Peers\n\nUpstream a\n    Primary Peers\n    Backup Peers\n"
    ),
    (
      "other kinds of names",
      [
        Samples.upstream(
          "u", [Samples.record("[::1]:80"), Samples.record("unix:/run/a.sock", .backup, .down)])
      ],
      "Upstream u\n    Primary Peers\n        [::1]:80 UP\n    Backup Peers\n        unix:/run/a.sock DOWN\n"
    ),
    (
      "a name cannot forge a line",
      [Samples.upstream("u", [Samples.record("unix:/a UP\n        b", .primary, .down)])],
      "Upstream u\n    Primary Peers\n        unix:/a UP\\x0a        b DOWN\n    Backup Peers\n"
    ),
  ]

  @Test(arguments: cases)
  func bytes(_ what: String, _ upstreams: [UpstreamView], _ expected: String) {
    #expect(String(decoding: StatusText.render(upstreams), as: UTF8.self) == expected)
  }
}
