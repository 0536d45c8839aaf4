// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdbool.h>

#include "glazer_patches.h"

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

/// Sample offsets are floats from here on: relative to the patch they keep their precision in an image of any size.
typedef struct {
  const glazer_image *image;
  /// Whole image pixel near the first sample, and the first sample relative to it.
  int64_t base_x, base_y;
  float x, y;
  float step_x[2], step_y[2];
} frame_of_reference;

static frame_of_reference reference_of(const glazer_image *image, const glazer_patch_grid *g) {
  const double first_x = g->start[0] - g->step_x[0] * (g->samples_x - 1) / (2.0 * g->samples_x) -
                         g->step_y[0] * (g->samples_y - 1) / (2.0 * g->samples_y);
  const double first_y = g->start[1] - g->step_x[1] * (g->samples_x - 1) / (2.0 * g->samples_x) -
                         g->step_y[1] * (g->samples_y - 1) / (2.0 * g->samples_y);
  frame_of_reference f = {.image = image, .base_x = (int64_t)floor(first_x), .base_y = (int64_t)floor(first_y)};
  f.x = (float)(first_x - (double)f.base_x);
  f.y = (float)(first_y - (double)f.base_y);
  for (int k = 0; k < 2; k++) {
    f.step_x[k] = (float)(g->step_x[k] / g->samples_x);
    f.step_y[k] = (float)(g->step_y[k] / g->samples_y);
  }
  return f;
}

/// Where sample (column, row) of the fine grid lies, relative to the base.
INLINE void locate(const frame_of_reference *f, int32_t column, int32_t row, float *x, float *y) {
  *x = f->x + ((float)column * f->step_x[0] + (float)row * f->step_y[0]);
  *y = f->y + ((float)column * f->step_x[1] + (float)row * f->step_y[1]);
}

INLINE bool is_inside(const frame_of_reference *f, float x, float y) {
  return x >= (float)-f->base_x && y >= (float)-f->base_y && x <= (float)(f->image->width - 1 - f->base_x) &&
         y <= (float)(f->image->height - 1 - f->base_y);
}

/// One bilinear sample; `largest` collects the largest pixel touched. (x, y) must be inside.
INLINE float sample(const frame_of_reference *f, float x, float y, float *largest) {
  const int32_t width = f->image->width, height = f->image->height;
  int64_t left = (int64_t)x - (x < (float)(int64_t)x), top = (int64_t)y - (y < (float)(int64_t)y);
  // On the last column or row all weight is on the second pixel.
  if (left > width - 2 - f->base_x) left = width - 2 - f->base_x;
  if (top > height - 2 - f->base_y) top = height - 2 - f->base_y;
  const float fx = x - (float)left, fy = y - (float)top;
  const float *p = f->image->pixels + (f->base_y + top) * width + (f->base_x + left);
  const float a = p[0], b = p[1], c = p[width], d = p[width + 1];
  const float high = a > b ? a : b, low = c > d ? c : d;
  const float most = high > low ? high : low;
  *largest = *largest > most ? *largest : most;
  const float upper = a + fx * (b - a), lower = c + fx * (d - c);
  return upper + fy * (lower - upper);
}

/// One patch pixel: the mean of its samples, NaN if one of them is outside or bad.
INLINE float patch_pixel(
  const frame_of_reference *f, const glazer_patch_grid *g, int32_t x, int32_t y, bool all_inside,
  glazer_patch_faults *faults) {
  float sum = 0, largest = -INFINITY;
  for (int32_t sy = 0; sy < g->samples_y; sy++)
    for (int32_t sx = 0; sx < g->samples_x; sx++) {
      float px, py;
      locate(f, x * g->samples_x + sx, y * g->samples_y + sy, &px, &py);
      if (!all_inside && !is_inside(f, px, py)) {
        faults->outside++;
        return NAN;
      }
      sum += sample(f, px, py, &largest);
    }
  if (largest >= f->image->saturation || !isfinite(sum)) {
    faults->bad++;
    return NAN;
  }
  return sum / (float)(g->samples_x * g->samples_y);
}

/// Positions are monotonic in both indices, rounding included, so that the corners decide for all samples.
static bool corners_are_inside(const frame_of_reference *f, const glazer_patch_grid *g) {
  for (int corner = 0; corner < 4; corner++) {
    float x, y;
    locate(
      f, corner & 1 ? g->width * g->samples_x - 1 : 0, corner & 2 ? g->height * g->samples_y - 1 : 0, &x, &y);
    if (!is_inside(f, x, y)) return false;
  }
  return true;
}

glazer_patch_faults glazer_sample_patch(const glazer_image *image, const glazer_patch_grid *g, float *patch) {
  glazer_patch_faults faults = {0, 0};
  const double far = 1e9;
  if (image->width < 2 || image->height < 2 || !(fabs(g->start[0]) < far) || !(fabs(g->start[1]) < far)) {
    for (int32_t k = 0; k < g->width * g->height; k++) patch[k] = NAN;
    faults.outside = g->width * g->height;
    return faults;
  }
  const frame_of_reference f = reference_of(image, g);
  if (corners_are_inside(&f, g)) {
    for (int32_t y = 0; y < g->height; y++)
      for (int32_t x = 0; x < g->width; x++) patch[y * g->width + x] = patch_pixel(&f, g, x, y, true, &faults);
  } else {
    for (int32_t y = 0; y < g->height; y++)
      for (int32_t x = 0; x < g->width; x++) patch[y * g->width + x] = patch_pixel(&f, g, x, y, false, &faults);
  }
  return faults;
}
