package import Addresses

/// What is asked about a name.
package enum NameQuestion: Hashable, Sendable {
  /// The addresses of a host, once for each reading of the settings, as nginx asks.
  case fixed(String)
  /// The addresses of a host, again and again.
  case host(String)
  /// The SRV records of a service, again and again: `_http._tcp.example.internal`.
  case service(String)

  package var name: String {
    switch self {
    case .fixed(let name), .host(let name), .service(let name): name
    }
  }

  /// It is asked again when time has passed.
  package var isFollowed: Bool { if case .fixed = self { false } else { true } }
}

/// What was found.
package enum NameAnswer: Hashable, Sendable {
  /// In any order; one or more.
  case addresses([IPAddress])
  /// In any order; one or more.
  case services([ServiceRecord])
}

/// One SRV record, without its weight: nobody balances by it here.
package struct ServiceRecord: Hashable, Sendable {
  /// The name of a host, without a dot at its end.
  package var target: String
  package var port: UInt16
  /// The lowest of a service's records serve first.
  package var priority: UInt16

  package init(target: String, port: UInt16, priority: UInt16) {
    self.target = target
    self.port = port
    self.priority = priority
  }
}

/// Why nothing was found.
package struct NameFailure: Error, Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// There is no such name.
    case notFound = "not_found"
    /// There is the name, and nothing of the kind that was asked for.
    case empty
    /// Nobody gave an answer that can be used.
    case failed
  }

  package var kind: Kind
  /// As the resolver says it: `Domain name not found`.
  package var text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

package typealias NameResult = Result<NameAnswer, NameFailure>
