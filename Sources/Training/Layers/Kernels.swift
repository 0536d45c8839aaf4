// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// The kernels this processor runs best, chosen once.
enum Kernels {
  // A table of C functions, written once and never changed.
  nonisolated(unsafe) static let table = glazer_training_kernels_best().pointee
}
