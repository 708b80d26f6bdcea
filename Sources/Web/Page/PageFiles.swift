/// The page's files in the folder Assets, as they are built into the program.
enum PageFiles {
  /// Colours are named once, light and dark; everything else refers to the names.
  static let style = text(PackageResources.page_css)

  /// Fetches the changing part every two seconds and puts what differs into the page, so that open sections, focus,
  /// selection and scroll position stay. Without it the page reloads itself.
  static let script = text(PackageResources.page_js).replacing("GONE_ICON", with: PageIcon.gone)

  /// The worker of the script. Browsers hold back the timers of a page that nobody sees, up to a minute, but not those
  /// of its workers: while the page is hidden a worker wakes it every five seconds, so that title and icon of the tab
  /// stay true.
  static let clock = text(PackageResources.clock_js)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
