import Cluster
import Health
import Ledger
import Testing

/// Several checks of one peer: all of them have to hold.
@Suite struct CheckTests {
  /// A peer is asked over plain TCP ("port"), and its status page ("admin").
  static func twoChecks(_ change: (inout Checker) -> Void = { _ in }) -> UpstreamDefinition {
    .make(.foo, [.one]) {
      $0.name = "port"
      var admin = Checker(kind: .http, request: Array("GET / HTTP/1.0\r\n\r\n".utf8))
      admin.name = "admin"
      admin.thresholds = $0.thresholds
      admin.port = 81
      $0.others = [admin]
      change(&$0)
    }
  }

  private static let unwell = Outcome(.failure(.badStatusCode), status: 503, detail: "503")

  /// A peer of two checks that both hold.
  private static func rig(_ definition: UpstreamDefinition = twoChecks()) -> MachineRig {
    var rig = MachineRig()
    rig.handle(.configured([definition]))
    rig.probe(.one, "port", MachineRig.good)
    rig.probe(.one, "admin", MachineRig.good)
    return rig
  }

  @Test func eachCheckIsProbedByItsOwnSettings() throws {
    let rig = Self.rig()
    let (port, admin) = (try #require(rig.target(.one, "port")), try #require(rig.target(.one, "admin")))
    #expect(port.group != admin.group && port.phaseMs != admin.phaseMs)
    #expect(rig.groups[port.group]?.kind == .tcp && rig.groups[port.group]?.others == [])
    #expect(rig.groups[admin.group]?.kind == .http && rig.groups[admin.group]?.port == 81)
  }

  @Test(arguments: ["port", "admin"]) func oneCheckThatFailsTakesThePeerDown(check: String) throws {
    var rig = Self.rig()
    rig.probe(.one, check == "port" ? "admin" : "port", MachineRig.good)
    rig.probe(.one, check, Self.unwell, times: 2)
    #expect(rig.record(.one)?.status == .up)
    rig.probe(.one, check, Self.unwell)
    let record = try #require(rig.record(.one))
    #expect(record.status == .down && record.evidence == .confirmed && record.reason == "L7STS")
    #expect(rig.transitions().last?.detail == "bad status code from 127.0.0.1:1: check \(check): 503")
    rig.probe(.one, check, MachineRig.good, times: 2)
    #expect(rig.record(.one)?.status == .up)
  }

  /// Two failures of each are four in a row, and no run of three.
  @Test func eachCheckHasItsOwnRun() {
    var rig = Self.rig()
    for _ in 0..<2 {
      rig.probe(.one, "port", MachineRig.refused)
      rig.probe(.one, "admin", Self.unwell)
    }
    #expect(rig.record(.one)?.status == .up)
    rig.probe(.one, "port", MachineRig.good)
    rig.probe(.one, "admin", Self.unwell)
    #expect(rig.record(.one)?.status == .down)
  }

  @Test func thePeerComesUpWhenTheLastCheckDoes() {
    var rig = Self.rig()
    rig.probe(.one, "port", MachineRig.refused, times: 3)
    rig.probe(.one, "admin", Self.unwell, times: 3)
    rig.pass(10_200)
    #expect(rig.shown[.foo]?.peers.first?.report?.detail.hasSuffix("(down as well: admin)") == true)
    rig.probe(.one, "port", MachineRig.good, times: 5)
    #expect(rig.record(.one)?.status == .down)
    rig.pass(200)
    #expect(rig.shown[.foo]?.peers.first?.report?.detail == "check admin: 503")
    rig.probe(.one, "admin", MachineRig.good, times: 2)
    #expect(rig.record(.one)?.status == .up)
    #expect(rig.transitions().map(\.to) == [.down, .up])
  }

  /// What has not been seen may fail: it is no vote for up. One that fails is enough for down.
  @Test func aCheckWithoutResultsIsNoVoteForUp() {
    var rig = MachineRig()
    rig.handle(.configured([Self.twoChecks()]))
    rig.probe(.one, "port", MachineRig.good, times: 3)
    #expect(rig.record(.one)?.evidence == .assumed)
    rig.probe(.one, "port", MachineRig.refused, times: 3)
    #expect(rig.record(.one)?.status == .down && rig.record(.one)?.evidence == .confirmed)
  }

  @Test func aCheckThatIsOverdueMakesTheViewStale() {
    var rig = Self.rig()
    rig.probe(.one, "port", MachineRig.good, times: 12)
    #expect(rig.record(.one)?.evidence == .stale && rig.record(.one)?.status == .up)
    rig.probe(.one, "admin", MachineRig.good)
    #expect(rig.record(.one)?.evidence == .confirmed)
    // One that fails is enough, whatever is not known of the other.
    rig.probe(.one, "port", MachineRig.refused, times: 12)
    #expect(rig.record(.one)?.status == .down && rig.record(.one)?.evidence == .confirmed)
  }

  @Test func onlyTheCheckThatTurnsIsProbedFaster() throws {
    var rig = Self.rig(Self.twoChecks { $0.others[0].fastIntervalMs = 200 })
    rig.probe(.one, "port", MachineRig.refused)
    #expect(rig.paced.isEmpty)
    rig.probe(.one, "admin", Self.unwell)
    #expect(rig.paced == [try #require(rig.target(.one, "admin")).id: 200])
  }

  // MARK: Other settings

  @Test func aCheckThatLeavesTakesItsVerdictAlong() {
    var rig = Self.rig()
    rig.probe(.one, "admin", Self.unwell, times: 3)
    #expect(rig.record(.one)?.status == .down)
    rig.handle(.configured([Self.twoChecks { $0.others = [] }]))
    #expect(rig.groups.count == 1 && rig.targets.count == 1)
    rig.probe(.one, "port", MachineRig.good)
    #expect(rig.record(.one)?.status == .up)
  }

  /// Checks keep their runs by name, whatever their order.
  @Test func checksThatStayKeepTheirRuns() {
    var rig = Self.rig()
    rig.probe(.one, "admin", Self.unwell, times: 2)
    rig.probe(.one, "port", MachineRig.refused)
    let definition = Self.twoChecks {
      var admin = $0.others[0]
      var port = $0
      port.others = []
      admin.others = [port]
      $0 = admin
    }
    rig.handle(.configured([definition]))
    rig.probe(.one, "admin", Self.unwell)
    #expect(rig.record(.one)?.status == .down)
    rig.probe(.one, "admin", MachineRig.good, times: 2)
    #expect(rig.record(.one)?.status == .up)
    rig.probe(.one, "port", MachineRig.refused, times: 2)
    #expect(rig.record(.one)?.status == .down)
  }

  @Test func aNewCheckTurnsNothingBeforeItsRunIsFull() {
    var rig = Self.rig(Self.twoChecks { $0.others = [] })
    rig.handle(.configured([Self.twoChecks()]))
    rig.probe(.one, "port", MachineRig.good)
    rig.probe(.one, "admin", Self.unwell, times: 2)
    #expect(rig.record(.one)?.status == .up)
    rig.probe(.one, "admin", Self.unwell)
    #expect(rig.record(.one)?.status == .down)
  }

  /// Ports and paths of a peer are for the first check; its name is for all.
  @Test func whatAPeerHasOfItsOwnIsForTheFirstCheck() throws {
    var definition = Self.twoChecks()
    definition.peers[0].overrides = PeerOverrides(port: 8080, host: "one.internal", path: "/one")
    let rig = Self.rig(definition)
    #expect(rig.target(.one, "port")?.overrides == definition.peers[0].overrides)
    #expect(rig.target(.one, "admin")?.overrides == PeerOverrides(host: "one.internal"))
  }

  // MARK: Several nodes

  /// What one node's check says is one vote; it takes the quorum, and the reason names the check.
  @Test func theVotesOfSeveralNodesAreCountedAsOfOneCheck() throws {
    let definition = Self.twoChecks()
    var rig = ClusterRig.three([definition])
    rig.pass(20_000)
    #expect(rig.stored(.one)?.votes?.up == 3)
    rig.dead = [.one]
    let took = rig.pass(20_000) { $0.stored(.one)?.status == .down }
    #expect(try #require(took) <= 6000)
    rig.dead = []
    let back = rig.pass(20_000) { $0.stored(.one)?.status == .up }
    #expect(try #require(back) <= 6000)
  }
}
