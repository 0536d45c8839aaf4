// SPDX-License-Identifier: GPL-3.0-or-later
//
// Patch sampling, shared by the scalar and the AVX2 kernel. The including file defines KERNEL_TARGET (the function
// attribute, or nothing) and `add_inside_row`, which adds one row of bilinear samples, all inside the image, to `sums`
// and takes the largest pixel that each touches into `largest`.
//
// Samples are added row by row of the fine grid, then along x: both kernels add in this order, so that they give the
// same bits.
#include <math.h>
#include <stdbool.h>
#include <string.h>

/// As add_inside_row for a row that may leave the image; samples that do are marked in `outside`.
KERNEL_TARGET static void add_any_row(
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

KERNEL_TARGET static glazer_patch_faults sample_patch(
  const glazer_image *image, const glazer_patch_grid *g, float *patch, size_t patch_row) {
  glazer_patch_faults faults = {0, 0};
  reference_frame f;
  const int32_t count = g->width * g->samples_x;
  if (!make_reference_frame(image, g, &f) || count > GLAZER_MOST_ROW_SAMPLES || is_all_outside(&f, g)) {
    for (int32_t y = 0; y < g->height; y++)
      for (int32_t x = 0; x < g->width; x++) patch[y * patch_row + x] = NAN;
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
      patch[y * patch_row + x] = leaves || bad ? NAN : sum / samples;
    }
  }
  return faults;
}
