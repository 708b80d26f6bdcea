import Health
import Testing

@Suite struct NameTests {
  @Test(arguments: ["foo.com", "a", "A_b-c.d:80", String(repeating: "x", count: 64)])
  func takesAnUpstreamsName(text: String) {
    #expect(UpstreamName(text)?.text == text)
    #expect(UpstreamName(text)?.description == text)
  }

  @Test(arguments: ["", " ", "a b", "a/b", "ä", "{a}", "a\n", String(repeating: "x", count: 65)])
  func refusesOthers(text: String) {
    #expect(UpstreamName(text) == nil)
  }

  @Test func aPlainNameHasNoColon() {
    #expect(NameRule.plain.allows("node-1"))
    #expect(!NameRule.plain.allows("node:1"))
    #expect(NameRule.upstream.allows("node:1"))
  }

  @Test func namesAreOrderedAsText() {
    #expect([PeerName("b:1"), PeerName("a:2")].sorted().map(\.description) == ["a:2", "b:1"])
    #expect([UpstreamName("b"), UpstreamName("a")].compactMap(\.self).sorted().map(\.text) == ["a", "b"])
  }

  @Test func statesAreOpposite() {
    #expect(PeerState.up.opposite == .down)
    #expect(PeerState.down.opposite == .up)
  }
}
