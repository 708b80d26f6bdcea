import Discovery
import Health
import Ledger
import Naming
import Settings
import TestServers
import Testing

/// Peers by name: which there are, and when the definition becomes another one.
struct NameTests {
  private func app(_ more: String = "", peers: String = "'app:80'") -> String {
    "upstreams: [{upstream: u, type: tcp, peers: [\(peers)]\(more)}]\n"
  }

  @Test func aPeerThatMovesIsFollowed() throws {
    var rig = try Rig(app(), answers: ["app": Rig.addresses("10.0.0.1")])
    #expect(rig.peers() == ["10.0.0.1:80"])
    rig.answers["app"] = Rig.addresses("10.0.0.2")
    rig.pass()
    #expect(rig.peers() == ["10.0.0.1:80", "10.0.0.2:80"])
    rig.pass()
    #expect(rig.peers() == ["10.0.0.2:80"])
    #expect(rig.changes == 2)
    #expect(rig.lines == ["upstream u: 10.0.0.2:80 comes", "upstream u: 10.0.0.1:80 goes"])
    rig.pass(rounds: 100)
    #expect(rig.changes == 2)
  }

  /// Whatever order they come in, and each time another one.
  @Test func aTurningOrderIsNoChange() throws {
    let orders = [
      Rig.addresses("10.0.0.1", "10.0.0.2", "10.0.0.3"), Rig.addresses("10.0.0.2", "10.0.0.3", "10.0.0.1"),
      Rig.addresses("10.0.0.3", "10.0.0.1", "10.0.0.2"),
    ]
    // And two nodes that were told differently have the same definition.
    var rig = try Rig(app(), answers: ["app": orders[0]])
    let other = try Rig(app(), answers: ["app": orders[2]])
    #expect(rig.definitions == other.definitions)
    for round in 0..<300 {
      rig.answers["app"] = orders[round % 3]
      rig.pass()
    }
    #expect(rig.changes == 0)
    #expect(rig.lines.isEmpty)
  }

  /// Two addresses that take turns: no other definition with each turn.
  @Test func anAnswerThatFlapsComesToRest() throws {
    var rig = try Rig(app(), answers: ["app": Rig.addresses("10.0.0.1")])
    for round in 0..<1000 {
      // The one for three answers, then the other for three.
      rig.answers["app"] = Rig.addresses(round / 3 % 2 == 0 ? "10.0.0.2" : "10.0.0.1")
      rig.pass()
    }
    #expect(rig.changes < 6, "\(rig.changes)")
    #expect(rig.peers() == ["10.0.0.1:80", "10.0.0.2:80"])
  }

  @Test(arguments: [NameFailure.Kind.notFound, .empty, .failed])
  func failuresChangeNothing(_ kind: NameFailure.Kind) throws {
    var rig = try Rig(app(), answers: ["app": Rig.addresses("10.0.0.1", "10.0.0.2")])
    rig.answers["app"] = .failure(NameFailure(kind, "trouble"))
    rig.pass(rounds: 500)
    #expect(rig.changes == 0)
    #expect(rig.peers() == ["10.0.0.1:80", "10.0.0.2:80"])
    // Said once, and once when it is over.
    #expect(rig.lines == ["app: trouble; what was found before stays (2)"])
    let source = try #require(rig.discovery.view.sources.values.first?.first)
    #expect(source.trouble?.text == "trouble")
    #expect(source.peers == 2)
    rig.answers["app"] = Rig.addresses("10.0.0.1", "10.0.0.2")
    rig.pass()
    #expect(rig.lines.last == "app is found again")
    #expect(rig.discovery.view.sources.values.first?.first?.trouble == nil)
    #expect(rig.discovery.view.lookUps[kind.rawValue] == 500)
    #expect(rig.discovery.view.lookUps["found"] == 2)
  }

  @Test func whatIsKeptForATimeGoesWithIt() throws {
    var rig = try Rig(app(", resolve_keep: 2m"), answers: ["app": Rig.addresses("10.0.0.1")])
    rig.answers["app"] = Rig.gone
    rig.pass(rounds: 4)
    #expect(rig.peers() == ["10.0.0.1:80"])
    rig.pass()
    #expect(rig.peers() == [])
    #expect(rig.changes == 1)
    #expect(rig.lines.contains { $0.contains("for as long as resolve_keep says: its peers go") })
  }

