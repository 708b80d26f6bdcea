import FoundationEssentials
import Testing

@testable import Web

/// The files of the page are what is in the folder, and what readers get.
@Suite struct AssetTests {
  private static let folder =
    String(#filePath.dropLast("Tests/WebTests/AssetTests.swift".count)) + "Sources/Web/Assets"

  @Test(arguments: ["page.css", "page.js", "clock.js"])
  func theFileIsServed(name: String) async throws {
    let file = try String(
      decoding: Data(contentsOf: URL(filePath: "\(Self.folder)/\(name)")), as: UTF8.self)
    let assets = Assets()
    let address = try #require(
      ["page.css": assets.style, "page.js": assets.script, "clock.js": assets.clock][name])
    let site = TestSite()
    let served = await site.get("/\(address)")
    #expect(served.status == 200)
    #expect(served.text == file.replacing("GONE_ICON", with: PageIcon.gone))
    // The page names it.
    let page = await site.get("/").text
    #expect(page.contains("\"\(address)\""))
  }

  @Test func nothingElseIsInTheFolder() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(Set(names) == ["page.css", "page.js", "clock.js"])
  }
}
