import CNghttp2
import Glibc

/// What the library has taken for one connection, and may: whatever a peer sends, it costs no more.
final class HTTP2Memory {
  let most: Int
  private(set) var used = 0
  /// More was wanted than there may be.
  private(set) var isFull = false

  init(most: Int) { self.most = most }

  /// The library's functions for memory; they hold as long as this object does.
  var functions: nghttp2_mem {
    nghttp2_mem(
      mem_user_data: Unmanaged.passUnretained(self).toOpaque(),
      malloc: { size, user in HTTP2Memory.of(user)?.taken(size) { Glibc.malloc(size) } },
      free: { pointer, user in HTTP2Memory.of(user)?.give(pointer) },
      calloc: { count, size, user in HTTP2Memory.of(user)?.taken(count &* size) { Glibc.calloc(count, size) }
      },
      realloc: { pointer, size, user in HTTP2Memory.of(user)?.again(pointer, size) })
  }

  private static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Memory? {
    user.map { Unmanaged<HTTP2Memory>.fromOpaque($0).takeUnretainedValue() }
  }

  private func taken(_ size: Int, _ take: () -> UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard size >= 0, size <= most - used else {
      isFull = true
      return nil
    }
    let pointer = take()
    used += malloc_usable_size(pointer)
    return pointer
  }

  private func give(_ pointer: UnsafeMutableRawPointer?) {
    used -= malloc_usable_size(pointer)
    Glibc.free(pointer)
  }

  private func again(_ pointer: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    let before = malloc_usable_size(pointer)
    guard size >= 0, size <= most - used + before else {
      isFull = true
      return nil
    }
    guard let moved = Glibc.realloc(pointer, size) else { return nil }
    used += malloc_usable_size(moved) - before
    return moved
  }
}
