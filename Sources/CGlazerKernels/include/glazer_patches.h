// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_PATCHES_H
#define GLAZER_PATCHES_H

#include <stdint.h>

/// Row-major float pixels; the centre of the first is (0, 0).
typedef struct {
  const float *pixels;
  int32_t width;
  int32_t height;
  /// Pixels at or above this are bad; infinity if none are.
  float saturation;
} glazer_image;

/// An affine grid over an image. Patch pixel (x, y) is centred on start + x * step_x + y * step_y (image pixels) and is
/// the mean of samples_x * samples_y bilinear samples spread evenly over its area.
typedef struct {
  double start[2];
  double step_x[2];
  double step_y[2];
  int32_t width;
  int32_t height;
  int32_t samples_x;
  int32_t samples_y;
} glazer_patch_grid;

/// Most samples in one row of a patch: width * samples_x.
#define GLAZER_MOST_ROW_SAMPLES 4096

typedef struct {
  /// Patch pixels with a sample outside the image.
  int32_t outside;
  /// Patch pixels that touch a saturated pixel or one that is not finite.
  int32_t bad;
} glazer_patch_faults;

/// Subtracts the mean and divides by the standard deviation, both over the values that are not NaN; NaN becomes 0.
/// Returns the standard deviation; if that is no more than a millionth of the mean (nothing to see), all values become 0
/// and so does the result.
float glazer_normalize_patch(float *patch, int32_t count);

#endif
