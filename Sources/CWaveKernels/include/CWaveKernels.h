// SPDX-License-Identifier: GPL-3.0-or-later
//
// Multislice of several electron waves at once, one wave in each lane of a vector, single precision.
//
// Between two steps a wave is held transformed along y and not along x, and of the y frequencies only those columns that
// the band limit leaves: `[column][x][re, im][lane]`, a column taking nx + 1 points (one of padding, so that a walk along
// columns does not meet the same cache sets again and again).
#ifndef CWAVE_KERNELS_H
#define CWAVE_KERNELS_H

#include <stddef.h>

/// How to transform one length: the stages of a Stockham transform. Made by `glazer_fft_plan`.
typedef struct {
  int length;
  int stages;
  int radix[16];
  /// Per stage, where its twiddle factors begin: [p][j - 1] (re, im), j = 1 ..< radix.
  const float *twiddles[16];
} glazer_fft_plan;

/// The grid of one propagation.
typedef struct {
  int nx, ny;
  /// How many y frequencies are kept, and their places 0 ..< ny in the order of the transform.
  int columns;
  const int *column_place;
  glazer_fft_plan x, y;
} glazer_wave_grid;

typedef struct {
  const char *name;
  /// Waves in one call.
  int lanes;
  /// Multiplies by a transmission function `[x][y]` (re, im) in real space. `scratch`: 2 * max(nx, ny) points.
  void (*transmit)(const glazer_wave_grid *grid, float *wave, const float *transmission, float *scratch);
  /// Multiplies by a propagator `[column][x]` (re, im) in reciprocal space. Where `exit` is not NULL it gets the wave in
  /// reciprocal space, in the layout of `wave`.
  void (*propagate)(const glazer_wave_grid *grid, float *wave, const float *propagator, float *exit, float *scratch);
} glazer_wave_kernels;

/// Twiddle factors of all stages, in floats, for `length`; 0 when it is not of the form 2^m 3^n or above 2^14.
size_t glazer_fft_twiddle_count(int length);

/// Fills `plan` and `twiddles` (`glazer_fft_twiddle_count` floats, which the plan goes on to use).
void glazer_fft_prepare(int length, glazer_fft_plan *plan, float *twiddles);

/// The fastest kernels that this processor runs.
const glazer_wave_kernels *glazer_wave_kernels_best(void);
/// "sse2", "avx2" or "avx512"; NULL when this processor cannot run them or the name is another.
const glazer_wave_kernels *glazer_wave_kernels_named(const char *name);

#endif
