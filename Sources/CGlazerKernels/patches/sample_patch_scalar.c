// SPDX-License-Identifier: GPL-3.0-or-later
// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include "../kernel_sets.h"
#include "reference_frame.h"

#define KERNEL_TARGET

static void add_inside_row(const reference_frame *f, int32_t row, int32_t count, float *sums, float *largest) {
  for (int32_t k = 0; k < count; k++) {
    float x, y;
    locate(f, k, row, &x, &y);
    add_sample(f, x, y, &sums[k], &largest[k]);
  }
}

#include "sample_patch.h"

glazer_patch_faults glazer_sample_patch_scalar(
  const glazer_image *image, const glazer_patch_grid *g, float *patch, size_t row) {
  return sample_patch(image, g, patch, row);
}
