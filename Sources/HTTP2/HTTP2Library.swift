import CNghttp2

/// What all connections of one thread have in common: whom the library calls, and what it lets peers do.
package final class HTTP2Library {
  /// Nil: there was no memory.
  let callbacks: OpaquePointer?
  let options: OpaquePointer?

  /// Entries of one SETTINGS frame.
  private static let mostSettings = 32
  /// Acknowledgements that wait to be sent: those of all frames that there may be.
  private static let mostAcknowledgements = HTTP2Session.mostFrames + 1
  /// Frames that one block of headers may go on in.
  private static let mostContinuations = 8

  package init() {
    var callbacks: OpaquePointer?
    nghttp2_session_callbacks_new(&callbacks)
    self.callbacks = callbacks
    var options: OpaquePointer?
    nghttp2_option_new(&options)
    self.options = options
    if let callbacks { Self.listen(callbacks) }
    if let options { Self.limit(options) }
  }

  deinit {
    nghttp2_session_callbacks_del(callbacks)
    nghttp2_option_del(options)
  }

  private static func limit(_ options: OpaquePointer) {
    nghttp2_option_set_max_settings(options, mostSettings)
    nghttp2_option_set_max_outbound_ack(options, mostAcknowledgements)
    nghttp2_option_set_max_continuations(options, mostContinuations)
    // Nobody may push, and nothing is remembered of what is over.
    nghttp2_option_set_max_reserved_remote_streams(options, 0)
    nghttp2_option_set_no_closed_streams(options, 1)
    // Each connection asks once: there is nothing to gain from a table of what was sent.
    nghttp2_option_set_max_deflate_dynamic_table_size(options, 0)
  }

  private static func listen(_ callbacks: OpaquePointer) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, user in
      HTTP2Session.of(user)?.began(header) ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, user in
      HTTP2Session.of(user)?.fieldsBegan() ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, _, name, nameCount, value, count, _, user in
      let name = UnsafeBufferPointer(start: name, count: nameCount)
      return HTTP2Session.of(user)?.field(name, UnsafeBufferPointer(start: value, count: count))
        ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, _, data, count, user in
      HTTP2Session.of(user)?.body(UnsafeBufferPointer(start: data, count: count)) ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      HTTP2Session.of(user)?.received(frame) ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, code, user in
      HTTP2Session.of(user)?.refused(code) ?? HTTP2Session.stop
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
      HTTP2Session.of(user)?.sent(frame) ?? HTTP2Session.stop
    }
  }
}
