// SPDX-License-Identifier: GPL-3.0-or-later

/// A chemical element by atomic number, 1 (H) to 103 (Lr).
public struct ChemicalElement: Sendable, Hashable, CustomStringConvertible {
  public let atomicNumber: Int

  /// nil when there is no such element in the table of scattering factors.
  public init?(atomicNumber: Int) {
    guard (1...Self.symbols.count).contains(atomicNumber) else { return nil }
    self.atomicNumber = atomicNumber
  }

  /// From a symbol such as "Ti"; upper and lower case do not matter.
  public init?(symbol: some StringProtocol) {
    let wanted = symbol.lowercased()
    guard let index = Self.symbols.firstIndex(where: { $0.lowercased() == wanted }) else { return nil }
    atomicNumber = index + 1
  }

  public var symbol: String { Self.symbols[atomicNumber - 1] }
  public var description: String { symbol }

  private static let symbols: [String] = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar
    K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
    Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe
    Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf
    Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th
    Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr
    """.split(whereSeparator: \.isWhitespace).map(String.init)
}
