import Addresses
import CTrust
import Glibc
import Health

/// Why a certificate is not trusted, in words.
struct CertificateFlaw {
  let sentence: String

  init(_ verdict: trust_verdict, _ facts: Certificate, wanted: ChainVerifier.Name) {
    switch verdict.code {
    case -1: sentence = "what was sent as a certificate is none"
    case -2: sentence = "out of memory"
    default: sentence = Self.sentence(verdict, facts, wanted)
    }
  }

  private static func sentence(
    _ verdict: trust_verdict, _ facts: Certificate, _ wanted: ChainVerifier.Name
  ) -> String {
    switch trust_reason_of(verdict.code) {
    case trust_expired: return "certificate has expired (\(Self.day(verdict.ends)))"
    case trust_not_yet_valid: return "certificate is not valid before \(Self.day(verdict.begins))"
    case trust_other_name:
      let names = facts.names.isEmpty ? "nobody" : shortened(facts.names)
      return "certificate is for \(names), not \(text(wanted))"
    case trust_unknown_issuer: return "unknown issuer"
    case trust_self_signed: return "self-signed certificate"
    default:
      return "certificate is not trusted: \(withUnsafeBytes(of: verdict.text) { CText.string($0) })"
    }
  }

  /// `2026-10-01`, in UTC.
  private static func day(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "\(seconds)" }
    func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(1900 + Int(parts.tm_year))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
  }

  private static func shortened(_ names: String) -> String {
    let all = names.split(separator: ",").map { $0.trimmingSpaces() }
    return all.count > 3 ? all.prefix(3).joined(separator: ", ") + " and \(all.count - 3) more" : names
  }

  private static func text(_ name: ChainVerifier.Name) -> String {
    switch name {
    case .host(let host): host
    case .address(let address): address.text
    case .anybody: "anybody"
    }
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> String { String(drop { $0 == " " }) }
}
