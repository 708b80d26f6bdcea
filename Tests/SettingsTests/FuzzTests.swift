import Settings
import Testing

import class Foundation.FileManager
import class Foundation.ProcessInfo
import struct Foundation.URL

/// A small generator with a seed, so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Files with bytes changed, cut, doubled and spliced: reading must end, with settings or with problems.
///
/// `QUORATE_FUZZ_ROUNDS=N` makes more of them.
struct FuzzTests {
  static let rounds = ProcessInfo.processInfo.environment["QUORATE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 150

  private static func texts(_ ending: String) -> [[UInt8]] {
    [CorpusTests.folder, NginxTests.samples].flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.sorted().filter { $0.hasSuffix(ending) }.compactMap { name in
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { Array($0) }
      }
    }
  }

  private static func mutate(_ text: [UInt8], _ others: [[UInt8]], _ random: inout Seeded) -> [UInt8] {
    var text = text
    let tokens = [
      "{", "}", ";", "\"", "'", "\\", "[[", "]]", "--", "--[[", "#", "${", "$", "\n", "&a", "*a", "!!", "? ",
      ": ",
      "- ", "include x;", "end", "function", "..", "\u{0}", "é", "0x", "1e", "::", "<<", "|", ">", "%",
    ]
    for _ in 0...Int.random(in: 0...6, using: &random) {
      let at = Int.random(in: 0...text.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        text.insert(contentsOf: Array(tokens[Int.random(in: 0..<tokens.count, using: &random)].utf8), at: at)
      case 1 where at < text.count: text[at] = UInt8.random(in: 0...255, using: &random)
      case 2: text.removeSubrange(at..<min(text.count, at + Int.random(in: 0...20, using: &random)))
      case 3: text.insert(contentsOf: text[at..<min(text.count, at + 30)], at: at)
      default:
        let other = others[Int.random(in: 0..<others.count, using: &random)]
        let from = Int.random(in: 0...other.count, using: &random)
        text = Array(text[..<at]) + other[from...]
      }
    }
    return text
  }

  @Test(arguments: [".yaml", ".conf"]) func readingEnds(_ ending: String) throws {
    let texts = Self.texts(ending)
    #expect(texts.count > 20)
    let folder = try Folder()
    for seed in 0..<Self.rounds {
      var random = Seeded(UInt64(seed))
      let text = texts[Int.random(in: 0..<texts.count, using: &random)]
      let path = try folder.write("f\(ending)", Self.mutate(text, texts, &random))
      let result = ending == ".yaml" ? loader.load(config: path) : loader.load(nginx: path)
      switch result {
      case .success(let loaded):
        let again = try folder.write("again.yaml", loaded.settings.yaml(hostName: "host.example"))
        let reloaded = try? loader.load(config: again).get().settings
        #expect(reloaded == loaded.settings, "seed \(seed)")
      case .failure(let problems):
        #expect(!problems.list.isEmpty, "seed \(seed)")
        #expect(problems.list.allSatisfy { !$0.description.contains("\n") }, "seed \(seed)")
      }
    }
  }

  /// Depth, length and the other ways to make a reader work for ever or its stack too small.
  @Test(arguments: [
    "{", "a {", "a 'b' {", "if (${", "upstream a {", "include nginx.conf;", "x_by_lua_block {",
    "init_worker_by_lua_block { spawn_checker(", "init_worker_by_lua_block { spawn_checker{ ", "[", "\"",
  ]) func repetitionEnds(_ unit: String) throws {
    let result = try load(nginx: String(repeating: unit, count: 20_000))
    #expect(!result.lines.isEmpty)
  }

  /// Blocks around an include that has blocks around an include …
  @Test func blocksAndIncludesTogetherEnd() throws {
    let folder = try Folder()
    for index in 0..<120 {
      let blocks = (open: String(repeating: "a {", count: 90), close: String(repeating: "}", count: 90))
      try folder.write("\(index).conf", "\(blocks.open) include \(index + 1).conf; \(blocks.close)")
    }
    let lines = loader.load(nginx: "\(folder.path)/0.conf").without(folder).lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("too many blocks inside each other") == true)
  }

  @Test(arguments: [
    "{", "(", "f(", "f{", "not ", "-", "a.", "a[", "a..", "1+", "function() ", "do ", "if x then ", "x = {",
    "a:b",
    "f'' ", "while x do ", "[[", "\"", "else ", "elseif x then ", "if x then else ", "return ", "::a:: ",
    "--[[",
    "local a = 'b' .. ",
  ]) func repetitionOfLuaEnds(_ unit: String) throws {
    let folder = try Folder()
    try folder.write(
      "c.lua",
      "require('resty.upstream.healthcheck').spawn_checker{}\n" + String(repeating: unit, count: 50_000))
    let path = try folder.write(
      "nginx.conf", "upstream a { server 127.0.0.1:1; } init_worker_by_lua_file c.lua;")
    #expect(!loader.load(nginx: path).without(folder).lines.isEmpty)
  }

  @Test(arguments: [
    "- ", "[", "{", "{a: ", "? ", "a:\n ", "\"", "!!a ", "&a ", "*a ", "- - ", "|\n", "a: {b: ", "# ",
  ])
  func repetitionOfYamlEnds(_ unit: String) throws {
    _ = try load(yaml: String(repeating: unit, count: 5000)).lines
    _ = try load(yaml: "upstreams: " + String(repeating: unit, count: 5000)).lines
  }
}
