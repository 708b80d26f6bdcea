import Health
import Settings
import Testing

/// nginx's files are bytes: comments, logs and pages in any encoding are taken, and only what becomes a name or a text of
/// ours has to be UTF-8.
struct BytesTests {
  /// Texts that are no UTF-8: Latin-1, GBK (one of its second bytes is a backslash), UTF-16's mark, half a character.
  static let foreign: [[UInt8]] = [
    [0x66, 0xFC, 0x72], [0xC4, 0xE3, 0xBA, 0xC3], [0x81, 0x5C, 0xC2], [0xFF, 0xFE], [0xE2, 0x82],
    [0xED, 0xA0, 0x80],
  ]

  private func load(_ files: [String: [UInt8]]) throws -> Result<LoadedSettings, Problems> {
    let folder = try Folder()
    for (name, bytes) in files { try folder.write(name, bytes) }
    return loader.load(nginx: "\(folder.path)/nginx.conf").without(folder)
  }

  private func text(_ before: String, _ bytes: [UInt8], _ after: String) -> [UInt8] {
    Array(before.utf8) + bytes + Array(after.utf8)
  }

  static let good = """
    upstream a { server 127.0.0.1:1; }
    init_worker_by_lua_block { local hc = require "resty.upstream.healthcheck" hc.spawn_checker{ upstream = "a", type = "tcp" } }

    """

  @Test(
    arguments: foreign,
    [
      ("# ", "\nserver { listen 127.0.0.1:8099; }\n"), ("log_format x '", "';\n"), ("set $x \"", "\";\n"),
      ("server { server_name ", "; }\n"), ("server { location /", " { root /x; } }\n"),
      ("upstream b { # ", "\n server 127.0.0.1:2; }\n"),
      ("server { location / { content_by_lua_block { -- ", "\n ngx.say(1) } } }\n"),
      ("server { location / { content_by_lua 'ngx.say(\"", "\")'; } }\n"),
      ("map $x $y { \"", "\" 1; }\n"),
    ]) func whatIsOfNoUse(_ bytes: [UInt8], _ around: (String, String)) throws
  {
    let part = text(around.0, bytes, around.1)
    let own = try load(["nginx.conf": Array(Self.good.utf8) + part]).get()
    let included = try load([
      "nginx.conf": Array((Self.good + "include parts/*.conf;\n").utf8), "parts/s.conf": part,
    ]).get()
    for loaded in [own, included] {
      #expect(try loaded.upstream("a").checker == Checker(kind: .tcp))
      #expect(try loaded.peers("a") == ["127.0.0.1:1 primary"])
      #expect(loaded.notices.isEmpty)
    }
  }

  @Test(arguments: foreign) func ofLua(_ bytes: [UInt8]) throws {
    // What is sent is bytes; what is said in comments is nobody's.
    let lua = text("-- ", bytes, "\nlocal hc = require 'resty.upstream.healthcheck'\n")
    let escaped = bytes.map { "\\\($0)" }.joined()
    let call =
      Array("hc.spawn_checker{ upstream = 'a', type = 'http', http_req = 'X".utf8)
      + (bytes.contains(0x5C) ? Array(escaped.utf8) : bytes) + Array("\\r\\n\\r\\n' }\n".utf8)
    let wanted = text("X", bytes, "\r\n\r\n")
    let upstream = Array("upstream a { server 127.0.0.1:1; }\n".utf8)
    let inFile = try load([
      "nginx.conf": upstream + Array("init_worker_by_lua_file c.lua;".utf8), "c.lua": lua + call,
    ])
    let inBlock = try load([
      "nginx.conf": upstream + text("init_worker_by_lua_block {\n", lua + call, "}\n")
    ])
    for result in [inFile, inBlock] {
      #expect(try result.get().upstream("a").checker?.request == wanted)
    }
  }

