import Addresses
import Naming
import Testing

/// When names are asked about, and what stays of what was found.
struct NameTableTests {
  private let app = NameQuestion.host("app.test")
  private let web = NameQuestion.service("_web._tcp.test")
  private let gone = NameFailure(.notFound, "Domain name not found")
  private let silent = NameFailure(.failed, "Timeout while contacting DNS servers")

  private func addresses(_ texts: String...) -> NameResult {
    .success(.addresses(texts.compactMap { IPAddress($0) }))
  }

  private func table(
    _ questions: [NameQuestion], intervalMs: Int64 = 30_000, keepMs: Int64? = nil
  ) -> NameTable {
    var table = NameTable()
    let rules = NameRules(intervalMs: intervalMs, keepMs: keepMs)
    table.follow(Dictionary(uniqueKeysWithValues: questions.map { ($0, rules) }))
    return table
  }

  @discardableResult
  private func tell(
    _ table: inout NameTable, _ question: NameQuestion, _ result: NameResult, at ms: Int64
  ) -> NameNews {
    table.take(result, for: question, askedMs: ms, at: NameTime(steadyMs: ms, wallMs: 1_000_000 + ms))
  }

  private func due(_ table: inout NameTable, at ms: Int64) -> [NameQuestion] { table.due(at: ms) }

  @Test func eachIsAskedAtOnceAndThenWhenItsIntervalIsOver() {
    var table = table([app])
    #expect(due(&table, at: 0) == [app])
    tell(&table, app, addresses("10.0.0.1"), at: 0)
    // However short the answer may be kept by others: it is not asked before.
    #expect(due(&table, at: 29_999).isEmpty)
    #expect(due(&table, at: 30_000) == [app])
    tell(&table, app, .failure(silent), at: 30_000)
    #expect(due(&table, at: 59_999).isEmpty)
    #expect(due(&table, at: 60_000) == [app])
  }

  @Test func whatIsFixedIsAskedOnceForEachReadingOfTheSettings() {
    var table = table([.fixed("nginx.test")])
    tell(&table, .fixed("nginx.test"), addresses("10.0.0.1"), at: 0)
    #expect(due(&table, at: .max).isEmpty)
    table.askAgain()
    #expect(due(&table, at: 0) == [.fixed("nginx.test")])
    // And what it was is no answer to it.
    #expect(table.held(.fixed("nginx.test")).isFailure)
  }

  @Test func addressesAreToldInOneOrder() {
    var table = table([app])
    tell(&table, app, addresses("fd00::1", "10.0.0.10", "10.0.0.9"), at: 0)
    #expect(table.held(app) == addresses("10.0.0.9", "10.0.0.10", "fd00::1"))
  }

  /// Time-outs, refusals and NXDOMAIN alike.
  @Test(arguments: [NameFailure.Kind.notFound, .empty, .failed])
  func theLastAddressesStayForGood(_ kind: NameFailure.Kind) {
    let failure = NameFailure(kind, "no")
    var table = table([app])
    #expect(tell(&table, app, addresses("10.0.0.1"), at: 0) == .changed)
    #expect(tell(&table, app, .failure(failure), at: 30_000) == .fails(failure))
    for round in 2..<1000 {
      #expect(tell(&table, app, .failure(failure), at: Int64(round) * 30_000) == .nothing)
    }
    #expect(table.held(app) == addresses("10.0.0.1"))
    #expect(table.state(of: app).failure == failure)
    #expect(table.state(of: app).failingSinceMs == 1_030_000)
    #expect(table.state(of: app).answeredMs == 1_000_000)
    #expect(tell(&table, app, addresses("10.0.0.1"), at: 30_000_000) == .nothing)
    #expect(table.state(of: app).failure == nil)
    #expect(table.state(of: app).answeredMs == 31_000_000)
  }

  /// A failure is no answer without the address: it brings nothing nearer to its end.
  @Test func failuresAreNoMisses() {
    var table = table([app])
    tell(&table, app, addresses("10.0.0.1", "10.0.0.2"), at: 0)
    tell(&table, app, addresses("10.0.0.1"), at: 30_000)
    tell(&table, app, .failure(gone), at: 60_000)
    tell(&table, app, .failure(gone), at: 90_000)
    #expect(table.held(app) == addresses("10.0.0.1", "10.0.0.2"))
    #expect(tell(&table, app, addresses("10.0.0.1"), at: 120_000) == .changed)
    #expect(table.held(app) == addresses("10.0.0.1"))
  }

