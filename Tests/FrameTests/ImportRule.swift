/// What each room may import: the borders of docs/decisions, as a test. The build checks that an import is declared;
/// this checks that it should be.
enum ImportRule {
  private static let commands: Set<String> = [
    "ArgumentParser", "Console", "FoundationEssentials", "Glibc", "Synchronization",
  ]
  private static let rooms: Set<String> = [
    "Addresses", "Health", "Cluster", "Ledger", "Reading", "TLS", "HTTP2", "Probing", "Redis", "RedisLedger",
    "Settings",
    "Agent", "Naming", "Resolving", "Discovery",
    "Web",
  ]

  /// Not even a clock: what decides gets the time as an argument.
  static let allowed: [String: Set<String>] = [
    "Addresses": [],
    "Health": [],
    "Cluster": ["Health", "Ledger"],
    "Ledger": ["Health", "FoundationEssentials", "Synchronization"],
    "Reading": ["Health", "Ledger"],
    "TLS": [
      "Addresses", "CTrust", "Glibc", "Health", "NIOCore", "NIOEmbedded", "NIOPosix", "NIOSSL", "NIOTLS",
      "Synchronization",
    ],
    "Matching": ["Health", "CPcre2"],
    "HTTP2": ["CNghttp2", "Glibc"],
    "Probing": ["Addresses", "Health", "HTTP2", "Matching", "TLS", "CLinux", "Glibc", "Synchronization"],
    "Redis": [
      "Addresses", "CHiredis", "Glibc", "NIOConcurrencyHelpers", "NIOCore", "NIOPosix", "Synchronization",
      "TLS",
    ],
    "RedisLedger": ["Health", "Ledger", "Redis"],
    "Naming": ["Addresses"],
    "Resolving": ["Addresses", "Naming", "CAres", "Glibc"],
    "Discovery": ["Health", "Ledger", "Naming", "Settings"],
    "Settings": [
      "Yams", "Addresses", "Health", "Matching", "Naming", "CLuaJIT", "Glibc", "FoundationEssentials",
    ],
    "Agent": [
      "Health", "Ledger", "Cluster", "Probing", "ServiceLifecycle", "Logging", "Synchronization",
    ],
    "Web": [
      "Addresses", "Health", "Ledger", "Reading", "CZlib", "Hummingbird", "HummingbirdCore", "HTTPTypes",
      "NIOCore",
      "NIOPosix",
      "NIOHTTP1",
      "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOConcurrencyHelpers", "ServiceLifecycle", "Logging",
      "FoundationEssentials", "Synchronization", "Glibc",
    ],
    "Console": ["ArgumentParser", "CConsole", "Glibc"],
    "quorate": commands.union(rooms).union([
      "Logging", "ServiceLifecycle", "UnixSignals", "Dispatch", "AsyncHTTPClient", "NIOCore", "NIOHTTP1",
    ]),
    "Backends": ["Glibc", "Dispatch", "Synchronization"],
    "quorate-backends": commands.union(["Backends"]),
    "BenchTools": ["Backends", "FoundationEssentials", "Glibc"],
    "quorate-bench-probe": commands.union([
      "Backends", "BenchTools", "Health", "Probing", "NIOCore", "NIOPosix", "NIOSSL",
    ]),
    "quorate-bench-cluster": commands.union([
      "Addresses", "Backends", "BenchTools", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer",
      "TestServers",
    ]),
    "Chaos": [
      "Addresses", "Backends", "Dispatch", "FoundationEssentials", "Glibc", "Health", "Ledger",
      "NIOConcurrencyHelpers",
      "NIOCore", "NIOPosix", "Redis", "RedisLedger", "RedisTestServer", "TestServers",
    ],
    "quorate-chaos": commands.union(["BenchTools", "Chaos"]),
    "quorate-bench-redis": commands.union([
      "Addresses", "CBlockingRedis", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer",
    ]),
    "Simulation": ["Health", "Ledger", "Cluster"],
    "quorate-simulate": commands.union(["Health", "Cluster", "Simulation", "Dispatch"]),
    "quorate-fuzz-redis": commands.union(["RedisReplyFuzz"]),
    "quorate-fuzz": commands.union(["Backends", "Health", "HTTP2", "Matching", "Probing", "Settings"]),
  ]

  static func violations(in file: SourceFile) -> [Violation] {
    imports(in: file.text).compactMap { line, module in
      guard let allowed = allowed[file.room] else {
        return Violation(
          path: file.path, line: line,
          what: "\(file.room) has no list of imports; give it one in ImportRule.swift")
      }
      // Where there is no Glibc, Musl is what it is called.
      guard !allowed.contains(module == "Musl" ? "Glibc" : module) else { return nil }
      return Violation(
        path: file.path, line: line,
        what: "\(file.room) may not import \(module), only: \(allowed.sorted().joined(separator: ", "))")
    }
  }

  /// The modules that are imported, with the number of the line.
  static func imports(in text: String) -> [(line: Int, module: String)] {
    SwiftCode.lines(of: text).enumerated().compactMap { index, line in
      module(importedBy: line).map { (index + 1, $0) }
    }
  }

  private static func module(importedBy line: String) -> String? {
    var words = line.split { $0 == " " || $0 == ";" }[...]
    let before: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    while let word = words.first, before.contains(word) || word.hasPrefix("@") { words.removeFirst() }
    guard words.popFirst() == "import" else { return nil }
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
    ]
    if let word = words.first, kinds.contains(word) { words.removeFirst() }
    return words.first.map { String($0.prefix { $0 != "." }) }
  }
}