  // MARK: One of several

  @Test func firstKeepsThePresentOne() throws {
    var rig = try Rig(app(", resolve: first"), answers: ["app": Rig.addresses("10.0.0.5", "10.0.0.3")])
    #expect(rig.peers() == ["10.0.0.3:80"])
    // A lower one is no reason.
    rig.answers["app"] = Rig.addresses("10.0.0.1", "10.0.0.5", "10.0.0.3")
    rig.pass(rounds: 10)
    #expect(rig.peers() == ["10.0.0.3:80"])
    #expect(rig.changes == 0)
    rig.answers["app"] = Rig.addresses("10.0.0.5", "10.0.0.4")
    rig.pass()
    #expect(rig.peers() == ["10.0.0.3:80"])
    rig.pass()
    #expect(rig.peers() == ["10.0.0.1:80"] || rig.peers() == ["10.0.0.4:80"], "\(rig.peers())")
    #expect(rig.changes == 1)
  }

  /// A node that chose otherwise comes over to what is in force, while it has it among its answers.
  @Test func firstFollowsWhatIsInForce() throws {
    var rig = try Rig(app(", resolve: first"), answers: ["app": Rig.addresses("10.0.0.1", "10.0.0.2")])
    #expect(rig.peers() == ["10.0.0.1:80"])
    rig.inForce = [PeerName("10.0.0.2:80")]
    rig.pass()
    #expect(rig.peers() == ["10.0.0.2:80"])
    rig.inForce = [PeerName("10.0.0.7:80")]
    rig.pass(rounds: 5)
    #expect(rig.peers() == ["10.0.0.2:80"])
  }

  // MARK: Services

  @Test func prioritiesMakePrimariesAndBackups() throws {
    let answers = [
      "_web._tcp.test": Rig.services(("b", 81, 20), ("a", 80, 10), ("a2", 82, 10), ("c", 83, 30)),
      "a": Rig.addresses("10.0.0.1"), "a2": Rig.addresses("10.0.0.2", "10.0.0.3"),
      "b": Rig.addresses("10.0.0.4"), "c": Rig.addresses("10.0.0.5"),
    ]
    var rig = try Rig(
      "upstreams: [{upstream: u, type: tcp, srv: _web._tcp.test}]\n", answers: answers)
    let wanted = [
      "10.0.0.1:80", "10.0.0.2:82", "10.0.0.3:82", "10.0.0.4:81 backup", "10.0.0.5:83 backup",
    ]
    #expect(rig.peers() == wanted)
    // Another order, and other weights, which nobody reads: the same.
    rig.answers["_web._tcp.test"] = Rig.services(("c", 83, 30), ("a2", 82, 10), ("b", 81, 20), ("a", 80, 10))
    rig.pass(rounds: 3)
    #expect(rig.changes == 0)
    // The primaries are gone from the second answer on, and the next serve.
    rig.answers["_web._tcp.test"] = Rig.services(("c", 83, 30), ("b", 81, 20))
    rig.pass()
    #expect(rig.peers() == wanted)
    rig.pass()
    #expect(rig.peers() == ["10.0.0.4:81", "10.0.0.5:83 backup"])
    // A new target is asked about in the same round.
    rig.answers["new"] = Rig.addresses("10.0.0.9")
    rig.answers["_web._tcp.test"] = Rig.services(("c", 83, 30), ("b", 81, 20), ("new", 84, 20))
    rig.pass()
    #expect(rig.peers() == ["10.0.0.4:81", "10.0.0.9:84", "10.0.0.5:83 backup"])
  }

