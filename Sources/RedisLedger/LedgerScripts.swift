package import Redis

/// The scripts, as they are built into the program. Each is the prelude, a file of its own
/// and the epilogue.
package struct LedgerScripts: Sendable {
  package var acquire = script(PackageResources.acquire_lua)
  package var renew = script(PackageResources.renew_lua)
  package var release = script(PackageResources.release_lua)
  package var handOver = script(PackageResources.hand_over_lua)
  package var commit = script(PackageResources.commit_lua)
  package var delete = script(PackageResources.delete_lua)
  package var report = script(PackageResources.report_lua)
  package var override = script(PackageResources.override_lua)
  package var heartbeat = script(PackageResources.heartbeat_lua)
  package var remember = script(PackageResources.remember_lua)
  package var forget = script(PackageResources.forget_lua)
  package var describe = script(PackageResources.describe_lua)
  package var snapshot = script(PackageResources.snapshot_lua)
  package var part = script(PackageResources.part_lua)
  package var head = script(PackageResources.head_lua)
  package var index = script(PackageResources.index_lua)

  package init() {}

  private static func script(_ bytes: [UInt8]) -> RedisScript {
    RedisScript(
      String(
        decoding: PackageResources.prelude_lua + bytes + PackageResources.epilogue_lua, as: UTF8.self))
  }
}
