// swift-tools-version: 6.2
import PackageDescription

// Every room of the program is a target of its own, so that the compiler keeps the borders that
// docs/decisions/0001-rooms.md draws. Warnings are errors in all of them.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioLocks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioHttp = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSsl = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

// How a probe becomes an event, from the inside out.
let rooms: [Target] = [
  .systemLibrary(name: "CLinux"),
  .target(name: "Addresses", swiftSettings: strict),
  .target(name: "Health", swiftSettings: strict),
  .target(name: "Naming", dependencies: ["Addresses"], swiftSettings: strict),
  .systemLibrary(name: "CAres"),
  .target(name: "Resolving", dependencies: ["Addresses", "Naming", "CAres"], swiftSettings: strict),
  .target(name: "Ledger", dependencies: ["Health"], swiftSettings: strict),
  .target(name: "Reading", dependencies: ["Health", "Ledger"], swiftSettings: strict),
  .target(name: "Cluster", dependencies: ["Health", "Ledger"], swiftSettings: strict),
  // Chains of certificates, judged by OpenSSL's libcrypto; the handshakes are BoringSSL's.
  .target(name: "CTrust", linkerSettings: [.linkedLibrary("crypto")]),
  .target(
    name: "TLS",
    dependencies: [
      "Addresses", "CTrust", "Health", nio, nioPosix, .product(name: "NIOEmbedded", package: "swift-nio"),
      .product(name: "NIOTLS", package: "swift-nio"), nioSsl,
    ], swiftSettings: strict),
  .systemLibrary(name: "CPcre2"),
  // What is expected of answers, compared: regular expressions with limits, places in JSON.
  .target(name: "Matching", dependencies: ["Health", "CPcre2"], swiftSettings: strict),
  .systemLibrary(name: "CNghttp2"),
  // One request in HTTP/2, without sockets.
  .target(name: "HTTP2", dependencies: ["CNghttp2"], swiftSettings: strict),
  .target(
    name: "Probing", dependencies: ["Addresses", "Health", "HTTP2", "Matching", "TLS", "CLinux"],
    swiftSettings: strict),
  .systemLibrary(name: "CHiredis"),
  .target(
    name: "Redis", dependencies: ["Addresses", "CHiredis", "TLS", nio, nioPosix, nioLocks],
    swiftSettings: strict),
  .target(
    name: "RedisLedger", dependencies: ["Health", "Ledger", "Redis"], resources: [.embedInCode("Scripts")],
    swiftSettings: strict),
  // LuaJIT, and what keeps the Lua that it runs within limits.
  .target(name: "CLuaJIT", linkerSettings: [.linkedLibrary("luajit-5.1")]),
  .target(
    name: "Settings",
    dependencies: [
      "Addresses", "Health", "Matching", "Naming", "CLuaJIT", .product(name: "Yams", package: "Yams"),
    ],
    resources: [.embedInCode("Lua/Prelude")], swiftSettings: strict
  ),
  .target(
    name: "Discovery", dependencies: ["Health", "Ledger", "Naming", "Settings"], swiftSettings: strict),
  .target(
    name: "Agent", dependencies: ["Health", "Ledger", "Cluster", "Probing", logging, lifecycle],
    swiftSettings: strict),
  .systemLibrary(name: "CZlib"),
  .target(
    name: "Web",
    dependencies: [
      "Addresses", "Health", "Ledger", "Reading", "CZlib", nio, nioPosix, nioHttp, logging, lifecycle,
      .product(name: "Hummingbird", package: "hummingbird"),
      .product(name: "HummingbirdCore", package: "hummingbird"),
      .product(name: "HTTPTypes", package: "swift-http-types"),
    ], resources: [.embedInCode("Assets")], swiftSettings: strict),
  .target(name: "CConsole"),
  .target(name: "Console", dependencies: ["CConsole", arguments], swiftSettings: strict),
  .executableTarget(
    name: "quorate",
    dependencies: [
      "Addresses", "Console",
      "Health", "Ledger", "Reading", "Cluster", "Probing", "Redis", "RedisLedger", "Settings", "Agent", "Web",
      "Naming", "Resolving", "Discovery",
      logging, lifecycle, arguments, nio, nioHttp,
      .product(name: "AsyncHTTPClient", package: "async-http-client"),
      .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    ], swiftSettings: strict),
]

// What tests, demonstrations and benchmarks use beside it.
let tools: [Target] = [
  .target(name: "Backends", swiftSettings: strict),
  .executableTarget(
    name: "quorate-backends", dependencies: ["Backends", "Console", arguments], swiftSettings: strict),
  .executableTarget(name: "quorate-responder", dependencies: ["CConsole"]),
  .target(name: "BenchTools", dependencies: ["Backends"], swiftSettings: strict),
  .executableTarget(
    name: "quorate-bench-probe",
    dependencies: [
      "Backends", "BenchTools", "Console", "Health", "Probing", arguments, nio, nioPosix, nioSsl,
    ],
    swiftSettings: strict),
  .target(name: "Simulation", dependencies: ["Health", "Ledger", "Cluster"], swiftSettings: strict),
  .executableTarget(
    name: "quorate-simulate", dependencies: ["Console", "Health", "Cluster", "Simulation", arguments],
    swiftSettings: strict),
  .executableTarget(
    name: "quorate-fuzz",
    dependencies: ["Backends", "Console", "Health", "HTTP2", "Matching", "Probing", arguments],
    swiftSettings: strict),
  .target(name: "CBlockingRedis", dependencies: ["CHiredis"]),
  .executableTarget(
    name: "quorate-bench-redis",
    dependencies: [
      "Addresses", "Console", "Health", "Ledger", "Redis", "RedisLedger", "CBlockingRedis", "RedisTestServer",
      arguments,
    ],
    swiftSettings: strict),
  .executableTarget(
    name: "quorate-bench-cluster",
    dependencies: [
      "Addresses", "Backends", "BenchTools", "Console", "Health", "Ledger", "Redis", "RedisLedger",
      "RedisTestServer", "TestServers",
      arguments,
    ],
    swiftSettings: strict),
  .target(
    name: "Chaos",
    dependencies: [
      "Addresses", "Backends", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer", "TestServers",
      nio,
      nioPosix, nioLocks,
    ], swiftSettings: strict),
  .executableTarget(
    name: "quorate-chaos", dependencies: ["BenchTools", "Chaos", "Console", arguments], swiftSettings: strict),
  .executableTarget(
    name: "quorate-fuzz-redis", dependencies: ["Console", "RedisReplyFuzz", arguments], swiftSettings: strict),
]

