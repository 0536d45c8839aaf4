// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// A thread of the operating system that can be waited for.
public final class JoinableThread: @unchecked Sendable {
  private var handle = pthread_t()
  private var isJoined = false

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts at once. Nil when the system has no more threads.
  public init?(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    let status = pthread_create(
      &handle, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      body.release()
      return nil
    }
  }

  /// Waits until the thread has ended. From one thread only; a second call returns at once.
  public func join() {
    guard !isJoined else { return }
    isJoined = true
    pthread_join(handle, nil)
  }

  /// Binds the thread to one processor.
  func pin(toProcessor processor: Int) throws(ThreadPlacement.Refusal) {
    try ThreadPlacement.pin(handle, toProcessor: processor)
  }
}