  @Test func theyGoWhenTheyAreKeptNoLonger() {
    var table = table([app], keepMs: 60_000)
    tell(&table, app, addresses("10.0.0.1"), at: 0)
    #expect(tell(&table, app, .failure(gone), at: 30_000) == .fails(gone))
    #expect(tell(&table, app, .failure(silent), at: 89_999) == .nothing)
    #expect(table.held(app) == addresses("10.0.0.1"))
    #expect(tell(&table, app, .failure(silent), at: 90_000) == .letGo(silent))
    #expect(table.held(app) == .failure(silent))
    #expect(tell(&table, app, .failure(silent), at: 120_000) == .nothing)
    #expect(tell(&table, app, addresses("10.0.0.2"), at: 150_000) == .changed)
    // A good answer begins the time anew.
    #expect(tell(&table, app, .failure(gone), at: 180_000) == .fails(gone))
    #expect(tell(&table, app, .failure(gone), at: 239_999) == .nothing)
    #expect(table.held(app) == addresses("10.0.0.2"))
  }

  @Test func whoeverReadsTheSettingsAgainGetsWhatIsTrueNow() {
    var table = table([app])
    tell(&table, app, addresses("10.0.0.1"), at: 0)
    table.askAgain()
    #expect(due(&table, at: 1) == [app])
    #expect(tell(&table, app, addresses("10.0.0.2"), at: 1) == .changed)
    #expect(table.held(app) == addresses("10.0.0.2"))
    // Nothing is found: what was known stays.
    table.askAgain()
    tell(&table, app, .failure(silent), at: 2)
    #expect(table.held(app) == addresses("10.0.0.2"))
  }

  @Test func hostsOfServicesAreAskedAbout() {
    var table = table([web], intervalMs: 5000)
    #expect(due(&table, at: 0) == [web])
    let records = [
      ServiceRecord(target: "b.test", port: 81, priority: 20),
      ServiceRecord(target: "a.test", port: 80, priority: 10),
    ]
    #expect(tell(&table, web, .success(.services(records)), at: 0) == .changed)
    #expect(table.held(web) == .success(.services(records.reversed())))
    #expect(due(&table, at: 0) == [.host("a.test"), .host("b.test")])
    tell(&table, .host("a.test"), addresses("10.0.0.1"), at: 0)
    tell(&table, .host("b.test"), addresses("10.0.0.2"), at: 0)
    #expect(due(&table, at: 4999).isEmpty)
    #expect(due(&table, at: 5000).count == 3)
    // A target that is gone twice is not asked about any more.
    tell(&table, web, .success(.services([records[0]])), at: 5000)
    #expect(due(&table, at: 5000).contains(.host("a.test")))
    #expect(tell(&table, web, .success(.services([records[0]])), at: 10_000) == .changed)
    #expect(due(&table, at: 10_000) == [.host("b.test")])
    // Another priority counts at once.
    let first = ServiceRecord(target: "b.test", port: 81, priority: 1)
    #expect(tell(&table, web, .success(.services([first])), at: 15_000) == .changed)
    #expect(table.held(web) == .success(.services([first])))
  }

  @Test func whatNobodyAsksForIsForgotten() {
    var table = table([app])
    tell(&table, app, addresses("10.0.0.1"), at: 0)
    table.follow([:])
    #expect(tell(&table, app, addresses("10.0.0.1"), at: 1) == .nothing)
    table.follow([app: NameRules(intervalMs: 1000)])
    #expect(table.held(app).isFailure)
  }

  @Test func twoWhoAskAboutOneNameGetTheShorterIntervalAndTheLongerKeep() {
    let one = NameRules(intervalMs: 1000, keepMs: 5000)
    let other = NameRules(intervalMs: 2000, keepMs: 9000)
    #expect(one.joined(with: other) == NameRules(intervalMs: 1000, keepMs: 9000))
    #expect(other.joined(with: NameRules(intervalMs: 3000)) == NameRules(intervalMs: 2000))
  }
}

extension Result {
  fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
