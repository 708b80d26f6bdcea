import Backends
import FoundationEssentials
import Glibc
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// The short form of `make chaos`: three nodes, real servers, and faults at random. It wants root, and to be wanted:
  /// `QUORATE_CHAOS=1`, as long as a run still finds something now and then (docs/guarantees.md).
  @Suite(.serialized) struct ChaosTests {
    private static let isToBeHad =
      geteuid() == 0 && ProcessInfo.processInfo.environment["QUORATE_CHAOS"] == "1"

    @Test(.enabled(if: isToBeHad), arguments: [(1.0, false), (1.0, true)])
    func nothingFalseIsTold(minutes: Double, inCluster isCluster: Bool) async throws {
      let run = try Child(
        Programs.built("quorate-chaos"),
        ["--minutes", "\(minutes)", "--seed", "20261128"] + (isCluster ? ["--cluster"] : []))
      #expect(
        await run.end(within: .seconds(400)) == .exit(0), "\(run.state.value.output.text.suffix(20_000))")
      #expect(run.state.value.output.text.contains(" 0 violations."))
    }
  }
}
