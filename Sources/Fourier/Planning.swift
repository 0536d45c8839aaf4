// SPDX-License-Identifier: GPL-3.0-or-later
import CFFTW

#if canImport(Glibc)
  import Glibc
#endif

/// How FFTW plans: without trial runs, so that planning is instant and the same plan is chosen every time; results repeat to
/// the last bit.
let repeatablePlanning = UInt32(FFTW_ESTIMATE)

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
