/// Why a command has no reply, by class. Closed: whoever switches over it has thought of all.
///
/// No text in it holds a password, an argument or a reply; a text is at most 200 characters of printable ASCII.
package enum RedisError: Error, Hashable, Sendable {
  // Nothing was sent.

  /// No connection was had before the command's deadline.
  case unreachable(String)
  /// The server does not accept the user or password, or wants one (NOAUTH, WRONGPASS, DENIED); or the password
  /// cannot be had from its file or variable.
  case refused(String)
  /// The connection cannot be secured: the server's certificate is not trusted, the server wants one of ours, it speaks no
  /// TLS, or a file of ours is no good.
  case tls(String)
  /// As much is waiting as `RedisLimits` allows, or the command alone is more than that.
  case queueFull(String)
  /// The client is closed.
  case closed

  // The reply did not come.

  /// The deadline passed. `isWritten`: the server may have got the command.
  case deadline(isWritten: Bool)
  /// The calling task was cancelled. `isWritten`: the server may have got the command.
  case cancelled(isWritten: Bool)
  /// The connection was lost after the command was written. It is never sent again by this client.
  case outcomeUnknown(String)
  /// What came is no reply of the Redis protocol. The connection was closed.
  case protocolViolation(String)
  /// The reply is beyond `RedisLimits`. The connection was closed.
  case replyTooLarge(String)

  // The server answered with an error.

  case scriptMissing(String)
  case readOnly(String)
  /// The server reads its data from disk, and answers later.
  case loading(String)
  /// A script occupies the server.
  case busy(String)
  case outOfMemory(String)
  /// Fewer replicas than `min-replicas-to-write`.
  case noReplicas(String)
  /// The server stopped writes because it cannot save (MISCONF).
  case misconfigured(String)
  case noPermission(String)
  case wrongType(String)
  /// Another server has the slot for good. `address` is `host:port`.
  case moved(slot: Int, address: String)
  /// Another server has the key at the moment. `address` is `host:port`.
  case ask(slot: Int, address: String)
  /// The slot is half at one server and half at another; later it is at one.
  case tryAgain(String)
  /// The Redis Cluster, or a part of it, is down: too many of its servers are, or nobody has a slot.
  case clusterDown(String)
  /// Any other error: its first word, and all of it.
  case server(code: String, text: String)
}

extension RedisError {
  /// Whether the server may have run the command, without anybody here knowing.
  ///
  /// False when nothing was sent, and when the server answered. An answer from inside a script does not undo what
  /// the script wrote before.
  package var isOutcomeUnknown: Bool {
    switch self {
    case .outcomeUnknown, .protocolViolation, .replyTooLarge: true
    case .deadline(let isWritten), .cancelled(let isWritten): isWritten
    default: false
    }
  }

  /// The class as one word, for metrics and logs.
  package var name: String {
    switch self {
    case .unreachable: "unreachable"
    case .refused: "refused"
    case .tls: "tls"
    case .queueFull: "queue_full"
    case .closed: "closed"
    case .deadline: "deadline"
    case .cancelled: "cancelled"
    case .outcomeUnknown: "outcome_unknown"
    case .protocolViolation: "protocol_violation"
    case .replyTooLarge: "reply_too_large"
    case .scriptMissing: "script_missing"
    case .readOnly: "read_only"
    case .loading: "loading"
    case .busy: "busy"
    case .outOfMemory: "out_of_memory"
    case .noReplicas: "no_replicas"
    case .misconfigured: "misconfigured"
    case .noPermission: "no_permission"
    case .wrongType: "wrong_type"
    case .moved: "moved"
    case .ask: "ask"
    case .tryAgain: "try_again"
    case .clusterDown: "cluster_down"
    case .server: "server"
    }
  }
}

extension RedisError: CustomStringConvertible {
  /// A sentence for people.
  package var description: String {
    switch self {
    case .unreachable(let why): "Redis cannot be reached: \(why)"
    case .refused(let text): "no login to Redis: \(text)"
    case .tls(let why): "no secure connection to Redis: \(why)"
    case .queueFull(let why): "too much waits for Redis: \(why)"
    case .closed: "the Redis client is closed"
    case .deadline(isWritten: true): "Redis did not answer in time; the command may have been run"
    case .deadline(isWritten: false): "Redis could not be asked in time; the command was not sent"
    case .cancelled(isWritten: true): "cancelled while Redis had the command; it may have been run"
    case .cancelled(isWritten: false): "cancelled before the command was sent"
    case .outcomeUnknown(let why): "the connection to Redis was lost (\(why)); the command may have been run"
    case .protocolViolation(let what): "what came is not from a Redis server: \(what)"
    case .replyTooLarge(let what): "the reply of Redis is too large: \(what)"
    case .scriptMissing: "Redis does not have the script"
    case .readOnly(let text): "this Redis server is a replica: \(text)"
    case .loading(let text): "Redis is loading its data: \(text)"
    case .busy(let text): "Redis is busy with a script: \(text)"
    case .outOfMemory(let text): "Redis is out of memory: \(text)"
    case .noReplicas(let text): "Redis has too few replicas: \(text)"
    case .misconfigured(let text): "Redis does not take writes because it cannot save: \(text)"
    case .noPermission(let text): "the Redis user lacks a permission: \(text)"
    case .wrongType(let text): "a key in Redis is of another type: \(text)"
    case .moved(let slot, let address):
      "this Redis server is one of a Redis Cluster, and another has slot \(slot): \(address)"
    case .ask(let slot, let address):
      "this Redis server is one of a Redis Cluster, and slot \(slot) is moving to another: \(address)"
    case .tryAgain(let text): "a slot of the Redis Cluster is on its way to another server: \(text)"
    case .clusterDown(let text): "the Redis Cluster is down: \(text)"
    case .server(_, let text): "Redis answered with an error: \(text)"
    }
  }
}
