import Health
import Ledger
import Testing

/// Where peers come from, as it is written, and as few are told of it.
struct SourceTests {
  @Test func aDefinitionTellsWhereItsPeersComeFrom() throws {
    var definition = UpstreamDefinition(
      name: try #require(UpstreamName("app")), checker: Checker(kind: .tcp),
      peers: [PeerDefinition(name: PeerName("10.0.0.1:80")), PeerDefinition(name: PeerName("10.0.0.2:80"))])
    let plain = JsonText.encode(definition)
    // What stands in the settings is written as before: its digest is that of earlier versions.
    #expect(!plain.contains("from"))
    let digest = definition.digest
    definition.peers[1].source = "name app.internal:80"
    let text = JsonText.encode(definition)
    #expect(text.contains(#""from":"name app.internal:80""#))
    #expect(try JsonText.decode(UpstreamDefinition.self, from: text) == definition)
    #expect(definition.digest != digest)
  }

  @Test func oneTroubleOfEachUpstreamIsToldAndNotTooMany() throws {
    var view = DiscoveryView()
    for number in 0..<150 {
      let name = try #require(UpstreamName("u\(1000 + number)"))
      let sources = ["a", "b", "c"].map { text in
        PeerSourceView(
          kind: .name, text: "name \(text)", peers: 1, goodMs: 0,
          trouble: text == "a" ? nil : .init(text: "gone", sinceMs: 1))
      }
      view.sources[name] = number.isMultiple(of: 10) ? [sources[0]] : sources
    }
    let troubles = view.troubles()
    #expect(troubles.count == 100)
    #expect(troubles["u1000"] == nil && troubles["u1001"] == "name b: gone")
  }
}
