import NIOCore

extension Duration {
  /// As NIO counts it, within a year, so that adding it to a clock cannot overflow.
  var asTimeAmount: TimeAmount {
    TimeAmount(min(max(self, .zero), .seconds(365 * 86_400)))
  }
}
