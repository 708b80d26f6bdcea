import Addresses
import Redis
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct SubscriptionTests {
  /// What a subscriber has heard so far, read by a task of its own until it is cancelled.
  private func listen(_ client: RedisClient, _ channels: [String]) -> (
    heard: Journal<String>, task: Task<Void, Never>
  ) {
    let heard = Journal<String>()
    let task = Task {
      for await event in client.subscribe(to: channels) {
        if case .message(let channel, let payload) = event {
          heard.add("\(channel): \(payload.string ?? "")")
        } else {
          heard.add(event.shown)
        }
      }
      heard.add("end")
    }
    return (heard, task)
  }

  @Test func hearsWhatIsPublished() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let (heard, task) = listen(client, ["a", "b"])
    await heard.wait { $0 == ["subscribed"] }
    for number in 1...3 {
      #expect(await client.said("PUBLISH", "a", "\(number)") == "1")
      #expect(await client.said("PUBLISH", "b", "\(number)") == "1")
      #expect(await client.said("PUBLISH", "c", "\(number)") == "0")
    }
    await heard.wait { $0.count == 7 }
    #expect(heard.entries == ["subscribed", "a: 1", "b: 1", "a: 2", "b: 2", "a: 3", "b: 3"])
    task.cancel()
    await heard.wait { $0.last == "end" }
    _ = await client.ask(["CLIENT", "LIST"]) { $0.split(separator: "\n").count == 1 }
  }

  @Test func tellsAGapWhenItWasCutOff() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let (heard, task) = listen(client, ["a"])
    await heard.wait { $0 == ["subscribed"] }
    for round in 1...3 {
      #expect(await client.said("CLIENT", "KILL", "TYPE", "pubsub") == "1")
      await heard.wait { $0.filter { $0 == "gap" }.count == round }
      #expect(await client.said("PUBLISH", "a", "after \(round)") == "1")
    }
    await heard.wait { $0.last == "a: after 3" }
    let round = ["<unreachable>", "gap"]
    #expect(
      heard.entries == ["subscribed"] + round + ["a: after 1"] + round + ["a: after 2"] + round + [
        "a: after 3"
      ])
    task.cancel()
    await task.value
  }

  @Test func survivesARestart() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let (heard, task) = listen(client, ["a"])
    await heard.wait { $0 == ["subscribed"] }
    server.stop()
    await heard.wait { $0.last == "<unreachable>" }
    try await server.start()
    await heard.wait { $0 == ["subscribed", "<unreachable>", "gap"] }
    task.cancel()
    await task.value
  }

  @Test func waitsForAServerThatIsNotThereYet() async throws {
    let server = try await RedisServer()
    server.stop()
    let client = server.patientClient()
    let (heard, task) = listen(client, ["a"])
    await heard.wait { $0 == ["<unreachable>"] }
    try await server.start()
    await heard.wait { $0 == ["<unreachable>", "subscribed"] }
    task.cancel()
    await task.value
  }

  @Test func findsOutThatTheServerHangs() async throws {
    let server = try await RedisServer()
    let client = server.patientClient {
      $0.limits.commandDeadline = .milliseconds(500)
      $0.limits.dialDeadline = .milliseconds(500)
      $0.limits.subscriptionSilence = .milliseconds(50)
    }
    let (heard, task) = listen(client, ["a"])
    await heard.wait { $0.contains("subscribed") }
    server.pause()
    await heard.wait { $0.last == "<unreachable>" }
    server.resume()
    await heard.wait { $0.last == "gap" }
    task.cancel()
    await task.value
  }

  /// One channel that is denied keeps no other from being heard; it is had as soon as it is granted.
  @Test func hearsWhatItMay() async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    #expect(
      await admin.said("ACL", "SETUSER", "me", "on", ">pw", "+@all", "resetchannels", "&mine", "&p:*") == "OK"
    )
    let client = server.patientClient {
      $0.user = "me"
      $0.password = .text("pw")
      $0.limits.subscriptionSilence = .milliseconds(20)
    }
    let heard = Journal<String>()
    let task = Task {
      for await event in client.subscribe(to: ["other", "mine"], patterns: ["q:*", "p:*"]) {
        var shown = event.shown
        if case .message = event { shown = "message " + shown }
        // It is told again after each try.
        if heard.entries.last != shown { heard.add(shown) }
      }
    }
    await heard.wait { $0 == ["denied other q:*", "subscribed"] }
    #expect(await admin.said("PUBLISH", "mine", "1") == "1")
    #expect(await admin.said("PUBLISH", "p:1", "2") == "1")
    await heard.wait { $0.contains("message 2") }
    #expect(heard.entries.filter { $0.hasPrefix("message") } == ["message 1", "message 2"])
    #expect(await admin.said("ACL", "SETUSER", "me", "&other") == "OK")
    await heard.wait { $0.contains("gap") && $0.contains("denied q:*") }
    #expect(await admin.said("PUBLISH", "other", "3") == "1")
    #expect(await admin.said("ACL", "SETUSER", "me", "&q:*") == "OK")
    await heard.wait { $0.suffix(2) == ["denied ", "gap"] && $0.contains("message 3") }
    // What is taken away again breaks the connection.
    #expect(await admin.said("ACL", "SETUSER", "me", "resetchannels", "&mine") == "OK")
    await heard.wait { $0.contains("denied other p:* q:*") }
    task.cancel()
    await task.value
  }

  /// Who may have none, or may not subscribe at all, is told all the same that this is all that is to be had.
  @Test(arguments: [["resetchannels"], ["-@pubsub"], ["-subscribe", "-psubscribe"]])
  func saysThatItMayHearNothing(_ rules: [String]) async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    let user = ["ACL", "SETUSER", "me", "on", ">pw", "+@all", "&*"] + rules
    _ = await admin.ask(user) { $0 == "OK" }
    let client = server.patientClient {
      $0.user = "me"
      $0.password = .text("pw")
      $0.limits.subscriptionSilence = .milliseconds(20)
    }
    let (heard, task) = listen(client, ["a", "b"])
    await heard.wait { $0.count >= 4 }
    #expect(heard.entries.prefix(3) == ["denied a b", "subscribed", "denied a b"])
    #expect(await admin.said("ACL", "SETUSER", "me", "allchannels", "+@pubsub") == "OK")
    await heard.wait { $0.suffix(2) == ["denied ", "gap"] }
    #expect(!heard.entries.contains { $0.hasPrefix("<") })
    task.cancel()
    await task.value
  }

  /// Ticks come while there is no server as well.
  @Test func ticksWhetherItHearsOrNot() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    var events = client.subscribe(to: ["a"], ticks: .milliseconds(1)).makeAsyncIterator()
    for isThere in [true, false] {
      if !isThere { server.stop() }
      var ticks = 0
      while ticks < 5 { if await events.next()?.shown == "tick" { ticks += 1 } }
    }
  }

  @Test func endsWithTheClient() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let (heard, task) = listen(client, ["a"])
    await heard.wait { $0 == ["subscribed"] }
    await client.close()
    await heard.wait { $0.last == "end" }
    await task.value
    let late = listen(client, ["a"])
    await late.heard.wait { $0 == ["end"] }
  }

  @Test func isDroppedWithItsIterator() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    for _ in 0..<5 {
      for await event in client.subscribe(to: ["a"]) {
        #expect(event.shown == "subscribed")
        break
      }
    }
    _ = await client.ask(["CLIENT", "LIST"]) { $0.split(separator: "\n").count == 1 }
  }
}
