/// What a peer has said in answer to the one request of its connection, in its order.
package enum HTTP2Event: Hashable, Sendable {
  /// The final answer has begun; what is interim (1xx) is passed over.
  case head(status: UInt16, [HTTP2Field])
  /// The next bytes of its body, as they came.
  case body([UInt8])
  /// Fields behind the body.
  case trailers([HTTP2Field])
  /// It is here whole.
  case end
}

/// Why there is no answer, or no more of it.
package enum HTTP2Failure: Error, Hashable, Sendable {
  /// What came first is no HTTP/2: its first bytes, at most `HTTP2Session.longestStart`.
  case foreign([UInt8])
  /// The peer did not take the request, and says so: another connection may fare better. `RST_STREAM REFUSED_STREAM`.
  case refused(String)
  /// The peer breaks the rules, or ends the connection or the answer with an error: `GOAWAY ENHANCE_YOUR_CALM`.
  case broken(String)
  /// Headers, or trailers with them, have more than `HTTP2Session.mostHeaderBytes`.
  case headersTooLong
  /// It would cost more than a peer may: `more than 256 control frames`.
  case tooMuch(String)
}
