import ArgumentParser
import Console

/// The command.
@main
struct Quorate: AsyncParsableCommand {
  static func main() async { await Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate",
    abstract: "Checks the health of upstream peers, and says which are up.",
    discussion: """
      Quorate probes every peer of your upstreams and shows the result as a page for people, as
      lua-resty-upstream-healthcheck's status page, as Prometheus metrics and as JSON.

      Start here:
        quorate serve --nginx /etc/nginx/nginx.conf      with the nginx.conf you have for lua-resty
        quorate serve --config quorate.yaml              with a file of its own
        quorate serve --peer 127.0.0.1:8081 --peer 127.0.0.1:8082
        quorate probe 127.0.0.1:8081                     ask once, now

      Of a cluster, from anywhere that reaches its Redis (--redis URL, --config FILE or $QUORATE_REDIS):
        quorate status, quorate watch, quorate nodes
        quorate explain foo.com 127.0.0.1:8081           why is it down?
        quorate peer drain foo.com 127.0.0.1:8081 --why "new disk"
      """,
    version: Version.text,
    subcommands: [
      ServeCommand.self, StatusCommand.self, WatchCommand.self, ExplainCommand.self, NodesCommand.self,
      NodeCommand.self, PeerCommand.self, ProbeCommand.self, ConfigCommand.self,
      RedisGroupCommand.self,
    ])
}

enum Version {
  static let number = "0.1.0"
  static let text = "quorate \(number)"
}
