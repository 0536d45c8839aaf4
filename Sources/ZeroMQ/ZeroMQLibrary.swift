// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// The libzmq that this program found when it started.
public enum ZeroMQLibrary {
  public static var version: String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    zmq_version(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
  }

  /// False where it was built without encryption.
  public static var hasCurve: Bool { zmq_has("curve") == 1 }
}
