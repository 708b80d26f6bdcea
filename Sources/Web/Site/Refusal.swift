/// Why there is no page: JSON for programs under `/api`, a line of text elsewhere. Each says what to do instead.
struct Refusal: Error, Sendable {
  var status: Int
  var sentence: String
  var allow: String?

  init(_ status: Int, _ sentence: String, allow: String? = nil) {
    self.status = status
    self.sentence = sentence
    self.allow = allow
  }

  func answer(toPath path: String) -> WebAnswer {
    var page = PageBytes(reserving: 200)
    let isApi = path == "/api" || path.hasPrefix("/api/")
    if isApi {
      page.raw("{\"error\":")
      page.json(sentence)
      page.raw("}\n")
    } else {
      page.plain(sentence)
      page.raw("\n")
    }
    let answer = WebAnswer(status, isApi ? .json : .text, page.bytes)
    return allow.map { answer.with("Allow", $0) } ?? answer
  }

  static let forbidden = Refusal(
    403, "Readers from this address are not allowed; the setting allow lists those who are.")
  static let method = Refusal(
    405, "Nothing can be written here: use GET or HEAD.", allow: "GET, HEAD")
  static let encoding = Refusal(
    400, "The address is not valid percent-encoded UTF-8; a slash inside a name is written %2F.")

  static let fullHouse = Refusal(
    503, "There are \(EventFeed.mostReaders) event streams already; try again later, or read another node's.")

  static let nowhere = Refusal(404, "Nothing is here. There is: \(Route.all.joined(separator: ", ")).")

  /// A name that is not there, and some of those that are.
  static func unknown(_ what: String, _ name: String, among names: some Collection<String>) -> Refusal {
    let shown = names.prefix(10).joined(separator: ", ")
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    let there = names.isEmpty ? "there is none" : "there is: \(shown)\(more)"
    return Refusal(404, "No \(what) is called \(name.prefix(200)); \(there).")
  }
}
