import Testing

/// The rules themselves: each is shown what it must find, and what it must let pass.
@Suite struct PlantedViolationTests {
  @Test(arguments: [
    ("Health", "import Glibc"), ("Health", "@preconcurrency package import Foundation"),
    ("Cluster", "import struct Dispatch.DispatchTime"), ("Probing", "import NIOCore"),
    ("Nowhere", "import Health"),
  ])
  func findsAForbiddenImport(_ room: String, _ line: String) {
    let file = SourceFile(path: "Sources/\(room)/A/B.swift", text: "// import Health\n\(line)\n")
    #expect(ImportRule.violations(in: file).map(\.line) == [2])
  }

  @Test func letsAllowedImportsPass() {
    let text =
      "package import Health\nimport Ledger\n/* import Glibc */\nlet text = \"\"\"\nimport Yams\n\"\"\"\n"
    #expect(ImportRule.violations(in: SourceFile(path: "Sources/Cluster/A.swift", text: text)) == [])
  }

  @Test(arguments: [
    ("Sources/Web/A.swift", "fatalError(\"no\")"), ("Tests/A/B.swift", "let a = try! b()"),
    ("Sources/Web/A.swift", "a as! B"), ("Sources/Web/A.swift", "let a = b!"), ("Tests/A/B.swift", "b[0]!.c"),
    ("Sources/Web/A.swift", "f()!"), ("Sources/Web/A.swift", "Task { await a() }"),
    ("Sources/Web/A.swift", "  Task.detached {"), ("Sources/Web/A.swift", "print(1)"),
    ("Sources/quorate/A.swift", "print(1)"),
    ("Tests/A/B.swift", "try await Task.sleep(for: .seconds(1))"), ("Tests/A/B.swift", "sleep(1)"),
    ("Sources/Web/A.swift", "usleep(5)"), ("Sources/Health/A.swift", "Int.random(in: 0...1)"),
    ("Sources/Cluster/A.swift", "let clock = ContinuousClock()"),
    ("Sources/Cluster/A.swift", "func a() async {"),
    ("Sources/Web/A.swift", "let a = \"text\" + b!  // why"),
  ])
  func findsABannedCall(_ path: String, _ line: String) {
    #expect(!BannedCall.violations(in: SourceFile(path: path, text: "\n\(line)\n")).isEmpty)
  }

  @Test(arguments: [
    ("Sources/Web/A.swift", "if a != b && !c {"), ("Sources/Web/A.swift", "// let a = b!"),
    ("Sources/Web/A.swift", "log(\"try! fatalError(\")"), ("Sources/Web/A.swift", "blueprint(1)"),
    ("Sources/quorate/A.swift", "StandardOutput.write(1)"), ("Sources/Web/A.swift", "ThrowingTask {"),
    ("Sources/Agent/A.swift", "try await Task.sleep(for: a)"),
    ("Sources/Web/A.swift", "let a = #\"b! \"c\" d!\"#"),
    ("Sources/Health/A.swift", "let asynchronous = randomness"), ("Sources/Web/A.swift", "a == b ? !c : d"),
    ("Sources/Web/A.swift", "\"\"\"\n  a \"quoted\" b!\n\"\"\""),
    ("Sources/Web/A.swift", "let a = \"\\\"b! \""),
  ])
  func letsOthersPass(_ path: String, _ line: String) {
    #expect(BannedCall.violations(in: SourceFile(path: path, text: "\n\(line)\n")) == [])
  }

  @Test func findsDeadLinks() {
    let text = """
      # A title, and more
      [good](docs/a.md) [dead](docs/b.md) ![picture](c.png "title")
      [up](../README.md) [world](https://a.example/b) `[code](d)` [own](#a-title-and-more) [other](#nothing)
      [far](docs/a.md#there) [farther](docs/a.md#where)
      ```
      [fenced](e)
      ```
      """
    let there = ["docs/a.md": "## There", "README.md": text]
    let found = MarkdownLinks.violations(in: SourceFile(path: "README.md", text: text)) { there[$0] }
    #expect(found.map(\.line) == [2, 2, 3, 4])
  }

  @Test func resolvesLinksFromTheirFile() {
    #expect(MarkdownLinks.resolve("../../Sources/A", from: "docs/decisions/1.md") == "Sources/A")
    #expect(MarkdownLinks.resolve("./b.md", from: "docs/a.md") == "docs/b.md")
  }

  @Test(arguments: PlainRule.words.map(\.word))
  func findsBannedWords(_ word: String) {
    #expect(
      PlainRule.violations(in: SourceFile(path: "docs/a.md", text: "a\nb \(word)x\n")).map(\.line) == [2])
  }

  @Test func findsLongFiles() {
    func file(lines: Int) -> SourceFile {
      SourceFile(path: "Sources/A/B.swift", text: String(repeating: "a\n", count: lines))
    }
    #expect(PlainRule.violations(in: file(lines: PlainRule.mostLines)) == [])
    #expect(PlainRule.violations(in: file(lines: PlainRule.mostLines + 1)).count == 1)
  }
}
