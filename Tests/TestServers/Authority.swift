import Backends
import FoundationEssentials

/// A certificate authority of a test, and what it signs: made with Debian's openssl, in a folder of its own.
package final class Authority: Sendable {
  /// Paths of PEM files.
  package struct Issued: Sendable {
    package let certificate: String
    package let key: String
  }

  package enum KeyKind: Sendable {
    case ec, rsa
  }

  private let folder: TestFolder
  /// The path of its own certificate.
  package let ca: String

  package init() async throws {
    folder = try TestFolder()
    ca = "\(folder.path)/ca.pem"
    try folder.write("index.txt", "")
    try folder.write("serial", "01\n")
    try await Self.key(.ec, "\(folder.path)/ca.key")
    try await Self.openssl([
      "req", "-x509", "-new", "-key", "\(folder.path)/ca.key", "-subj", "/CN=Test authority", "-days", "3650",
      "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", ca,
    ])
  }

  /// - Parameters:
  ///   - names: `DNS:a.example` or `IP:127.0.0.1`, each.
  ///   - from: `20200101000000Z`, as `until`.
  package func issue(
    _ names: [String], from: String = "20200101000000Z", until: String = "20990101000000Z",
    key kind: KeyKind = .ec, file: String = UUID().uuidString
  ) async throws -> Issued {
    let issued = Issued(certificate: "\(folder.path)/\(file).pem", key: "\(folder.path)/\(file).key")
    let request = "\(folder.path)/\(file).csr"
    let settings = try folder.write("\(file).cnf", settings(names))
    try await Self.key(kind, issued.key)
    try await Self.openssl([
      "req", "-new", "-key", issued.key, "-subj", "/CN=\(file.prefix(40))", "-out", request,
    ])
    try await Self.openssl([
      "ca", "-batch", "-notext", "-config", settings, "-startdate", from, "-enddate", until, "-in", request,
      "-out", issued.certificate,
    ])
    return issued
  }

  /// One that nobody has signed but itself.
  package func selfSigned(_ name: String) async throws -> Issued {
    let issued = Issued(certificate: "\(folder.path)/self.pem", key: "\(folder.path)/self.key")
    try await Self.key(.ec, issued.key)
    try await Self.openssl([
      "req", "-x509", "-new", "-key", issued.key, "-subj", "/CN=\(name)", "-days", "30", "-addext",
      "subjectAltName=\(name)", "-out", issued.certificate,
    ])
    return issued
  }

  private func settings(_ names: [String]) -> String {
    """
    [ca]
    default_ca = own
    [own]
    database = \(folder.path)/index.txt
    serial = \(folder.path)/serial
    new_certs_dir = \(folder.path)
    certificate = \(ca)
    private_key = \(folder.path)/ca.key
    default_md = sha256
    unique_subject = no
    policy = any
    x509_extensions = leaf
    [any]
    commonName = supplied
    [leaf]
    basicConstraints = CA:FALSE
    subjectAltName = \(names.joined(separator: ","))

    """
  }

  private static func key(_ kind: KeyKind, _ path: String) async throws {
    let algorithm =
      kind == .ec
      ? ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
      : ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    try await openssl(["genpkey"] + algorithm + ["-out", path])
  }

  private static func openssl(_ words: [String]) async throws {
    let result = try await Shell.run("exec \"$@\"", ["openssl"] + words)
    guard result.end == .exit(0) else { throw TestServerError("openssl \(words[0]): \(result)") }
  }
}