  /// As nginx: of a service that is a backup itself only the lowest priority counts.
  @Test func aServiceCanBeABackup() throws {
    let rig = try Rig(
      "upstreams: [{upstream: u, type: tcp, peers: ['10.0.0.8:1'], backup: [{srv: _web._tcp.test}]}]\n",
      answers: [
        "_web._tcp.test": Rig.services(("a", 80, 10), ("b", 81, 20)), "a": Rig.addresses("10.0.0.1"),
        "b": Rig.addresses("10.0.0.2"),
      ])
    #expect(rig.peers() == ["10.0.0.8:1", "10.0.0.1:80 backup"])
  }

  @Test func aTargetThatIsNotFoundIsLeftOut() throws {
    var rig = try Rig(
      "upstreams: [{upstream: u, type: tcp, srv: _web._tcp.test}]\n",
      answers: [
        "_web._tcp.test": Rig.services(("a", 80, 10), ("b", 81, 10)), "a": Rig.addresses("10.0.0.1"),
        "b": Rig.gone,
      ])
    #expect(rig.peers() == ["10.0.0.1:80"])
    let source = try #require(rig.discovery.view.sources.values.first?.first)
    #expect(source.trouble?.text == "b: Domain name not found")
    rig.answers["b"] = Rig.addresses("10.0.0.2")
    rig.pass()
    #expect(rig.peers() == ["10.0.0.1:80", "10.0.0.2:81"])
  }

  // MARK: Settings that are read

  @Test func whatIsNotFoundAtTheStartIsAProblem() throws {
    let lines = #expect(throws: Problems.self) { try Rig(app(), answers: ["app": Rig.gone]) }
    #expect(lines?.description.contains("host not found: \"app\" (Domain name not found)") == true)
    let services = #expect(throws: Problems.self) {
      try Rig("upstreams: [{upstream: u, type: tcp, srv: _a._tcp.test}]\n", answers: [:])
    }
    #expect(services?.description.contains("service not found: \"_a._tcp.test\" (time-out)") == true)
  }

  /// A reload while the name server is away changes nothing for those that are known, and for others as a start does.
  @Test func aReloadKeepsWhatIsKnown() throws {
    var rig = try Rig(app(), answers: ["app": Rig.addresses("10.0.0.1")])
    rig.answers = [:]
    try rig.read(app(peers: "'app:80', '10.0.0.9:1'")).get()
    #expect(rig.peers() == ["10.0.0.1:80", "10.0.0.9:1"])
    guard case .failure(let problems) = try rig.read(app(peers: "'app:80', 'new:80'")) else {
      Issue.record("an unknown name was taken")
      return
    }
    #expect(problems.list.count == 1)
    // What is found counts at once: somebody asked for it.
    rig.answers["app"] = Rig.addresses("10.0.0.2")
    try rig.read(app()).get()
    #expect(rig.peers() == ["10.0.0.2:80"])
  }

  /// nginx's own names have no memory.
  @Test func whatIsLookedUpOnceIsLookedUpWithEachReading() throws {
    let once = app(peers: "{server: 'app:80', resolve: once}")
    var rig = try Rig(once, answers: ["app": Rig.addresses("10.0.0.1")])
    rig.answers["app"] = Rig.addresses("10.0.0.2")
    rig.pass(rounds: 100)
    #expect(rig.peers() == ["10.0.0.1:80"])
    try rig.read(once).get()
    #expect(rig.peers() == ["10.0.0.2:80"])
    rig.answers = [:]
    if case .success = try rig.read(once) { Issue.record("what nobody answers was taken") }
  }

  /// Of thousands of upstreams only those are made again whose names say something new.
  @Test func oneChangeTouchesOneUpstream() throws {
    let count = 2000
    let yaml =
      "upstreams:\n" + (0..<count).map { "- {upstream: u\($0), type: tcp, peers: ['h\($0):80']}\n" }.joined()
    var answers: [String: NameResult] = [:]
    for number in 0..<count { answers["h\(number)"] = Rig.addresses("10.0.\(number / 256).\(number % 256)") }
    var rig = try Rig(yaml, answers: answers)
    rig.answers["h7"] = Rig.addresses("10.9.9.9")
    rig.pass()
    #expect(rig.lines == ["upstream u7: 10.9.9.9:80 comes"])
    #expect(rig.definitions.count == count)
  }
}
