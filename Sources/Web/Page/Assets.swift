import Health

/// The style sheet, the script and the icons, served under names that change with their content: a browser may keep
/// them for ever, and the page's policy needs no exception for inline ones.
struct Assets: Sendable {
  let style: String
  let script: String
  let icon: String
  let alarmIcon: String
  /// Like the two before, of a consensus that is stale.
  let staleIcon: String
  let staleAlarmIcon: String
  /// The script's clock for times when nobody looks.
  let clock: String
  private let answers: [String: WebAnswer]

  init() {
    var answers: [String: WebAnswer] = [:]
    func add(_ name: String, _ suffix: String, _ type: ContentType, _ content: String) -> String {
      let file = "\(name)-\(Self.digest(content)).\(suffix)"
      var answer = WebAnswer(200, type, Array(content.utf8), caching: .forever)
      answer.packed = Gzip.compress(answer.body, level: Gzip.thorough)
      answers[file] = answer
      return "assets/\(file)"
    }
    style = add("page", "css", .css, PageFiles.style)
    script = add("page", "js", .script, PageFiles.script)
    icon = add("icon", "svg", .icon, PageIcon.fine)
    alarmIcon = add("alarm", "svg", .icon, PageIcon.alarm)
    staleIcon = add("stale", "svg", .icon, PageIcon.stale)
    staleAlarmIcon = add("stale-alarm", "svg", .icon, PageIcon.staleAlarm)
    clock = add("clock", "js", .script, PageFiles.clock)
    self.answers = answers
  }

  func answer(_ file: String) throws(HTTPError) -> WebAnswer {
    guard let answer = answers[file] else {
      throw HTTPError(404, "There is no such file; load / again, which names those there are.")
    }
    return answer
  }

  private static func digest(_ content: String) -> String {
    String(StableHash.of(content), radix: 36)
  }
}
