import ArgumentParser
import Console
import Health
import Ledger
import Reading

extension Override.State: ExpressibleByArgument {}

struct PeerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer",
    abstract: "Drain a peer, keep it up or down, or leave it to the votes again.",
    discussion: """
      The word stands until it is taken back with auto, through restarts of nodes and of Redis. The leader of the
      upstream applies it; the command waits for that, and ends with 1 when it was not applied in time (it stays
      stored then, and is applied as soon as there is a leader) or when somebody else was faster.

      Examples:
        quorate peer drain foo.com 127.0.0.1:12354 --why "new disk"
        quorate peer auto foo.com 127.0.0.1:12354
        quorate peer down foo.com 127.0.0.1:12354 --by anna --why "sends wrong data" --wait 30
      """)

  /// Characters of a name and of a reason.
  private static let longestBy = 64
  private static let longestWhy = 200

  @Argument(help: "drain, down, up, or auto to take it back.")
  var state: Override.State

  @Argument(help: "The name of the upstream.")
  var upstream: String

  @Argument(help: "The peer as the pages name it: HOST:PORT, [IPV6]:PORT or unix:/PATH.")
  var peer: String

  @OptionGroup var redis: RedisOptions

  @Option(
    help: ArgumentHelp(
      "Who says so (default: $SUDO_USER, $USER or the system's name for the user).", valueName: "who"))
  var by: String?

  @Option(help: ArgumentHelp("The reason, for those who find it; not needed for auto.", valueName: "text"))
  var why: String?

  @Option(help: ArgumentHelp("Seconds to wait for the leader; 0: only store it.", valueName: "seconds"))
  var wait = 10

  func validate() throws {
    guard state == .auto || !(why ?? "").isEmpty else {
      throw ValidationError("--why is missing: say why, for those who find the peer so")
    }
    guard (0...86_400).contains(wait) else { throw ValidationError("--wait is 0 to 86400 seconds") }
    try OneLine.check("--why", why ?? "", most: Self.longestWhy)
    if by == "" { throw ValidationError("--by is empty: say who you are, or leave it out") }
    let speaker = Speaker.found(by)
    try OneLine.check(speaker.origin, speaker.name, most: Self.longestBy)
  }

  func run() async throws {
    let session = try await LedgerSession.open(redis)
    let (upstream, snapshot) = try await session.upstream(upstream)
    let peer = try session.peer(peer, of: upstream, snapshot)
    let present = snapshot.overrides[peer]
    if state == .auto, present?.state ?? .auto == .auto {
      let name = "\(upstream) \(Plain.text(peer.text))"
      try StandardOutput.write("\(name): nothing to take back, the votes decide")
      return
    }
    let order = OverrideRequest(
      upstream: upstream, peer: peer, state: state, by: Speaker.found(by).name, why: why ?? "",
      replacingRev: present?.rev ?? 0)
    let giving = OverrideGiving(session: session, order: order)
    if wait == 0 {
      _ = try await giving.give()
    } else {
      try await giving.giveAndWait(seconds: wait)
    }
  }
}
