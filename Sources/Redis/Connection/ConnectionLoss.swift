/// Why a connection ended.
enum ConnectionLoss {
  /// It broke, or was given up: the reason.
  case ended(String)
  /// What came was not acceptable.
  case fault(RedisError)

  /// For the request whose reply was next.
  var forFirst: RedisError {
    switch self {
    case .ended(let why): .outcomeUnknown(why)
    case .fault(let error): error
    }
  }

  /// For the requests behind it.
  var forOthers: RedisError {
    switch self {
    case .ended(let why): .outcomeUnknown(why)
    case .fault(let error): .outcomeUnknown(error.description)
    }
  }

  /// For those who only want a connection.
  var forWaiting: RedisError {
    switch self {
    case .ended(let why): .unreachable(why)
    case .fault(let error): error
    }
  }
}
