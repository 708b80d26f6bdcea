/// The icon of the page: three voters around a decision; rings where nothing is known for sure.
enum PageIcon {
  static let fine = icon("#2f9e66")
  static let alarm = icon("#d64545")
  static let stale = icon("#c98a12", isHollow: true)
  static let staleAlarm = icon("#d64545", isHollow: true)
  /// The script's own, for a node that does not answer and could not send it.
  static let gone = icon("#7c8796", isHollow: true)

  private static func icon(_ colour: String, isHollow: Bool = false) -> String {
    let seat = isHollow ? "fill=\"none\" stroke=\"\(colour)\" stroke-width=\"3\"" : "fill=\"\(colour)\""
    let radius = isHollow ? "4" : "5"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
      <path d="M16 4 26.4 22H5.6Z" fill="none" stroke="\(colour)" stroke-opacity=".35" stroke-width="3"/>\
      <circle cx="16" cy="6.5" r="\(radius)" \(seat)/><circle cx="6.5" cy="23" r="\(radius)" \(seat)/>\
      <circle cx="25.5" cy="23" r="\(radius)" \(seat) opacity=".35"/></svg>
      """
  }
}
