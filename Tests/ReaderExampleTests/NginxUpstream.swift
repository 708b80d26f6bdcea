import FoundationEssentials
import Glibc
import TestServers

/// The module `ngx.upstream` (lua-upstream-nginx-module), which marks nginx's own peers: the real one where it is, and one
/// that stands in for it, because Debian has no package of it.
enum NginxUpstream: String, CaseIterable, Sendable {
  case standIn, real

  /// The real one where it is found: at the path that `QUORATE_NGX_UPSTREAM` names, or where nginx keeps its modules.
  static let atHand: [NginxUpstream] = path == nil ? [.standIn] : [.standIn, .real]

  private static let path: String? = {
    let folders = ["/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules"]
    let usual = folders.map { "\($0)/ngx_http_lua_upstream_module.so" }
    let named = ProcessInfo.processInfo.environment["QUORATE_NGX_UPSTREAM"].map { [$0] } ?? []
    return (named + usual).first { access($0, R_OK) == 0 }
  }()

  /// A block `upstream`.
  struct Block {
    var name: String
    var primaries: [String]
    var backups: [String] = []

    var text: String {
      let servers = primaries.map { "server \($0);" } + backups.map { "server \($0) backup;" }
      return "upstream \(name) { \(servers.joined(separator: " ")) }"
    }

    fileprivate var table: String {
      let list = { (names: [String]) in "{ \(names.map { "\"\($0)\"" }.joined(separator: ", ")) }" }
      return "[\"\(name)\"] = { primaries = \(list(primaries)), backups = \(list(backups)) }"
    }
  }

  /// A configuration with these blocks, in which Lua finds this module.
  func configuration(_ blocks: [Block], worker: String, server: String) -> WorkerNginx.Own {
    var own = WorkerNginx.Own(worker: worker)
    own.http = blocks.map(\.text).joined(separator: "\n")
    own.server = server
    switch self {
    case .real: own.nginxModules = [Self.path].compactMap { $0 }
    case .standIn:
      let table = blocks.map(\.table).joined(separator: ", ")
      own.luaModules = ["ngx/upstream.lua": "local BLOCKS = { \(table) }\n" + Self.standInText]
    }
    return own
  }

  /// Says what the real one says (`theStandInSaysWhatTheRealOneSays`), and marks nothing.
  private static let standInText = """
    local function peers_of(names)
      local peers = {}
      for id, name in ipairs(names) do peers[id] = { name = name, id = id - 1, weight = 1, fails = 0 } end
      return peers
    end
    for _, block in pairs(BLOCKS) do
      block.primaries, block.backups = peers_of(block.primaries), peers_of(block.backups)
    end
    local function copied(peers)
      local copy = {}
      for index, peer in ipairs(peers) do
        copy[index] = {}
        for name, value in pairs(peer) do copy[index][name] = value end
      end
      return copy
    end
    local function find(count, wanted, upstream)
      if count ~= wanted then error(wanted == 1 and "exactly one argument expected" or "exactly 4 arguments expected") end
      local block = BLOCKS[upstream]
      if not block then return nil, "upstream not found" end
      return block
    end
    return {
      get_primary_peers = function(...)
        local block, why = find(select("#", ...), 1, ...)
        if not block then return nil, why end
        return copied(block.primaries)
      end,
      get_backup_peers = function(...)
        local block, why = find(select("#", ...), 1, ...)
        if not block then return nil, why end
        return copied(block.backups)
      end,
      set_peer_down = function(...)
        local upstream, is_backup, id, is_down = ...
        local block, why = find(select("#", ...), 4, upstream)
        if not block then return nil, why end
        if is_backup and #block.backups == 0 then return nil, "no backup peers" end
        local peer = (is_backup and block.backups or block.primaries)[id + 1]
        if not peer then return nil, "bad peer id" end
        peer.down = is_down or nil
        return true
      end,
    }
    """
}
