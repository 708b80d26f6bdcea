import CNghttp2

/// Fields as the library takes them, which copies them.
enum FieldPointers {
  static func with<Result>(
    _ fields: [HTTP2Field], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    // One buffer with all of them: the pointers hold for as long as it does.
    var all: [UInt8] = []
    for field in fields {
      all += field.name.utf8
      all += field.value
    }
    return all.withUnsafeMutableBufferPointer { bytes in
      var pointers: [nghttp2_nv] = []
      var at = bytes.baseAddress
      for field in fields {
        let nameCount = field.name.utf8.count
        pointers.append(
          nghttp2_nv(
            name: at, value: at.map { $0 + nameCount }, namelen: nameCount, valuelen: field.value.count,
            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
        at = at.map { $0 + nameCount + field.value.count }
      }
      return pointers.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }
}
