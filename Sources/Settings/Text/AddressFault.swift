import Addresses

extension HostPort {
  /// Reads what a user wrote.
  ///
  /// - Parameter wanted: the remedy for what is no address at all.
  init(reading text: String, ports: ClosedRange<UInt16>, wanted: String) throws(ValueError) {
    do throws(HostPortError) {
      try self.init(text, ports: ports)
    } catch {
      throw ValueError(error, in: text, ports: ports, wanted: wanted)
    }
  }
}

extension RedisURL {
  /// Reads what a user wrote. No message quotes it, because a password may be in it.
  init(reading text: String) throws(ValueError) {
    do throws(RedisURLError) {
      try self.init(text)
    } catch {
      throw ValueError(what: error.what, remedy: error.remedy)
    }
  }
}

extension ValueError {
  fileprivate init(_ error: HostPortError, in text: String, ports: ClosedRange<UInt16>, wanted: String) {
    switch error {
    case .notAnAddress: self.init(what: "\"\(Quoting.short(text))\" is not an address", remedy: wanted)
    case .notAPort(let digits):
      self.init(
        what: "\"\(Quoting.short(digits))\" in \"\(Quoting.short(text))\" is not a port",
        remedy: "give a number from \(ports.lowerBound) to \(ports.upperBound)")
    case .notIPv6(let host):
      self.init(
        what: "\"\(Quoting.short(host))\" is not an IPv6 address",
        remedy: "write it like [::1] or [2001:db8::1]:80")
    }
  }
}
