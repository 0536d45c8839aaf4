// SPDX-License-Identifier: GPL-3.0-or-later

/// What one check of `glazer doctor` found.
struct Finding: Encodable, Equatable {
  enum Verdict: String, Encodable, Comparable {
    case ok
    /// It works, and not as well as it should.
    case warn
    /// The agent will not do its work.
    case fail

    static func < (l: Verdict, r: Verdict) -> Bool { l.rank < r.rank }

    private var rank: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }
  }

  var check: String
  var verdict: Verdict
  /// What was seen.
  var facts: String
  /// What to do about it; nil where there is nothing to do.
  var advice: String?

  static func ok(_ check: String, _ facts: String) -> Finding { Finding(check: check, verdict: .ok, facts: facts) }

  static func warn(_ check: String, _ facts: String, _ advice: String) -> Finding {
    Finding(check: check, verdict: .warn, facts: facts, advice: advice)
  }

  static func fail(_ check: String, _ facts: String, _ advice: String) -> Finding {
    Finding(check: check, verdict: .fail, facts: facts, advice: advice)
  }

  /// `WARN  clock          not synchronised: timedatectl set-ntp true`
  var line: String {
    let head = verdict.rawValue.uppercased().padded(to: 6) + check.padded(to: 15)
    return head + facts + (advice.map { " -> \($0)" } ?? "")
  }
}

/// All findings, as `glazer doctor --json` prints them.
struct DoctorReport: Encodable {
  var program: String
  /// The worst of all.
  var verdict: Finding.Verdict
  var checks: [Finding]

  init(program: String, _ checks: [Finding]) {
    self.program = program
    self.checks = checks
    verdict = checks.map(\.verdict).max() ?? .ok
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
