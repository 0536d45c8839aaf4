// SPDX-License-Identifier: GPL-3.0-or-later
import CFFTW

#if canImport(Glibc)
  import Glibc
#endif

/// How long FFTW may search for a plan.
public enum PlanEffort: Sendable {
  /// No trial runs: planning is instant and the same plan is chosen every time, so results repeat to the last bit.
  case repeatable
  /// Times candidates (a fraction of a second); the choice, and so the last bit of results, may change from run to run.
  case measured

  var flags: UInt32 {
    switch self {
    case .repeatable: UInt32(FFTW_ESTIMATE)
    case .measured: UInt32(FFTW_MEASURE)
    }
  }
}

func cosineAndSine(_ theta: Double) -> (Double, Double) { (cos(theta), sin(theta)) }

/// FFTW's planner is the one part of it that may not run on two threads at once.
final class PlannerLock: @unchecked Sendable {
  private var mutex = pthread_mutex_t()
  static let shared = PlannerLock()

  private init() { pthread_mutex_init(&mutex, nil) }

  func whileLocked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    return body()
  }
}
