import Backends
import Glibc

/// PyPI's grpcio with its health service, on ports of its own: one without TLS, one without a health service, and, where
/// there is a certificate, one with TLS.
package final class GrpcServer: Sendable {
  package let port: UInt16
  /// Knows no health service.
  package let bare: UInt16
  /// Nobody listens there without a certificate.
  package let secured: UInt16
  private let reserved: [ReservedPort]
  private let folder: TestFolder
  private let child: Child

  /// Serves when this returns: the whole server and `shop.Cart` are SERVING, `shop.Stock` is NOT_SERVING, and
  /// `shop.Odd` UNKNOWN; `shop.Secret` wants `authorization: Bearer let-me-in`.
  package init(_ own: Authority.Issued? = nil) async throws {
    reserved = try (0..<3).map { _ in try ReservedPort() }
    (port, bare, secured) = (reserved[0].port, reserved[1].port, reserved[2].port)
    folder = try TestFolder()
    let script = try folder.write("server.py", Self.script)
    let files = own.map { [$0.certificate, $0.key] } ?? []
    child = try Child(try Self.python(), [script] + reserved.map { "\($0.port)" } + files)
    guard await child.line(with: "serving", on: .output, within: .seconds(30)) != nil else {
      throw TestServerError("the gRPC server did not start:\n\(child.state.value.error.text)")
    }
  }

  /// From now on the service has this status; empty: the whole server.
  package func set(_ service: String = "", _ status: String) async throws {
    child.write("\(service) \(status)\n")
    guard await child.line(with: "set \(service) \(status)", on: .output) != nil else {
      throw TestServerError("the gRPC server did not take \(status)")
    }
  }

  /// What it has said beside.
  package var log: String { child.state.value.error.text }

  package func stop() async { await child.stop() }

  /// Python with grpcio; `make deps` makes it.
  private static func python() throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let path = "\(root)/.build-python/bin/python"
    guard access(path, X_OK) == 0 else { throw TestServerError("there is no \(path): run make deps") }
    return path
  }

  private static let script = """
    import sys
    from concurrent import futures

    import grpc
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc


    class Guarded(health.HealthServicer):
        def Check(self, request, context):
            metadata = dict(context.invocation_metadata())
            if request.service == "shop.Secret" and metadata.get("authorization") != "Bearer let-me-in":
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "no token: 100% sure")
            return super().Check(request, context)


    plain, bare, secured, *files = sys.argv[1:]
    server = grpc.server(futures.ThreadPoolExecutor(4))
    checked = Guarded()
    health_pb2_grpc.add_HealthServicer_to_server(checked, server)
    Status = health_pb2.HealthCheckResponse.ServingStatus
    for service, status in (("", "SERVING"), ("shop.Cart", "SERVING"), ("shop.Stock", "NOT_SERVING"),
                            ("shop.Odd", "UNKNOWN"), ("shop.Secret", "SERVING")):
        checked.set(service, Status.Value(status))
    server.add_insecure_port("127.0.0.1:" + plain)
    if files:
        certificate, key = (open(path, "rb").read() for path in files)
        credentials = grpc.ssl_server_credentials(((key, certificate),))
        server.add_secure_port("127.0.0.1:" + secured, credentials)
    server.start()
    other = grpc.server(futures.ThreadPoolExecutor(1))
    other.add_insecure_port("127.0.0.1:" + bare)
    other.start()
    print("serving", flush=True)
    for line in sys.stdin:
        service, _, status = line.rstrip("\\n").rpartition(" ")
        checked.set(service, Status.Value(status))
        print("set", service, status, flush=True)

    """
}
