// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_PATCHES_H
#define GLAZER_PATCHES_H

#include <stddef.h>
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

/// What pixels of a patch become that have no value; the sign of a NaN tells why.
#define GLAZER_OUTSIDE __builtin_copysignf(__builtin_nanf(""), -1.0f)
#define GLAZER_BAD __builtin_nanf("")

typedef struct {
  /// Patch pixels with a sample outside the image.
  int32_t outside;
  /// Patch pixels that touch a saturated pixel or one that is not finite.
  int32_t bad;
} glazer_patch_faults;

/// Local normalisation works on blocks of this many pixels squared.
#define GLAZER_BLOCK 8

/// Sums over the pixels of a block that are not NaN, or weighted sums over several blocks.
typedef struct {
  double sum;
  double square;
  double count;
} glazer_block;

enum {
  /// No pixel of the block is missing.
  GLAZER_BLOCK_WHOLE = 1,
  /// The window about it has contrast.
  GLAZER_BLOCK_VISIBLE = 2
};

/// Pixels minus the mean, over the standard deviation, both of the window of `2 * reach` blocks a side about the pixel's
/// block (the blocks at its ends count half). With windows of whole superlattice periods both are smooth over a crystal.
/// What becomes of a pixel depends on its window alone, bit for bit, wherever the tile begins.
typedef struct {
  /// blocks_x * blocks_y blocks, row-major, `row` floats from row to row; NaN is missing.
  const float *pixels;
  size_t row;
  int32_t blocks_x, blocks_y;
  int32_t reach_x, reach_y;
  /// Scratch, blocks_x * blocks_y.
  glazer_block *blocks;
  /// The pixels without `reach` blocks on every side, `output_row` floats from row to row. Missing pixels, and all of a window
  /// whose deviation is no more than a millionth of its mean (nothing to see), become 0.
  float *output;
  size_t output_row;
  /// GLAZER_BLOCK_WHOLE and GLAZER_BLOCK_VISIBLE of each block of the output, `state_row` from row to row.
  uint8_t *states;
  size_t state_row;
} glazer_local_normalisation;

void glazer_local_normalize(const glazer_local_normalisation *n);

#endif