  @Test(arguments: foreign) func whatBecomesANameIsRefusedByItsLocation(_ bytes: [UInt8]) throws {
    let shown = String(decoding: bytes, as: UTF8.self).replacing("\\\\", with: "\\")
    let cases: [(before: String, after: String, at: String, what: String)] = [
      ("include ", ".conf;", "1:9", "\"\(shown).conf\" is not UTF-8; save it as UTF-8"),
      (
        "init_worker_by_lua_file ", ".lua;", "1:25", "\"\(shown).lua\" is not UTF-8; save it as UTF-8"
      ),
    ]
    for one in cases {
      let lines = try load(["nginx.conf": text(one.before, bytes, one.after)]).lines
      #expect(lines == ["nginx.conf:\(one.at): \(one.what)"])
    }
    // Nobody checks these: the rest is shown.
    let name = try load([
      "nginx.conf": Array(Self.good.utf8) + text("upstream ", bytes, " { server 127.0.0.1:1; }")
    ])
    #expect(
      try name.get().notices.map(\.description) == [
        "nginx.conf:3:10: \"\(shown)\" is not UTF-8; the upstream is left out, and cannot be checked"
      ])
    let server = try load([
      "nginx.conf": Array(Self.good.utf8) + text("upstream b { server ", bytes, "; server 127.0.0.1:2; }")
    ])
    #expect(try server.get().peers("b") == ["127.0.0.1:2 primary"])
    #expect(
      try server.get().notices.map(\.description) == [
        "nginx.conf:3:21: \"\(shown)\" is not UTF-8; nobody checks it: the server is left out"
      ])
  }

  @Test func theNameOfAnIncludedFile() throws {
    let folder = try Folder()
    let path = try folder.write("nginx.conf", "include d/*.conf;")
    try folder.write("d/a.conf", "upstream a { server 127.0.0.1:1; }")
    try folder.write(bytes: Array("d/f".utf8) + [0xFC] + Array("r.conf".utf8))
    #expect(
      loader.load(nginx: path).without(folder).lines == [
        "nginx.conf:1:9: the name of a file that \"d/*.conf\" matches is not UTF-8; rename the file"
      ])
  }

  @Test(arguments: ["\u{FEFF}", "", "\u{FEFF}\r\n"], ["\n", "\r\n"]) func marksAndLineEnds(
    _ start: String, _ end: String
  ) throws {
    let part = "\(start)upstream b {\(end)  server 127.0.0.1:2; # x\(end)}\(end)"
    let loaded = try load([
      "nginx.conf": Array((start + Self.good.replacing("\n", with: end) + "include b.conf;\(end)").utf8),
      "b.conf": Array(part.utf8),
    ]).get()
    #expect(try loaded.peers("b") == ["127.0.0.1:2 primary"])
    #expect(try loaded.upstream("a").checker == Checker(kind: .tcp))
  }

  @Test func zeroBytes() throws {
    let loaded = try load([
      "nginx.conf": Array("# \0\nset $x \"a\0b\";\n\(Self.good)upstream b\0 { server 127.0.0.1:1; }\n".utf8)
        + Array("upstream c { server 127.0.0.1:1\0; }\n".utf8)
    ]).get()
    #expect(loaded.settings.upstreams.map(\.name.text) == ["a", "c"])
    #expect(
      loaded.notices.map(\.description) == [
        "nginx.conf:5:10: upstream \"b\u{FFFD}\" has U+0000 (a control character) in it; the upstream is left out, and cannot be checked",
        "nginx.conf:6:21: peer \"127.0.0.1:1\u{FFFD}\" has U+0000 (a control character) in it; nobody checks it: the server is left out",
      ])
  }

  @Test(arguments: [
    ("unix:/run/a\u{202E}b", "U+202E RIGHT-TO-LEFT OVERRIDE"), ("a\u{200B}b:80", "U+200B ZERO WIDTH SPACE"),
    ("127.0.0.1:80\u{2066}", "U+2066 LEFT-TO-RIGHT ISOLATE"),
    ("unix:/a\u{85}", "U+0085 (a control character)"),
    ("unix:/a\u{7F}", "U+007F (a control character)"), ("unix:/a\u{61C}", "U+061C ARABIC LETTER MARK"),
    ("unix:/a\u{FEFF}", "U+FEFF ZERO WIDTH NO-BREAK SPACE"), ("unix:/a\u{2028}", "U+2028 LINE SEPARATOR"),
    ("unix:/a\u{E0041}", "U+E0041 TAG LATIN CAPITAL LETTER A"), ("unix:/a\u{3164}", "U+3164 HANGUL FILLER"),
  ]) func charactersThatNobodySees(_ peer: String, _ name: String) throws {
    let shown = String(
      String.UnicodeScalarView(peer.unicodeScalars.map { HiddenCharacter.isHidden($0) ? "\u{FFFD}" : $0 }))
    let what = "peer \"\(shown)\" has \(name) in it; remove that character: nobody sees it"
    #expect(loader.load(flags: Overrides(peers: [peer])).lines == ["--peer: \(what)"])
    let escaped = peer.unicodeScalars.map {
      $0.isASCII && $0 != "\u{7F}"
        ? String($0) : "\\U" + String(UInt64($0.value) + 0x1_0000_0000, radix: 16).dropFirst()
    }.joined()
    let yaml = "upstreams: [{upstream: a, type: none, peers: [\"\(escaped)\"]}]"
    #expect(try SettingsTests.load(yaml: yaml).lines == ["q.yaml:1:47: \(what)"])
    let nginx = try SettingsTests.load(nginx: "upstream a { server \"\(peer)\"; }\n\(Self.checker)")
    #expect(nginx.lines == ["nginx.conf:1:21: \(what)"])
    // Names of upstreams, in every source.
    let upstream = "a\(peer.unicodeScalars.first(where: HiddenCharacter.isHidden).map(String.init) ?? "")b"
    let refusal = "upstream \"a\u{FFFD}b\" has \(name) in it"
    let block = try SettingsTests.load(nginx: "upstream \"\(upstream)\" { server 127.0.0.1:1; }").get()
    #expect(block.notices.first?.text == "\(refusal); the upstream is left out, and cannot be checked")
    let call = try SettingsTests.load(
      nginx: "upstream a { server 127.0.0.1:1; }\n\(Self.checker.replacing("'a'", with: "'\(upstream)'"))")
    #expect(call.lines.count == 1 && call.lines.allSatisfy { $0.contains(refusal) }, "\(call.lines)")
  }

  private static let checker = """
    init_worker_by_lua_block { require('resty.upstream.healthcheck').spawn_checker{ upstream = 'a', type = 'tcp' } }
    """
}
