/// The icon of the page: three voters around a decision.
enum PageIcon {
  static let fine = icon(lit: "#2f9e66", seat: "#2f9e66")
  static let alarm = icon(lit: "#d64545", seat: "#d64545")

  private static func icon(lit: String, seat: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
    <path d="M16 4 26.4 22H5.6Z" fill="none" stroke="\(seat)" stroke-opacity=".35" stroke-width="3"/>\
    <circle cx="16" cy="6.5" r="5" fill="\(lit)"/><circle cx="6.5" cy="23" r="5" fill="\(lit)"/>\
    <circle cx="25.5" cy="23" r="5" fill="\(lit)" fill-opacity=".35"/></svg>
    """
  }
}
