extension Html {
  /// An attribute: its name stands in the program, its value may be from anywhere.
  struct Attribute {
    enum Value {
      /// It is left out.
      case absent
      /// What it begins with is all.
      case empty
      case text(String)
      case number(Int)
      /// It stands in the program, as it is.
      case literal(StaticString)
    }

    /// ` name="`; all of it where nothing follows.
    let start: StaticString
    let value: Value

    private init(_ start: StaticString, _ value: Value) {
      self.start = start
      self.value = value
    }

    /// - Parameter text: nil leaves the attribute out.
    private init(_ start: StaticString, _ text: String?) {
      self.init(start, text.map { .text($0) } ?? .absent)
    }
  }
}

// Those that the page uses.
extension Html.Attribute {
  static var absent: Self { Self("", .absent) }
  static func `class`(_ names: String?) -> Self { Self(" class=\"", names) }
  static func title(_ text: String?) -> Self { Self(" title=\"", text) }
  static func href(_ address: String) -> Self { Self(" href=\"", address) }
  static func src(_ address: String) -> Self { Self(" src=\"", address) }
  static func id(_ name: StaticString) -> Self { Self(" id=\"", .literal(name)) }
  static func role(_ role: StaticString) -> Self { Self(" role=\"", .literal(role)) }
  static func scope(_ scope: StaticString) -> Self { Self(" scope=\"", .literal(scope)) }
  static func label(_ text: String) -> Self { Self(" aria-label=\"", text) }
  static func labelledBy(_ id: StaticString) -> Self { Self(" aria-labelledby=\"", .literal(id)) }
  /// Of the pages that can be chosen, the one that is shown.
  static func current(_ isCurrent: Bool) -> Self {
    Self(" aria-current=\"page\"", isCurrent ? .empty : .absent)
  }
  /// Not for who hears the page.
  static var hiddenToReaders: Self { Self(" aria-hidden=\"true\"", .empty) }
  static func datetime(_ moment: String) -> Self { Self(" datetime=\"", moment) }
  static func value(_ text: String) -> Self { Self(" value=\"", text) }
  static func maxLength(_ count: Int) -> Self { Self(" maxlength=\"", .number(count)) }
  static func open(_ isOpen: Bool) -> Self { Self(" open", isOpen ? .empty : .absent) }

  /// Attributes that stand in the program, as they are, with a space in front.
  static func trusted(_ markup: StaticString) -> Self { Self(markup, .empty) }

  // For the style sheet and the script.

  /// What an element is about, by which the script finds it again.
  static func key(_ key: String) -> Self { Self(" data-k=\"", key) }
  /// The state that the script watches for changes.
  static func state(_ state: String) -> Self { Self(" data-s=\"", state) }
  /// The head of the column, where the narrow style has no columns.
  static func column(_ name: StaticString) -> Self { Self(" data-l=\"", .literal(name)) }
  /// The title and the icon of the browser's tab.
  static func tabTitle(_ title: String) -> Self { Self(" data-title=\"", title) }
  static func tabIcon(_ address: String) -> Self { Self(" data-icon=\"", address) }
  static func clock(_ address: String) -> Self { Self(" data-clock=\"", address) }

  // Of pictures.

  static func viewBox(width: Int, height: Int) -> Self { Self(" viewBox=\"", "0 0 \(width) \(height)") }
  static func x(_ x: Int) -> Self { Self(" x=\"", .number(x)) }
  static func y(_ y: Int) -> Self { Self(" y=\"", .number(y)) }
  static func width(_ width: Int) -> Self { Self(" width=\"", .number(width)) }
  static func height(_ height: Int) -> Self { Self(" height=\"", .number(height)) }
}
