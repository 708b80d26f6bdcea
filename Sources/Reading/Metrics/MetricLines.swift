import Health

/// Prometheus' text format (version 0.0.4): each family with its help and type once, in front of its samples.
struct MetricLines {
  enum Kind: String {
    case gauge, counter, histogram
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

  /// A family of histograms of microseconds, told in seconds.
  mutating func histogram(_ name: String, _ help: String, _ samples: (inout Family) -> Void) {
    family(name, .histogram, help, samples)
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

    /// One histogram: its buckets, sum and count.
    mutating func samples(_ labels: KeyValuePairs<String, String>, _ histogram: PhaseHistogram) {
      var count: UInt64 = 0
      for (place, more) in histogram.counts.enumerated() {
        count += more
        let bounds = PhaseHistogram.boundsUs
        begin(labels, "_bucket", bound: place < bounds.count ? Self.seconds(UInt64(bounds[place])) : "+Inf")
        page.number(count)
        page.raw("\n")
      }
      begin(labels, "_sum")
      page.raw("\(Self.seconds(histogram.sumUs))\n")
      begin(labels, "_count")
      page.number(count)
      page.raw("\n")
    }

    /// `0.0005`: microseconds as seconds, without zeros at the end.
    private static func seconds(_ us: UInt64) -> String {
      var digits = String(us % 1_000_000)
      digits = String(repeating: "0", count: 6 - digits.utf8.count) + digits
      while digits.last == "0" { digits.removeLast() }
      return digits.isEmpty ? String(us / 1_000_000) : "\(us / 1_000_000).\(digits)"
    }

    private mutating func begin(
      _ labels: KeyValuePairs<String, String>, _ suffix: String = "", bound: String? = nil
    ) {
      page.raw(name)
      page.raw(suffix)
      var isFirst = true
      for (label, value) in labels { write(label, value, &isFirst) }
      if let bound { write("le", bound, &isFirst) }
      page.raw(isFirst ? " " : "} ")
    }

    private mutating func write(_ label: String, _ value: String, _ isFirst: inout Bool) {
      page.raw(isFirst ? "{" : ",")
      isFirst = false
      page.raw(label)
      page.raw("=\"")
      page.label(value)
      page.raw("\"")
    }
  }
}
