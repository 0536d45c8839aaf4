// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the samples of a patch lie, and one bilinear sample.
#ifndef GLAZER_REFERENCE_FRAME_H
#define GLAZER_REFERENCE_FRAME_H

#include <math.h>
#include <stdbool.h>

#include "glazer_patches.h"

#define INLINE static inline __attribute__((always_inline))

/// Sample offsets are floats relative to a whole pixel near the patch: so they keep their precision in an image of any
/// size.
typedef struct {
  const glazer_image *image;
  /// Place in the image of the pixel that offsets count from, and the first sample relative to it.
  int64_t base_x, base_y;
  float x, y;
  float step_x[2], step_y[2];
} reference_frame;

/// False for a grid that no image can hold: not finite, or far away.
static inline bool make_reference_frame(
  const glazer_image *image, const glazer_patch_grid *g, reference_frame *f) {
  double first[2];
  const double far = 1e6;
  for (int k = 0; k < 2; k++) {
    first[k] = g->start[k] - g->step_x[k] * (g->samples_x - 1) / (2.0 * g->samples_x) -
               g->step_y[k] * (g->samples_y - 1) / (2.0 * g->samples_y);
    if (!(fabs(first[k]) < far && fabs(g->step_x[k]) < far && fabs(g->step_y[k]) < far)) return false;
    f->step_x[k] = (float)(g->step_x[k] / g->samples_x);
    f->step_y[k] = (float)(g->step_y[k] / g->samples_y);
  }
  // Bilinear samples need two pixels either way.
  if (image->width < 2 || image->height < 2) return false;
  f->image = image;
  f->base_x = (int64_t)floor(first[0]);
  f->base_y = (int64_t)floor(first[1]);
  f->x = (float)(first[0] - (double)f->base_x);
  f->y = (float)(first[1] - (double)f->base_y);
  return true;
}

/// Where sample (column, row) of the fine grid lies, relative to the base.
INLINE void locate(const reference_frame *f, int32_t column, int32_t row, float *x, float *y) {
  *x = ((float)column * f->step_x[0] + (float)row * f->step_y[0]) + f->x;
  *y = ((float)column * f->step_x[1] + (float)row * f->step_y[1]) + f->y;
}

INLINE bool is_inside(const reference_frame *f, float x, float y) {
  return x >= (float)-f->base_x && y >= (float)-f->base_y && x <= (float)(f->image->width - 1 - f->base_x) &&
         y <= (float)(f->image->height - 1 - f->base_y);
}

/// Positions are monotonic in both indices, rounding included, so that the corners decide for all samples.
static inline bool corners_are_inside(const reference_frame *f, const glazer_patch_grid *g) {
  for (int corner = 0; corner < 4; corner++) {
    float x, y;
    locate(f, corner & 1 ? g->width * g->samples_x - 1 : 0, corner & 2 ? g->height * g->samples_y - 1 : 0, &x, &y);
    if (!is_inside(f, x, y)) return false;
  }
  return true;
}

/// True when all samples lie beyond one side of the image.
static inline bool is_all_outside(const reference_frame *f, const glazer_patch_grid *g) {
  int left = 0, right = 0, above = 0, below = 0;
  for (int corner = 0; corner < 4; corner++) {
    float x, y;
    locate(f, corner & 1 ? g->width * g->samples_x - 1 : 0, corner & 2 ? g->height * g->samples_y - 1 : 0, &x, &y);
    left += x < (float)-f->base_x;
    above += y < (float)-f->base_y;
    right += x > (float)(f->image->width - 1 - f->base_x);
    below += y > (float)(f->image->height - 1 - f->base_y);
  }
  return left == 4 || right == 4 || above == 4 || below == 4;
}

INLINE float larger(float a, float b) { return a > b ? a : b; }

/// Adds one bilinear sample; `largest` collects the largest pixel touched. (x, y) must be inside.
INLINE void add_sample(const reference_frame *f, float x, float y, float *sum, float *largest) {
  const int64_t width = f->image->width;
  int64_t left = (int64_t)x - (x < (float)(int64_t)x), top = (int64_t)y - (y < (float)(int64_t)y);
  // On the last column or row all weight is on the second pixel.
  if (left > width - 2 - f->base_x) left = width - 2 - f->base_x;
  if (top > f->image->height - 2 - f->base_y) top = f->image->height - 2 - f->base_y;
  const float fx = x - (float)left, fy = y - (float)top;
  const float *p = f->image->pixels + (f->base_y + top) * width + (f->base_x + left);
  const float a = p[0], b = p[1], c = p[width], d = p[width + 1];
  *largest = larger(larger(larger(a, b), larger(c, d)), *largest);
  const float upper = a + fx * (b - a), lower = c + fx * (d - c);
  *sum += upper + fy * (lower - upper);
}

#endif
