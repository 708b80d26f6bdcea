import Health
import Settings
import Testing

import class Foundation.FileManager

/// Files with peers, in each form; `Corpus/peers-files.yaml` has what is wrong with others.
struct PeersFileTests {
  struct Form: CustomTestStringConvertible {
    var name: String
    var text: String
    var testDescription: String { name }
  }

  private static let wanted = ["10.0.0.1:80 primary", "app.internal:8080 primary", "[::1]:81 backup"]

  static let forms = [
    Form(
      name: "peers.txt",
      text: "# peers\n10.0.0.1\n\n  app.internal:8080 weight=5 # first\n[::1]:81 backup 7\r\n"),
    Form(name: "brackets", text: "[::1]:81 backup\n10.0.0.1:80\napp.internal:8080\n"),
    Form(
      name: "peers.json",
      text: #"["10.0.0.1:80", "app.internal:8080", {"address": "[::1]:81", "backup": true, "weight": 3}]"#),
    Form(
      name: "list",
      text: "\t[\n\t\"10.0.0.1:80\",\n\t\"app.internal:8080\", {\"backup\":true,\"address\":\"[::1]:81\"}]"),
    Form(
      name: "targets.json",
      text: """
        [{"targets":["10.0.0.1:80","app.internal:8080"],"labels":{"job":"app","env":"${NOT_OURS}"}},
         {"targets":["[::1]:81"],"labels":{"role":"backup"}}]
        """),
    Form(
      name: "targets.yml",
      text:
        "- targets: ['10.0.0.1:80', 'app.internal:8080']\n- targets: ['[::1]:81']\n  labels: {role: backup}\n"
    ),
  ]

  @Test(arguments: forms) func eachFormIsRead(_ form: Form) throws {
    let folder = try Folder()
    try folder.write("sub/\(form.name)", form.text)
    let config = try folder.write(
      "q.yaml", "upstreams: [{upstream: a, type: tcp, peers: ['10.0.0.9:1'], peers_file: sub/\(form.name)}]\n"
    )
    let upstream = try loader.load(config: config).get().settings.upstreams[0]
    #expect(upstream.peers.count == 1)
    let file = try #require(upstream.file)
    #expect(file.path == "\(folder.path)/sub/\(form.name)")
    #expect(file.name == "sub/\(form.name)")
    #expect(Set(file.peers.map { "\($0.address) \($0.role)" }) == Set(Self.wanted))
    #expect(upstream.names.count == 1)
  }

  /// Read again while the node runs: good, bad with its line, and gone.
  @Test func itIsReadAgain() throws {
    let folder = try Folder()
    let path = try folder.write("peers", "10.0.0.1:80\n")
    let config = try folder.write("q.yaml", "upstreams: [{upstream: a, type: tcp, peers_file: peers}]\n")
    let file = try #require(try loader.load(config: config).get().settings.upstreams[0].file)
    #expect(try file.read().peers.get() == file.peers)
    try folder.write("peers", "10.0.0.1:80\n10.0.0.2:80\n")
    let reading = file.read()
    #expect(try reading.peers.get().count == 2)
    #expect(reading.stamp == FileStamp(path))
    try folder.write("peers", "10.0.0.1:80\n10.0.0.2\n10.0.0.3:0\n")
    guard case .failure(let problems) = file.read().peers else {
      Issue.record("it was taken")
      return
    }
    #expect(
      problems.list.map { "\($0)" } == [
        "\(path):3:1: \"0\" in \"10.0.0.3:0\" is not a port; give a number from 1 to 65535"
      ])
    try FileManager.default.removeItem(atPath: path)
    #expect(file.read().stamp == nil)
    guard case .failure(let gone) = file.read().peers else {
      Issue.record("it is gone")
      return
    }
    #expect("\(gone)".contains("cannot be read: No such file"), "\(gone)")
  }

  /// As Kubernetes does it: a file behind a link to a folder, which is exchanged.
  @Test func aLinkThatLeadsElsewhereIsAnotherFile() throws {
    let folder = try Folder()
    try folder.write("one/peers", "10.0.0.1:80\n")
    try folder.write("two/peers", "10.0.0.2:80\n")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: "\(folder.path)/data", withDestinationPath: "one")
    try files.createSymbolicLink(atPath: "\(folder.path)/peers", withDestinationPath: "data/peers")
    let path = "\(folder.path)/peers"
    let before = FileStamp(path)
    #expect(before == FileStamp(path))
    try files.removeItem(atPath: "\(folder.path)/data")
    #expect(FileStamp(path) == nil)
    try files.createSymbolicLink(atPath: "\(folder.path)/data", withDestinationPath: "two")
    #expect(FileStamp(path) != before)
    #expect(FileStamp(path) == FileStamp("\(folder.path)/two/peers"))
  }

  @Test func aFileHasNoMorePeersThanANodeTakes() throws {
    let folder = try Folder()
    try folder.write(
      "peers", (0...Limits.peers).map { "10.\($0 / 65536).\($0 / 256 % 256).\($0 % 256):80\n" }.joined())
    let config = try folder.write("q.yaml", "upstreams: [{upstream: a, type: tcp, peers_file: peers}]\n")
    #expect(loader.load(config: config).lines.contains { $0.contains("there are 100001 peers in it") })
  }
}
