// SPDX-License-Identifier: GPL-3.0-or-later
// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "../kernel_sets.h"
#include "reference_frame.h"

static void add_inside_row(const reference_frame *f, int32_t row, int32_t count, float *sums, float *largest) {
  for (int32_t k = 0; k < count; k++) {
    float x, y;
    locate(f, k, row, &x, &y);
    add_sample(f, x, y, &sums[k], &largest[k]);
  }
}

/// As add_inside_row for a row that may leave the image; samples that do are marked in `outside`.
static void add_any_row(
  const reference_frame *f, int32_t row, int32_t count, float *sums, float *largest, bool *outside) {
  for (int32_t k = 0; k < count; k++) {
    float x, y;
    locate(f, k, row, &x, &y);
    if (is_inside(f, x, y))
      add_sample(f, x, y, &sums[k], &largest[k]);
    else
      outside[k] = true;
  }
}

/// Samples are added row by row of the fine grid, then along x; other kernels add in this order too.
glazer_patch_faults glazer_sample_patch_scalar(
  const glazer_image *image, const glazer_patch_grid *g, float *patch, size_t patch_row) {
  glazer_patch_faults faults = {0, 0};
  reference_frame f;
  const int32_t count = g->width * g->samples_x;
  if (!make_reference_frame(image, g, &f) || count > GLAZER_MOST_ROW_SAMPLES || is_all_outside(&f, g)) {
    for (int32_t y = 0; y < g->height; y++)
      for (int32_t x = 0; x < g->width; x++) patch[y * patch_row + x] = GLAZER_OUTSIDE;
    faults.outside = g->width * g->height;
    return faults;
  }
  const bool all_inside = corners_are_inside(&f, g);
  const float samples = (float)(g->samples_x * g->samples_y);
  float sums[GLAZER_MOST_ROW_SAMPLES], largest[GLAZER_MOST_ROW_SAMPLES];
  bool outside[GLAZER_MOST_ROW_SAMPLES];
  memset(outside, 0, (size_t)count * sizeof *outside);
  for (int32_t y = 0; y < g->height; y++) {
    for (int32_t k = 0; k < count; k++) sums[k] = 0, largest[k] = -INFINITY;
    for (int32_t row = y * g->samples_y; row < (y + 1) * g->samples_y; row++) {
      if (all_inside)
        add_inside_row(&f, row, count, sums, largest);
      else
        add_any_row(&f, row, count, sums, largest, outside);
    }
    for (int32_t x = 0; x < g->width; x++) {
      float sum = 0, most = -INFINITY;
      bool leaves = false;
      for (int32_t k = x * g->samples_x; k < (x + 1) * g->samples_x; k++) {
        sum += sums[k];
        most = most > largest[k] ? most : largest[k];
        leaves |= outside[k];
        outside[k] = false;
      }
      const bool bad = most >= image->saturation || !isfinite(sum);
      faults.outside += leaves;
      faults.bad += !leaves && bad;
      patch[y * patch_row + x] = leaves ? GLAZER_OUTSIDE : bad ? GLAZER_BAD : sum / samples;
    }
  }
  return faults;
}
