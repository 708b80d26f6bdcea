import Health
import Ledger
import Reading
import Testing

/// Whole outputs, as a terminal of 100 columns shows them.
@Suite struct TextTests {
  private let line = EventLine(clock: Samples.utc, paint: Paint(isOn: false))
  private let start = "2026-11-23T03:16:07.000Z foo.com #121 "

  @Test func anEventIsOneLine() {
    #expect(
      line.text(Samples.event(121, Samples.down())) == start
        + "127.0.0.1:12355 is DOWN (L4CON, 2 of 3 votes): failed to connect: connection refused"
    )
    #expect(
      line.text(Samples.event(121, .resync)) == start
        + "resync: all was written again, after Redis had lost something")
    #expect(line.text(Samples.event(121)) == start + "the definition d is in force")
    let override = LedgerEvent.Change.override(Samples.peer, .drain, by: "anna", why: "new disk", rev: 1)
    #expect(
      line.text(Samples.event(121, override)) == start + "127.0.0.1:12355 is drained by anna: \"new disk\"")
    let back = LedgerEvent.Change.override(Samples.peer, .auto, by: "anna", why: "", rev: 2)
    #expect(
      line.text(Samples.event(121, back)) == start + "127.0.0.1:12355 is left to the votes again by anna")
  }

  @Test func nothingFromOutsideReachesTheTerminalAsItIs() {
    let text = line.text(Samples.event(121, Samples.down("\u{1B}]0;x\u{7}\nfoo.com #122 \u{202E}")))
    #expect(text.unicodeScalars.allSatisfy { !Plain.isControl($0) })
  }

  @Test func coloursAreForTerminalsAlone() {
    let coloured = EventLine(clock: Samples.utc, paint: Paint(isOn: true))
    #expect(coloured.text(Samples.event(1, Samples.down())).contains("\u{1B}[31mDOWN\u{1B}[0m"))
  }

  @Test(arguments: [
    (0, "0.0 s"), (-5, "0.0 s"), (1449, "1.4 s"), (9999, "9.9 s"), (10_000, "10 s"),
    (119_999, "119 s"), (240_000, "4 min"), (7_200_000, "2 h"), (172_800_000, "2 days"),
  ])
  func agesAreShort(ms: Int64, text: String) { #expect(Words.age(ms) == text) }

  @Test func aLocalMomentNamesItsZone() {
    var moment = Samples.utc(Samples.now)
    moment.offset = -(3 * 60 + 30)
    #expect(moment.rfc3339 == "2026-11-23T03:16:07.000-03:30")
    moment.offset = 60
    #expect(moment.rfc3339.hasSuffix("+01:00"))
  }

  @Test func theExplanationHasEverything() {
    var record = Samples.record(.down)
    record.override = Override(
      state: .down, by: "anna", why: "new disk", atMs: Samples.now - 7_300_000, rev: 2)
    var reading = Samples.reading(
      record, ["a": Samples.refused, "b": Samples.silent, "c": Samples.good])
    // What a former run had is nobody's any more; d has other settings now.
    reading.nodeInfos["c"]?.upstreams["foo.com"] = "other"
    reading.members[2].run = "new"
    reading.members += Samples.members(["d"])
    reading.nodeInfos["d"] = Samples.nodeInfos(["d"])["d"]
    reading.nodeInfos["d"]?.upstreams["foo.com"] = "other"
    reading.events = [Samples.event(119, Samples.down("why"))]
    let text = ExplanationText(
      reading, assignmentRule: AssignmentRule { _, _, _, _ in ["a", "b"] }, clock: Samples.utc,
      paint: Paint(isOn: false)
    ).text
    #expect(text == Self.explained)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  private static let explained = """
    foo.com 127.0.0.1:12355 (primary)
    DOWN since 03:12:07 (4 min): kept DOWN by anna ("new disk"); the votes say DOWN too: 2 of 2 probers
    cannot connect (needed 2): a: L4CON connection refused, b: L4TOUT timeout.

    status      DOWN, decided DOWN, confirmed, reason L4CON, since 2026-11-23T03:12:07.000Z (4 min)
    override    down by anna at 2026-11-23T01:14:27.000Z (2 h ago): "new disk"
    votes       0 UP, 2 DOWN of 2 assigned (a, b), 3 wanted; DOWN needs 2, UP needs 1
    leader      a, term 1795400000001, run ra; lease 4.2 s left, beat 1733
    head        event #121; last commit 41 s ago by a, term 1795400000001, run ra
    definition  http every 2 s, timeout 1 s, fall 3, rise 2, 3 probers, quorum majority; digest
                0bdbbfdb87b89095
    settings    d has others than those in force

    NODE  VOTE  COUNTS               OK   FAILED  PROBE    AGE    LAST RESULT
    a     DOWN  yes                  0    12      0.31 ms  1.2 s  L4CON connection refused
    b     DOWN  yes                  0    9       1.00 s   0.9 s  L4TOUT timeout
    c     UP    no: its run is gone  400  0       0.82 ms  2.0 s  OK

    2026-11-23T03:16:07.000Z #119 DOWN (L4CON, 2 of 3 votes): why

    """

  @Test func theNodesAreATable() {
    let text = NodesText(cluster, paint: Paint(isOn: false)).text
    #expect(text == Self.nodes)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  private static let nodes = """
    NODE  STATE    HEARD      UPSTREAMS      LEADS  VERSION  ADDRESS        RUN
    a     warm     0.4 s ago  1              1      0.1.0    10.0.0.1:8080  ra
    b     cold     0.4 s ago  2 (1 differs)  0      0.1.0    10.0.0.1:8080  rb
    c     silent   9.4 s ago  1              0      0.1.0    10.0.0.1:8080  rc
    d     leaving  0.4 s ago  -              0      -        -              rd

    b has other settings than those in force for foo.com.
    Nobody leads bar now.

    """

  /// One of three is left.
  @Test func whoIsMissingIsInTheTable() {
    var reading = cluster
    reading.members = Array(Samples.members(["a"]))
    reading.missing = Samples.members(["b", "c"])
    reading.missing[1].atMs -= 240_000
    reading.leases[UpstreamName("bar").unsafelyKnown] = Samples.lease("a")
    let text = NodesText(reading, paint: Paint(isOn: false)).text
    #expect(
      text == """
        NODE  STATE    HEARD      UPSTREAMS  LEADS  VERSION  ADDRESS        RUN
        a     warm     0.4 s ago  1          2      0.1.0    10.0.0.1:8080  ra
        b     missing  0.4 s ago  2          0      0.1.0    10.0.0.1:8080  rb
        c     missing  4 min ago  1          0      0.1.0    10.0.0.1:8080  rc

        1 of 3 nodes: its vote alone decides.
        b and c ended without leaving; gone for good? quorate node forget NAME

        """)
    let json = JsonText.encode(NodesJson(reading))
    #expect(json.contains(#""missing":2"#) && json.contains(#""state":"missing""#))
    #expect(json.contains(#""sentence":"1 of 3 nodes: its vote alone decides""#))
    // Two are left, one of which does not have the upstream.
    reading.members = Samples.members(["a", "b"])
    reading.nodeInfos["b"]?.upstreams = [:]
    reading.missing = [reading.missing[1]]
    let two = NodesText(reading, paint: Paint(isOn: false)).text
    #expect(two.contains("2 of 3 nodes.\nc ended without leaving; gone for good? quorate node forget c\n"))
    #expect(two.contains("One vote alone decides for foo.com.\n"))
  }

  /// The sentence tells it, and so does the count; a vote of who is missing does not count.
  @Test func theExplanationTellsThatOneVoteDecides() {
    var reading = Samples.reading(Samples.record(.down), ["a": Samples.refused, "b": Samples.good])
    reading.missing = Array(reading.members[1...])
    reading.members = [reading.members[0]]
    let explained = ExplanationText(
      reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc, paint: Paint(isOn: false)
    ).text
      .replacing("\n", with: " ")
    #expect(explained.contains("1 of 3 nodes: its vote alone decides."))
    #expect(explained.contains("0 UP, 1 DOWN of 1 assigned (a), 3 wanted; DOWN needs 1"))
    #expect(explained.contains("no: missing for 0.4 s"))
    let json = JsonText.encode(
      ExplanationJson(reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc))
    #expect(json.contains(#""wanted":3"#) && json.contains(#""standing":"node_missing""#))
    // Who did not have the upstream is no loss to it.
    for node in ["b", "c"] { reading.nodeInfos[node]?.upstreams = [:] }
    let alone = ExplanationText(
      reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc, paint: Paint(isOn: false)
    )
    .text
    #expect(!alone.contains("alone decides") && alone.contains("3 wanted"))
  }

  private var cluster: ClusterReading {
    var members = Samples.members(["a", "b", "c", "d"])
    members[1].isWarm = false
    members[2].atMs -= 9000
    members[3].isLeaving = true
    var nodeInfos = Samples.nodeInfos(["a", "b", "c"])
    nodeInfos["b"]?.upstreams["foo.com"] = "other"
    nodeInfos["b"]?.upstreams["new.org"] = "x"
    let bar = UpstreamName("bar").unsafelyKnown
    return ClusterReading(
      atMs: Samples.now, members: members, nodeInfos: nodeInfos,
      digests: [Samples.upstream: Samples.definition.digest, bar: "y"],
      leases: [Samples.upstream: Samples.lease("a")], expiryMs: 5000)
  }

  @Test func programsGetTheSame() throws {
    let nodes = JsonText.encode(NodesJson(cluster))
    #expect(
      nodes.contains(#""drift":["foo.com"]"#) && nodes.contains(#""leads":{"count":1,"names":["foo.com"]}"#))
    #expect(nodes.contains(#""leaderless":["bar"]"#) && nodes.contains(#""state":"silent""#))
    let reading = Samples.reading(Samples.record(.down), ["a": Samples.refused])
    let explained = JsonText.encode(
      ExplanationJson(reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc))
    #expect(explained.contains(#""lease_left_ms":4210"#) && explained.contains(#""standing":"counts""#))
    #expect(explained.contains(#""override":null"#) && explained.contains(#""override_applied":true"#))
  }

  @Test func theStatusFollowsTheDefinition() {
    let other = PeerName("127.0.0.1:1")
    var definition = Samples.definition
    definition.peers.append(PeerDefinition(name: other, role: .backup))
    var backup = Samples.record(.up)
    backup.peer = other
    let record = Samples.record(.down)
    let snapshot = LedgerSnapshot(
      head: Head(seq: 1), definition: definition, records: [other: backup, record.peer: record])
    #expect(UpstreamView(Samples.upstream, snapshot).peers.map(\.record.peer) == [Samples.peer, other])
  }
}
