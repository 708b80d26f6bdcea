import Discovery
import Health
import Ledger
import Naming
import Settings
import TestServers
import Testing

import class Foundation.FileManager

/// Peers of files.
struct FileTests {
  private let yaml = "upstreams: [{upstream: u, type: tcp, peers: ['10.0.0.9:1'], peers_file: peers.txt}]\n"

  private func rig(_ text: String, answers: [String: NameResult] = [:]) throws -> Rig {
    try Rig(yaml, answers: answers, files: ["peers.txt": text])
  }

  @Test func aFileThatChangesIsFollowed() throws {
    var rig = try rig("10.0.0.1:80\n10.0.0.2:80 backup\n")
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80", "10.0.0.2:80 backup"])
    #expect(rig.definitions[0].peers.map(\.source) == [nil, "file peers.txt", "file peers.txt"])
    rig.readFiles()
    #expect(rig.changes == 0)
    try rig.folder.write("peers.txt", "10.0.0.3:80\n")
    rig.readFiles()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.3:80"])
    #expect(rig.changes == 1)
    #expect(rig.lines.contains { $0.hasSuffix("/peers.txt was read again: 1 peer(s)") })
    let source = try #require(rig.discovery.view.sources.values.first?.first)
    #expect(source.taken == 1 && source.refused == 0 && source.peers == 1 && source.text == "file peers.txt")
  }

  @Test func aBrokenFileKeepsTheOld() throws {
    var rig = try rig("10.0.0.1:80\n")
    try rig.folder.write("peers.txt", "10.0.0.2:80\n10.0.0.3:http\n")
    for _ in 0..<5 { rig.readFiles() }
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    #expect(rig.changes == 0)
    #expect(rig.lines.count == 2)
    #expect(
      rig.lines.first?.contains("/peers.txt:2:1: \"http\" in \"10.0.0.3:http\" is not a port; give") == true)
    #expect(rig.lines.last?.hasSuffix("/peers.txt was not taken: u keeps its peers") == true)
    let source = try #require(rig.discovery.view.sources.values.first?.first)
    #expect(source.refused == 1)
    #expect(source.trouble?.text == rig.lines.first)
    // Gone is no better than broken.
    try FileManager.default.removeItem(atPath: "\(rig.folder.path)/peers.txt")
    rig.readFiles()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    #expect(rig.lines.contains { $0.contains("No such file") })
    // And back as it was.
    try rig.folder.write("peers.txt", "10.0.0.1:80\n")
    rig.readFiles()
    #expect(rig.discovery.view.sources.values.first?.first?.trouble == nil)
    #expect(rig.changes == 0)
  }

  /// A file of names counts when all of them were found once: it must not empty an upstream.
  @Test func namesInAFileAreFoundFirst() throws {
    var rig = try rig("10.0.0.1:80\n", answers: ["a": Rig.addresses("10.0.1.1"), "b": Rig.gone])
    try rig.folder.write("peers.txt", "a:80\nb:80\n")
    rig.readFiles()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    rig.pass(1000)
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    #expect(
      rig.lines.contains {
        $0.contains("/peers.txt:2:1: not found: \"b:80\" (Domain name not found); correct")
      },
      "\(rig.lines)")
    let source = try #require(rig.discovery.view.sources.values.first?.first)
    #expect(source.refused == 1)
    rig.answers["b"] = Rig.addresses("10.0.1.2")
    rig.pass()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.1.1:80", "10.0.1.2:80"])
    #expect(rig.definitions[0].peers.last?.source == "file peers.txt, name b:80")
    // And they are followed from then on.
    rig.answers["a"] = Rig.addresses("10.0.1.1", "10.0.1.3")
    rig.pass()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.1.1:80", "10.0.1.3:80", "10.0.1.2:80"])
  }

  @Test func aPeerThatIsThereTwiceCountsOnce() throws {
    var rig = try rig("10.0.0.1:80\n")
    try rig.folder.write("peers.txt", "10.0.0.1:80\n10.0.0.9:1 backup\n10.0.0.1:80\n")
    rig.readFiles()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    let twice = rig.lines.filter { $0.contains("already") }
    #expect(twice.count == 2)
    #expect(twice.first?.contains("/peers.txt:2:1: peer 10.0.0.9:1 is in upstream \"u\" already (") == true)
    #expect(twice.last?.contains("/peers.txt:1:1); it counts once") == true)
  }

  @Test func moreThanANodeTakesIsNotTaken() throws {
    var rig = try rig("10.0.0.1:80\n")
    let lines = (0..<Limits.peers).map { "10.\(1 + $0 / 65536).\($0 / 256 % 256).\($0 % 256):80\n" }
    try rig.folder.write("peers.txt", lines.joined())
    rig.readFiles()
    #expect(rig.peers() == ["10.0.0.9:1", "10.0.0.1:80"])
    #expect(rig.lines.contains { $0.contains("100001 peers") && $0.contains("stay as they are") })
  }

  @Test func whatWasCountedIsCountedOnAfterAReload() throws {
    var rig = try rig("10.0.0.1:80\n")
    try rig.folder.write("peers.txt", "10.0.0.2:80\n")
    rig.readFiles()
    try rig.read(yaml).get()
    #expect(rig.discovery.view.sources.values.first?.first?.taken == 1)
  }
}
