// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS

/// An orthonormal basis for one axis of a set of tensors: the leading eigenvectors of Σ X Xᵀ along that axis (one factor of
/// a Tucker decomposition by higher-order singular values; De Lathauwer, De Moor, Vandewalle, SIAM J. Matrix Anal. Appl.
/// 21, 1253 (2000)).
struct LeadingModes: Sendable, Equatable {
  /// Length of the axis.
  let size: Int
  let count: Int
  /// `[size][count]`, orthonormal columns, by falling share.
  let basis: [Float]

  /// Of an axis of no length.
  static let none = LeadingModes(size: 0, count: 0, basis: [])

  init(size: Int, count: Int, basis: [Float]) {
    precondition(basis.count == size * count, "a basis of \(count) vectors of length \(size)")
    (self.size, self.count, self.basis) = (size, count, basis)
  }

  /// Keeps as few modes as leave at most `discarded` (in the unit of the Gram matrix's trace) outside, at most `limit`.
  /// `gram` is symmetric, row-major. O(size³).
  init(gram: [Double], size: Int, discarded: Double, limit: Int) throws(EmulatorError) {
    var vectors = gram
    let values = try SymmetricMatrix.eigenvectors(&vectors, order: size)
    var count = 0
    var rest = values.reduce(0) { $0 + max($1, 0) }
    while count < min(size, limit), rest > discarded {
      rest -= max(values[size - 1 - count], 0)
      count += 1
    }
    count = max(count, 1)
    var basis = [Float](repeating: 0, count: size * count)
    for c in 0..<count {
      for n in 0..<size { basis[n * count + c] = Float(vectors[(size - 1 - c) * size + n]) }
    }
    self.init(size: size, count: count, basis: basis)
  }

  /// Σ over `slabs` consecutive matrices [size][inner] of X Xᵀ, added to `gram`. In double precision: the mean image is fifty times
  /// as strong as everything else together, and what single precision makes of it would hide the modes that are wanted.
  static func add(_ tensor: [Float], slabs: Int, size: Int, inner: Int, to gram: inout [Double]) {
    guard inner > 0, slabs > 0 else { return }
    var slab = [Double](repeating: 0, count: size * inner)
    for first in stride(from: 0, to: slabs * size * inner, by: size * inner) {
      for n in slab.indices { slab[n] = Double(tensor[first + n]) }
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, blasint(size), blasint(inner), 1, slab, blasint(inner), 1, &gram,
        blasint(size))
    }
    for i in 0..<size { for j in i + 1..<max(size, i + 1) { gram[j * size + i] = gram[i * size + j] } }
  }

  /// Projects the middle axis: [slabs][size][inner] becomes [slabs][count][inner].
  func project(_ tensor: [Float], slabs: Int, inner: Int) -> [Float] {
    var result = [Float](repeating: 0, count: slabs * count * inner)
    guard inner > 0, slabs > 0, count > 0 else { return result }
    tensor.withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { y in
        for slab in 0..<slabs {
          cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, blasint(count), blasint(inner), blasint(size), 1, basis,
            blasint(count), x.baseAddress! + slab * size * inner, blasint(inner), 0,
            y.baseAddress! + slab * count * inner, blasint(inner))
        }
      }
    }
    return result
  }
}
