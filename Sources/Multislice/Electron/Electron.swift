// SPDX-License-Identifier: GPL-3.0-or-later

/// A fast electron of the given accelerating voltage; relativistic throughout (CODATA 2018 constants).
public struct Electron: Sendable, Hashable {
  public let voltageKV: Double

  public init(voltageKV: Double) { self.voltageKV = voltageKV }

  private static let planck = 6.626_070_15e-34  // J s
  private static let charge = 1.602_176_634e-19  // C
  private static let mass = 9.109_383_701_5e-31  // kg
  private static let lightSpeed = 2.997_924_58e8  // m/s
  private static let restEnergyEV = mass * lightSpeed * lightSpeed / charge

  /// Wavelength, Å: h / √(2 m e V (1 + eV / 2mc²)).
  public var wavelengthA: Double {
    let volts = voltageKV * 1e3
    let momentum = (2 * Self.mass * Self.charge * volts * (1 + volts / (2 * Self.restEnergyEV))).squareRoot()
    return Self.planck / momentum * 1e10
  }

  /// Interaction constant σ = 2π γ m e λ / h², rad/(V Å): the phase a projected potential of 1 V Å gives the wave.
  public var interactionConstant: Double {
    let gamma = 1 + voltageKV * 1e3 / Self.restEnergyEV
    return 2 * Double.pi * gamma * Self.mass * Self.charge * (wavelengthA * 1e-10) / (Self.planck * Self.planck) * 1e-10
  }

  /// h² / (2π m e), V Å²: turns a scattering factor in Å into the Fourier transform of a projected potential in V Å · Å².
  static let potentialPerScatteringFactor = planck * planck / (2 * Double.pi * mass * charge) * 1e20
}
