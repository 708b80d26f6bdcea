/// What `/status?format=` may ask for.
enum StatusFormat: String, Hashable, Sendable, CaseIterable {
  case text, prometheus, json, html

  var contentType: ContentType {
    switch self {
    case .text: .text
    case .prometheus: .prometheus
    case .json: .json
    case .html: .html
    }
  }

  static func of(_ values: [String: String]) throws(HTTPError) -> StatusFormat {
    guard let name = values["format"] else { return .text }
    if let format = StatusFormat(rawValue: name) { return format }
    let allowed = allCases.map(\.rawValue).joined(separator: ", ")
    throw HTTPError(400, "There is no format \(name.prefix(40)); use one of: \(allowed).")
  }
}