let tests: [Target] = [
  .target(
    name: "RedisTestServer", dependencies: [nioLocks], path: "Tests/RedisTestServer", swiftSettings: strict),
  .target(
    name: "LedgerTestKit",
    dependencies: ["Addresses", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer"],
    path: "Tests/LedgerTestKit", swiftSettings: strict),
  .target(
    name: "RedisReplyFuzz", dependencies: ["Redis"], path: "Tests/RedisReplyFuzz", swiftSettings: strict),
  .testTarget(
    name: "RedisTests",
    dependencies: [
      "Addresses", "Redis", "RedisReplyFuzz", "RedisTestServer", "TestServers", nio, nioPosix, nioLocks,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "RedisLedgerTests",
    dependencies: [
      "Addresses", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer", "LedgerTestKit",
    ],
    swiftSettings: strict),
  .target(name: "TestServers", dependencies: ["Backends"], path: "Tests/TestServers", swiftSettings: strict),
  // The command is a dependency so that it is built before the tests that start it.
  .testTarget(
    name: "EndToEndTests",
    dependencies: [
      "Backends", "RedisTestServer", "TestServers", "quorate", "quorate-backends", "quorate-simulate",
      "quorate-fuzz",
      "quorate-fuzz-redis", "quorate-chaos", "quorate-bench-probe", "quorate-bench-redis",
      "quorate-bench-cluster",
      "quorate-responder",
    ], swiftSettings: strict),
  .testTarget(
    name: "ClusterEndToEndTests",
    dependencies: [
      "Addresses", "Backends", "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer", "TestServers",
      "quorate", "quorate-chaos",
    ], swiftSettings: strict),
  // The commands that read Redis, with a redis-server of their own whose state the tests write.
  .testTarget(
    name: "RedisCommandTests",
    dependencies: [
      "Health", "Ledger", "Redis", "RedisLedger", "RedisTestServer", "LedgerTestKit", "Backends",
      "TestServers", "quorate",
    ], swiftSettings: strict),
  // The examples for readers of Redis, in nginx and in Python.
  .testTarget(
    name: "ReaderExampleTests",
    dependencies: [
      "Addresses", "Backends", "Health", "Ledger", "LedgerTestKit", "Redis", "RedisLedger", "RedisTestServer",
      "TestServers",
    ], swiftSettings: strict),
  .testTarget(name: "FrameTests", swiftSettings: strict),
  .testTarget(name: "ChaosTests", dependencies: ["Chaos", "Health", "Ledger"], swiftSettings: strict),
  .testTarget(name: "BackendsTests", dependencies: ["Backends"], swiftSettings: strict),
  .testTarget(name: "AddressesTests", dependencies: ["Addresses"], swiftSettings: strict),
  .testTarget(name: "NamingTests", dependencies: ["Addresses", "Naming"], swiftSettings: strict),
  .testTarget(
    name: "ResolvingTests", dependencies: ["Addresses", "Backends", "Naming", "Resolving", "TestServers"],
    swiftSettings: strict),
  .testTarget(
    name: "DiscoveryTests",
    dependencies: ["Addresses", "Discovery", "Health", "Ledger", "Naming", "Settings", "TestServers"],
    swiftSettings: strict),
  .testTarget(name: "HealthTests", dependencies: ["Health"], swiftSettings: strict),
  .testTarget(
    name: "LedgerTests", dependencies: ["Health", "Ledger", "LedgerTestKit"], swiftSettings: strict),
  .testTarget(name: "ReadingTests", dependencies: ["Health", "Ledger", "Reading"], swiftSettings: strict),
  .testTarget(name: "ClusterTests", dependencies: ["Health", "Ledger", "Cluster"], swiftSettings: strict),
  .testTarget(
    name: "SimulationTests", dependencies: ["Health", "Ledger", "Cluster", "Simulation"],
    exclude: ["Scenarios"], swiftSettings: strict),
  .testTarget(name: "MatchingTests", dependencies: ["Health", "Matching"], swiftSettings: strict),
  .testTarget(name: "HTTP2Tests", dependencies: ["Backends", "HTTP2"], swiftSettings: strict),
  .testTarget(
    name: "ProbingTests",
    dependencies: ["Health", "HTTP2", "Matching", "Probing", "Backends", "TestServers"],
    swiftSettings: strict),
  .testTarget(
    name: "SettingsTests",
    dependencies: ["Addresses", "Health", "Naming", "Settings", "TestServers", "quorate"],
    exclude: ["Corpus", "Samples"],
    swiftSettings: strict),
  .testTarget(
    name: "WebTests",
    dependencies: [
      "Addresses", "Health", "Ledger", "Reading", "Web", "CZlib", nio, nioPosix, logging, lifecycle,
    ],
    exclude: ["Pages"], swiftSettings: strict),
]

let package = Package(
  name: "quorate",
  products: [.executable(name: "quorate", targets: ["quorate"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: rooms + tools + tests)
