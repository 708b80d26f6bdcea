import Ledger

extension Fault.Right {
  /// The script that performs the request; nil: it is an operator's, who is on no node.
  init?(_ request: LedgerRequest) {
    switch request {
    case .acquire: self = .acquire
    case .renew: self = .renew
    case .release: self = .release
    case .handOver: self = .handOver
    case .commit: self = .commit
    case .delete: self = .delete
    case .report: self = .report
    case .heartbeat: self = .heartbeat
    case .describe: self = .describe
    case .remember: self = .remember
    case .forget: self = .forget
    case .override: return nil
    }
  }

  /// The channel that carries it; nil: it comes on none.
  init?(_ announcement: LedgerAnnouncement) {
    switch announcement {
    case .event: self = .events
    case .reports: self = .reports
    case .control: self = .control
    case .listening, .gap, .deaf, .denied, .tick: return nil
    }
  }

  var isOfChannel: Bool {
    switch self {
    case .events, .reports, .control: true
    default: false
    }
  }
}
