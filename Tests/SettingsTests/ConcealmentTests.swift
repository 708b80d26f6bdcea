import Settings
import Testing

/// Secrets in the environment.
struct ConcealmentTests {
  /// Whatever a variable holds, and wherever it was put, a message has its name instead.
  @Test func valuesOfTheEnvironmentAreNotShown() throws {
    let secret = "planted-secret-of-some-length"
    let loader = SettingsLoader(environment: ["SECRET": secret, "SHORT": "abc"], hostName: "n", lua: lua)
    let folder = try Folder()
    let file = try folder.write(
      "q.yaml",
      """
      node: "${SECRET} with spaces"
      namespace: "padding that is long enough to cut the value ${SECRET} off"
      lease: ${SHORT}
      """)
    guard case .failure(let problems) = loader.load(config: file) else {
      Issue.record("bad names were taken")
      return
    }
    #expect(!problems.description.contains("planted"), "\(problems)")
    #expect(problems.description.contains("${SECRET} with spaces"))
    #expect(problems.description.contains("abc"))
  }
}
