import Health

/// The upstreams of a configuration in nginx's own order: blocks and addresses that are passed to without a block, each
/// where it is named first (`ngx_http_upstream_add`).
struct NginxUpstreams {
  private struct Slot {
    /// Lower case: nginx compares hosts so.
    var host: String
    /// Nil: a block.
    var target: PassTarget?
    var upstream: NginxUpstream?
    var location: SourceLocation
  }

  private let diagnostics: Diagnostics
  private var slots: [Slot] = []
  private var locations: [String: [Int]] = [:]

  init(diagnostics: Diagnostics) {
    self.diagnostics = diagnostics
  }

  /// A block takes the place of what was passed to by its name before.
  mutating func add(_ block: NginxUpstream) {
    let host = block.name.text.lowercased()
    let earlier = locations[host]?.first { slots[$0].target.map { !$0.hasPort && !$0.isSocket } ?? false }
    let slot = Slot(host: host, target: nil, upstream: block, location: block.location)
    guard let earlier else { return append(slot) }
    slots[earlier] = slot
  }

  /// `proxy_pass` and the like.
  mutating func add(pass directive: NginxDirective) {
    guard case .none = directive.body, let word = directive.arguments.first else { return }
    let location = directive.location(word)
    do throws(ValueError) {
      let text = try directive.text(word)
      guard let target = try PassTarget.parse(text, of: directive.name.text) else { return }
      add(target, location)
    } catch {
      diagnostics.notice(location, "\(error.what); it is not shown")
    }
  }

  private mutating func add(_ target: PassTarget, _ location: SourceLocation) {
    let host = target.host.lowercased()
    let isThere = (locations[host] ?? []).contains { index in
      // What a block names is the block; otherwise two ports are two upstreams.
      guard let other = slots[index].target else { return true }
      return other.port == 0 || target.port == 0 || other.port == target.port
    }
    if isThere { return }
    append(Slot(host: host, target: target, upstream: nil, location: location))
  }

  private mutating func append(_ slot: Slot) {
    locations[slot.host, default: []].append(slots.count)
    slots.append(slot)
  }

  /// All of them; notices for those that nginx could not use itself.
  func finished() -> [NginxUpstream] {
    slots.compactMap { slot in slot.upstream ?? slot.target.flatMap { implicit($0, slot.location) } }
  }

  private func implicit(_ target: PassTarget, _ location: SourceLocation) -> NginxUpstream? {
    do throws(ValueError) {
      if target.port == 0, !target.isSocket {
        throw ValueError(what: "no port in upstream \"\(Quoting.short(target.host))\"", remedy: "")
      }
      let name = try Names.upstream(target.name)
      return upstream(target, name, location)
    } catch {
      diagnostics.notice(location, "\(error.what); it is not shown")
      return nil
    }
  }

  private func upstream(_ target: PassTarget, _ name: UpstreamName, _ location: SourceLocation)
    -> NginxUpstream
  {
    var upstream = NginxUpstream(name: name, location: location, peers: [], isImplicit: true)
    do throws(ValueError) {
      var peer = PeerSettings(address: try target.peer(), origin: Origin(location))
      if case .host = peer.address { peer.isFollowed = false }
      upstream.peers = [peer]
    } catch {
      upstream.oddities = [UnusualSetting(location, error, otherwise: "it is shown without peers")]
    }
    return upstream
  }
}
