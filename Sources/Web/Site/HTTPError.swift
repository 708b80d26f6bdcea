import Reading

/// Why there is no page: JSON for programs under `/api`, a line of text elsewhere. Each says what to do instead.
struct HTTPError: Error, Sendable {
  var status: Int
  var sentence: String
  var allow: String?
  /// Where the upstream's events end, for whoever asked for what lies beyond.
  var last: UInt64?

  init(_ status: Int, _ sentence: String, allow: String? = nil, last: UInt64? = nil) {
    self.status = status
    self.sentence = sentence
    self.allow = allow
    self.last = last
  }

  func answer(toPath path: String) -> WebAnswer {
    var page = PageBytes(reserving: 200)
    let isApi = path == "/api" || path.hasPrefix("/api/")
    if isApi {
      page.raw("{\"error\":")
      page.json(sentence)
      page.raw(last.map { ",\"last\":\($0)}\n" } ?? "}\n")
    } else {
      page.plain(sentence)
      page.raw("\n")
    }
    let answer = WebAnswer(status, isApi ? .json : .text, page.bytes)
    return allow.map { answer.with("Allow", $0) } ?? answer
  }

  static let forbidden = HTTPError(
    403, "Readers from this address are not allowed; the setting allow lists those who are.")
  /// RFC 9110, section 15.6.2: what nobody knows is not implemented, what is known is not allowed.
  static func method(_ name: String) -> HTTPError {
    knownMethods.contains(name)
      ? HTTPError(405, "Nothing can be written here: use GET or HEAD.", allow: "GET, HEAD")
      : HTTPError(501, "The method \(name.prefix(40)) is not known here; use GET or HEAD.")
  }

  /// RFC 9110, section 9, and RFC 5789.
  private static let knownMethods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
  ]

  /// A known parameter with a value that it does not have.
  static func value(_ name: String, _ value: String, allowed: String) -> HTTPError {
    HTTPError(
      400, "\(name) cannot be \(value.isEmpty ? "empty" : String(value.prefix(40))); it is \(allowed).")
  }
  static let encoding = HTTPError(
    400, "The address is not valid percent-encoded UTF-8; a slash inside a name is written %2F.")

  static func fullHouse(_ most: Int) -> HTTPError {
    HTTPError(
      503,
      "There are \(most) event streams already, as many as max_event_streams allows; try again later, or read "
        + "another node's.")
  }

  static let nowhere = HTTPError(404, "Nothing is here. There is: \(Route.all.joined(separator: ", ")).")

  /// A name that is not there, and some of those that are.
  static func unknown(_ what: String, _ name: String, among names: some Collection<String>) -> HTTPError {
    let shown = names.prefix(10).joined(separator: ", ")
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    let there = names.isEmpty ? "there is none" : "there is: \(shown)\(more)"
    return HTTPError(404, "No \(what) is called \(name.prefix(200)); \(there).")
  }
}
