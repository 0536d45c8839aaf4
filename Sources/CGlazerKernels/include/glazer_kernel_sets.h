// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_KERNEL_SETS_H
#define GLAZER_KERNEL_SETS_H

#include "glazer_head.h"
#include "glazer_integer.h"
#include "glazer_patches.h"

/// One implementation of everything that is worth one per processor. All sets give the same bits.
typedef struct {
  const char *name;
  /// Outputs side by side in the packed weights.
  int32_t lanes;
  void (*convolve)(const glazer_convolution *, const glazer_packed_layer *);
  void (*multiply)(const glazer_dense_product *, const glazer_packed_layer *);
  glazer_head_function *head;
  /// Writes width * height values to `patch`, `row` floats from row to row; pixels outside or bad become
  /// GLAZER_OUTSIDE and GLAZER_BAD and are counted.
  glazer_patch_faults (*sample_patch)(const glazer_image *, const glazer_patch_grid *, float *patch, size_t row);
  /// Multiplies and adds in registers alone, `rounds` times over; returns the multiply-accumulates that this is. What the
  /// processor can do at most with these instructions, to hold the layers against. Null for the scalar set.
  int64_t (*multiply_registers)(int32_t rounds);
} glazer_kernel_set;

#define GLAZER_MOST_KERNEL_SETS 4

/// Writes the kernel sets that this processor runs, slowest (scalar) first, and returns their number.
int32_t glazer_kernel_sets(const glazer_kernel_set *sets[GLAZER_MOST_KERNEL_SETS]);

#endif
