/// What a client allows, and what it waits for. Times are above zero.
package struct RedisLimits: Hashable, Sendable {
  /// From the call to the reply, for a command that brings no deadline of its own: waiting for a connection
  /// included. 1 second. A connection whose oldest command waits longer than this is given up.
  package var commandDeadline: Duration = .seconds(1)
  /// From the start of a dial to the server's answers to AUTH, SELECT and the name. 1 second.
  package var dialDeadline: Duration = .seconds(1)
  /// Commands that wait or are under way, those of pipelines counted one by one. 10,000. More costs memory while
  /// Redis hangs; fewer refuses bursts.
  package var queuedCommands = 10_000
  /// The same in encoded bytes. 64 MiB.
  package var queuedBytes = 64 << 20
  package var reply = ReplyLimits()
  /// The rest before a second dial when the first failed; it doubles with each failure. 50 ms.
  package var shortestRest: Duration = .milliseconds(50)
  /// The longest rest between dials; each rest is between half of its length and all of it, by chance. 1 second.
  package var longestRest: Duration = .seconds(1)
  /// How long a subscription may be silent before the server is asked for a sign of life. 5 seconds.
  package var subscriptionSilence: Duration = .seconds(5)
  /// Messages that wait for the reader of a subscription. Past it, messages are dropped and a gap is reported.
  package var bufferedMessages = 4_096

  package init() {}

  /// What is much takes longer on its way, and to be done: a second more for each 4 MiB.
  package func commandDeadline(for calls: [RedisScriptCall]) -> Duration {
    let bytes = calls.reduce(0) { $0 + $1.byteCount }
    return commandDeadline + .milliseconds(bytes * 1000 / (4 << 20))
  }
}

/// How much of a reply is taken. Past any of these it is `replyTooLarge`.
package struct ReplyLimits: Hashable, Sendable {
  /// One reply as it comes over the wire. 16 MiB. Past it the rest is read and thrown away, and those behind it are
  /// answered.
  package var bytes = 16 << 20
  /// So much is read of such a reply; past it, and past the limits below, the connection is closed. 64 MiB.
  package var skippedBytes = 64 << 20
  /// Arrays within arrays. 32; hiredis 0.14 itself stops at 8.
  package var depth = 32
  /// Values in one reply, those within arrays included. 1,048,576, which takes 16 MiB.
  package var elements = 1 << 20

  package init() {}
}
