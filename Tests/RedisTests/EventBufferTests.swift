import Redis
import Testing

@Suite struct EventBufferTests {
  @Test func tellsAGapWhereItDropped() async throws {
    let buffer = EventBuffer(messages: 2, bytes: 1_000)
    for text in ["a", "b", "c", "d"] { buffer.put(try message(text)) }
    #expect(await buffer.next()?.shown == "a")
    // There is room again, but not before the reader knows of the gap.
    buffer.put(try message("e"))
    #expect(await buffer.next()?.shown == "b")
    #expect(await buffer.next()?.shown == "gap")
    buffer.put(try message("f"))
    #expect(await buffer.next()?.shown == "f")
    buffer.finish()
    #expect(await buffer.next() == nil)
  }

  @Test func countsBytesToo() async throws {
    let buffer = EventBuffer(messages: 1_000, bytes: 10)
    buffer.put(try message("123456"))
    buffer.put(try message("78901"))
    buffer.finish()
    #expect(await buffer.next()?.shown == "123456")
    #expect(await buffer.next()?.shown == "gap")
    #expect(await buffer.next() == nil)
  }

  /// Ticks are for who hears nothing else, and take no room.
  @Test func aTickIsForWhoHasReadEverything() async throws {
    let buffer = EventBuffer(messages: 2, bytes: 1_000)
    buffer.put(.tick)
    buffer.put(.tick)
    buffer.put(try message("a"))
    buffer.put(.tick)
    buffer.finish()
    var shown: [String] = []
    while let event = await buffer.next() { shown.append(event.shown) }
    #expect(shown == ["tick", "a"])
  }

  @Test func endsWithACancelledReader() async {
    let buffer = EventBuffer(messages: 2, bytes: 10)
    let reader = Task { await buffer.next()?.shown }
    reader.cancel()
    #expect(await reader.value == nil)
    #expect(await buffer.next() == nil)
  }

  private func message(_ text: String) throws -> RedisSubscriptionEvent {
    let parser = try #require(RedisReplyParser())
    let reply = try #require(try parser.feed(Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8)).first)
    return .message(channel: "c", payload: reply)
  }
}

extension RedisSubscriptionEvent {
  var shown: String {
    switch self {
    case .subscribed: "subscribed"
    case .gap: "gap"
    case .tick: "tick"
    case .lost(let error): "<\(error.name)>"
    case .denied(let errors): "denied " + errors.keys.sorted().joined(separator: " ")
    case .message(_, let payload): payload.shown
    }
  }
}
