import Backends
import FoundationEssentials
import Glibc
import Synchronization

/// Debian's browser without a window, told what to do over its pipe (the DevTools protocol).
package final class Chromium: Sendable {
  /// A tab.
  package struct Page: Sendable {
    fileprivate var target: String
    fileprivate var session: String
  }

  package static let isThere = access("/usr/bin/chromium", X_OK) == 0

  private let child: Child
  private let folder: TestFolder
  private let last = Mutex(0)

  /// Its timers of hidden pages are held back after a second, as people's browsers do after minutes.
  package init() throws {
    folder = try TestFolder()
    let flags =
      "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
      + "--disable-background-networking --disable-component-update --user-data-dir=\(folder.path) "
      + "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1 --remote-debugging-pipe"
    // Messages end in a zero; lines are what is read here.
    child = try Child(
      "/bin/sh",
      ["-c", "/usr/bin/chromium \(flags) 3<&0 4>&1 >/dev/null 2>/dev/null | stdbuf -o0 tr '\\000' '\\n'"])
  }

  /// A new tab in front of the others; the page is loaded when this returns.
  package func open(_ address: String) async throws -> Page {
    let target = try await ask("Target.createTarget", "{\"url\":\"about:blank\"}").targetId
    let session = try await ask(
      "Target.attachToTarget", "{\"targetId\":\(Self.quoted(target ?? "")),\"flatten\":true}"
    ).sessionId
    guard let target, let session else { throw TestServerError("chromium opened no page") }
    _ = try await ask("Page.enable", "{}", session: session)
    let start = child.state.value.output.whole.count
    _ = try await ask("Page.navigate", "{\"url\":\(Self.quoted(address))}", session: session)
    guard
      await child.line(with: "Page.loadEventFired", on: .output, from: start, within: .seconds(60)) != nil
    else { throw TestServerError("chromium did not load \(address)") }
    return Page(target: target, session: session)
  }

  package func bringToFront(_ page: Page) async throws {
    _ = try await ask("Target.activateTarget", "{\"targetId\":\(Self.quoted(page.target))}")
  }

  /// The value of an expression in the page, as text; of a promise when it is kept.
  @discardableResult
  package func value(_ expression: String, in page: Page) async throws -> String {
    let script = Self.quoted("Promise.resolve(\(expression)).then(String)")
    let answer = try await ask(
      "Runtime.evaluate", "{\"expression\":\(script),\"awaitPromise\":true,\"returnByValue\":true}",
      session: page.session)
    guard let value = answer.result?.value else { throw TestServerError("no value: \(expression)") }
    return value
  }

  /// Returns when the condition holds in the page, which looks at it after each change of itself; no timer, since those
  /// of a hidden page come late.
  package func wait(until condition: String, in page: Page) async throws {
    try await value(
      """
      new Promise((done) => {
        const look = () => { if (\(condition)) { watch.disconnect(); done("yes"); } };
        const watch = new MutationObserver(look);
        watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        document.addEventListener("visibilitychange", look);
        look();
      })
      """, in: page)
  }

  package func end() async {
    _ = try? await ask("Browser.close", "{}")
    await child.stop()
  }

  private struct Answer: Decodable {
    struct Result: Decodable {
      struct Value: Decodable {
        var value: String?
      }
      var targetId: String?
      var sessionId: String?
      var result: Value?
    }
    var result: Result?
  }

  private func ask(_ method: String, _ parameters: String, session: String? = nil) async throws
    -> Answer.Result
  {
    let number = last.withLock { last in
      last += 1
      return last
    }
    let place = session.map { ",\"sessionId\":\"\($0)\"" } ?? ""
    child.write("{\"id\":\(number),\"method\":\"\(method)\",\"params\":\(parameters)\(place)}\0")
    guard let line = await child.line(with: "{\"id\":\(number),", on: .output, within: .seconds(60)),
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.text.utf8)),
      let result = answer.result
    else { throw TestServerError("chromium did not do \(method) \(parameters.prefix(300))") }
    return result
  }

  private static func quoted(_ text: String) -> String {
    let data = (try? JSONEncoder().encode(text)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
