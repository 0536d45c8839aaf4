// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

private final class Body {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a thread that nobody waits for and that takes none of the process's signals.
func startThread(_ purpose: String, _ body: @escaping @Sendable () -> Void) throws(ZeroMQError) {
  var (all, before) = (sigset_t(), sigset_t())
  sigfillset(&all)
  // A thread inherits the mask of the one that starts it.
  pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  let retained = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { argument in
      if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, retained.toOpaque())
  guard status == 0 else {
    retained.release()
    throw .failed(operation: "start the thread to \(purpose)", reason: "the system has no more threads")
  }
  pthread_detach(thread)
}
