import CZlib
import NIOCore

/// Bodies in the content coding `gzip` (RFC 1952), made by zlib.
enum Gzip {
  /// For what is kept and sent many times.
  static let thorough: Int32 = 6
  /// For what is sent once.
  static let quick: Int32 = 1
  /// Below this many bytes a body gains nothing worth the work.
  static let least = 1024

  /// Nil: it would not be smaller, or zlib has no memory.
  static func compress(_ body: ByteBuffer, level: Int32) -> ByteBuffer? {
    guard body.readableBytes >= least else { return nil }
    var stream = z_stream()
    // 15 bits of window, and 16 for a gzip header.
    guard
      deflateInit2_(
        &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    let most = Int(deflateBound(&stream, UInt(body.readableBytes)))
    var packed = ByteBuffer()
    packed.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
      body.withUnsafeReadableBytes { deflate($0, into: room, &stream) }
    }
    return packed.readableBytes > 0 && packed.readableBytes < body.readableBytes ? packed : nil
  }

  /// Returns how many bytes were written; 0: it did not succeed.
  private static func deflate(
    _ bytes: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer, _ stream: inout z_stream
  ) -> Int {
    stream.next_in = UnsafeMutablePointer(
      mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = UInt32(clamping: bytes.count)
    stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(clamping: room.count)
    guard CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END, stream.avail_in == 0 else { return 0 }
    return room.count - Int(stream.avail_out)
  }
}
