import HTTP2
import Health

/// Judges one answer of gRPC's health service: the status of gRPC, in the headers or behind the body, and the message.
struct HealthCheck {
  private let service: String
  private var status: UInt16 = 0
  private var contentType: [UInt8]?
  private var message: [UInt8] = []

  init(service: String) { self.service = service }

  /// How far the answer has come, as a clause.
  var progress: String { "status \(status) came, and no status of gRPC" }

  /// - Returns: nil: it depends on what follows.
  mutating func take(_ event: HTTP2Event) -> AnswerVerdict? {
    switch event {
    case .head(let status, let fields):
      self.status = status
      contentType = fields.first { $0.name == "content-type" }?.value
      // Servers that have nothing to say but an error do it here, whatever the status of HTTP: nginx' pages for gRPC too.
      if let verdict = judge(fields) { return verdict }
      return isGrpc ? nil : .failed(.noGrpc, instead)
    case .body(let bytes):
      message += bytes
      return message.count > HealthMessage.longest + HealthMessage.prefix
        ? .failed(.noGrpc, "a message longer than \(HealthMessage.longest) bytes") : nil
    case .trailers(let fields): return judge(fields)
    case .end: return .failed(.noGrpc, "no grpc-status at the end of the answer")
    }
  }

  private var isGrpc: Bool {
    status == 200 && contentType?.starts(with: Array("application/grpc".utf8)) == true
  }

  private var instead: String {
    let type = contentType.map { ", content-type \(Printable.piece($0))" } ?? ", no content-type"
    return "HTTP status \(status)\(type)"
  }

  /// Nil: there is no status of gRPC.
  private func judge(_ fields: [HTTP2Field]) -> AnswerVerdict? {
    guard let field = fields.first(where: { $0.name == "grpc-status" }) else { return nil }
    guard let code = UInt32(String(decoding: field.value, as: UTF8.self)) else {
      return .failed(.noGrpc, Printable.detail("grpc-status is \(Printable.piece(field.value))"))
    }
    guard code == 0 else {
      let words = fields.first { $0.name == "grpc-message" }.map { GrpcStatus.message($0.value) } ?? []
      return .failed(.badGrpcStatus, told(code, words))
    }
    switch HealthMessage.status(in: message) {
    case .status(1): return .met
    case .status(let status): return .failed(.notServing, HealthMessage.name(status))
    case .malformed(let what): return .failed(.noGrpc, what)
    }
  }

  /// `UNIMPLEMENTED, it has no health service: "unknown service"`.
  private func told(_ code: UInt32, _ words: [UInt8]) -> String {
    var text = GrpcStatus.name(code)
    switch code {
    case 5:
      text +=
        ", it does not know \(service.isEmpty ? "its own health" : "the service \(Printable.piece(service))")"
    case 12: text += ", it has no health service"
    default: break
    }
    return Printable.detail(words.isEmpty ? text : "\(text): \(Printable.piece(words))")
  }
}

/// The status codes of gRPC.
enum GrpcStatus {
  private static let names = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
    "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
  ]

  static func name(_ code: UInt32) -> String {
    code < UInt32(names.count) ? names[Int(code)] : "grpc-status \(code)"
  }

  /// `%20` and the like as what they stand for; what is no such thing stays as it is.
  static func message(_ value: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let decoded = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
