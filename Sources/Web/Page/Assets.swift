import Health

/// The style sheet, the script and the icons, served under names that change with their content: a browser may keep
/// them for ever, and the page's policy needs no exception for inline ones.
struct Assets: Sendable {
  let style: String
  let script: String
  let icon: String
  let alarmIcon: String
  private let answers: [String: WebAnswer]

  init() {
    var answers: [String: WebAnswer] = [:]
    func add(_ name: String, _ suffix: String, _ type: ContentType, _ content: String) -> String {
      let file = "\(name)-\(Self.digest(content)).\(suffix)"
      answers[file] = WebAnswer(200, type, Array(content.utf8), caching: .forever)
      return "/assets/\(file)"
    }
    style = add("page", "css", .css, PageStyle.text)
    script = add("page", "js", .script, PageScript.text)
    icon = add("icon", "svg", .icon, PageIcon.fine)
    alarmIcon = add("alarm", "svg", .icon, PageIcon.alarm)
    self.answers = answers
  }

  func answer(_ file: String) throws(Refusal) -> WebAnswer {
    guard let answer = answers[file] else {
      throw Refusal(404, "There is no such file; load / again, which names those there are.")
    }
    return answer
  }

  private static func digest(_ content: String) -> String {
    String(StableHash.of(content), radix: 36)
  }
}
