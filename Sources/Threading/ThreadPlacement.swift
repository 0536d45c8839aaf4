// SPDX-License-Identifier: GPL-3.0-or-later
import CThreading
import Glibc

/// On which processor a thread runs. What the system refuses is told and changes nothing.
public enum ThreadPlacement {
  public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    public var processor: Int
    /// For example "Invalid argument".
    public var reason: String
    public var description: String { "processor \(processor) refused: \(reason)" }
  }

  /// The processors that this process may use, ascending, counted as in /proc/cpuinfo; the first 1024.
  public static var allowedProcessors: [Int] {
    var processors = [Int32](repeating: 0, count: 1024)
    let count = glazer_allowed_processors(&processors, Int32(processors.count))
    return processors.prefix(Int(count)).map(Int.init)
  }

  /// Binds the calling thread to one processor.
  public static func pinCurrentThread(toProcessor processor: Int) throws(Refusal) {
    try pin(pthread_self(), toProcessor: processor)
  }

  static func pin(_ thread: pthread_t, toProcessor processor: Int) throws(Refusal) {
    let status = glazer_pin_thread(thread, Int32(clamping: processor))
    if status != 0 { throw Refusal(processor: processor, reason: String(cString: strerror(status))) }
  }
}
