import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("The Prometheus page, byte for byte as lua-resty's")
struct StatusPrometheusTests {
  static let heading = """
    # HELP nginx_upstream_status_info The running status of nginx upstream
    # TYPE nginx_upstream_status_info gauge

    """

  static let cases: [(String, [UpstreamView], String)] = [
    ("no upstream", [], ""),
    (
      "primaries, then backups, then the upstream", [Samples.foo],
      """
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12354",status="UP",role="PRIMARY"} 1
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12354",status="DOWN",role="PRIMARY"} 0
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12355",status="UP",role="PRIMARY"} 0
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12355",status="DOWN",role="PRIMARY"} 1
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12356",status="UP",role="BACKUP"} 1
      nginx_upstream_status_info{name="foo.com",endpoint="127.0.0.1:12356",status="DOWN",role="BACKUP"} 0
      nginx_upstream_status_info{name="foo.com",status="UP"} 1
      nginx_upstream_status_info{name="foo.com",status="DOWN"} 0
      nginx_upstream_status_info{name="foo.com",status="UNKNOWN"} 0

      """
    ),
    (
      "without a checker: unknown, and no peers", [Samples.bar],
      """
      nginx_upstream_status_info{name="bar.com",status="UP"} 0
      nginx_upstream_status_info{name="bar.com",status="DOWN"} 0
      nginx_upstream_status_info{name="bar.com",status="UNKNOWN"} 1

      """
    ),
    (
      "without peers: down", [Samples.upstream("none", [])],
      """
      nginx_upstream_status_info{name="none",status="UP"} 0
      nginx_upstream_status_info{name="none",status="DOWN"} 1
      nginx_upstream_status_info{name="none",status="UNKNOWN"} 0

      """
    ),
    (
      "only the backup is up: up",
      [Samples.upstream("b", [Samples.record("p", .primary, .down), Samples.record("q", .backup)])],
      """
      nginx_upstream_status_info{name="b",endpoint="p",status="UP",role="PRIMARY"} 0
      nginx_upstream_status_info{name="b",endpoint="p",status="DOWN",role="PRIMARY"} 1
      nginx_upstream_status_info{name="b",endpoint="q",status="UP",role="BACKUP"} 1
      nginx_upstream_status_info{name="b",endpoint="q",status="DOWN",role="BACKUP"} 0
      nginx_upstream_status_info{name="b",status="UP"} 1
      nginx_upstream_status_info{name="b",status="DOWN"} 0
      nginx_upstream_status_info{name="b",status="UNKNOWN"} 0

      """
    ),
    (
      "label values are escaped, all are down",
      [Samples.upstream("e", [Samples.record("unix:/a\"\\\n", .primary, .down)])],
      #"""
      nginx_upstream_status_info{name="e",endpoint="unix:/a\"\\\n",status="UP",role="PRIMARY"} 0
      nginx_upstream_status_info{name="e",endpoint="unix:/a\"\\\n",status="DOWN",role="PRIMARY"} 1
      nginx_upstream_status_info{name="e",status="UP"} 0
      nginx_upstream_status_info{name="e",status="DOWN"} 1
      nginx_upstream_status_info{name="e",status="UNKNOWN"} 0

      """#
    ),
  ]

  @Test(arguments: cases)
  func bytes(_ what: String, _ upstreams: [UpstreamView], _ expected: String) {
    #expect(String(decoding: StatusPrometheus.render(upstreams), as: UTF8.self) == Self.heading + expected)
  }
}
