// SPDX-License-Identifier: GPL-3.0-or-later

/// The version of every program and of the formats they write.
public enum Glazer {
  public static let version = "0.1.0"
}
