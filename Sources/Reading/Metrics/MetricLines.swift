/// Prometheus' text format (version 0.0.4): each family with its help and type once, in front of its samples.
struct MetricLines {
  enum Kind: String {
    case gauge, counter
  }

  private(set) var page: PageBytes

  init(reserving capacity: Int) {
    page = PageBytes(reserving: capacity)
  }

  /// - Parameters:
  ///   - help: one line without a backslash.
  ///   - samples: writes them, by `sample`.
  mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: (inout Family) -> Void) {
    page.raw("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    var family = Family(name: name, page: page)
    // Moved, not copied.
    page = PageBytes(reserving: 0)
    samples(&family)
    page = family.page
  }

  /// The samples of one family.
  struct Family {
    fileprivate let name: String
    fileprivate var page: PageBytes

    mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: some BinaryInteger) {
      begin(labels)
      page.number(value)
      page.raw("\n")
    }

    /// Milliseconds, written as seconds: the unit that Prometheus' names go by.
    mutating func sample(_ labels: KeyValuePairs<String, String>, ms: Int64) {
      begin(labels)
      let digits = String(ms.magnitude % 1000)
      page.raw(ms < 0 ? "-" : "")
      page.number(ms.magnitude / 1000)
      page.raw(".\(String(repeating: "0", count: 3 - digits.utf8.count))\(digits)\n")
    }

    private mutating func begin(_ labels: KeyValuePairs<String, String>) {
      page.raw(name)
      for (index, (label, value)) in labels.enumerated() {
        page.raw(index == 0 ? "{" : ",")
        page.raw(label)
        page.raw("=\"")
        page.label(value)
        page.raw("\"")
      }
      page.raw(labels.isEmpty ? " " : "} ")
    }
  }
}
