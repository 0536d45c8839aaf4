// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include <immintrin.h>

// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include "../kernel_sets.h"
#include "reference_frame.h"

// Without FMA, which would round differently from the scalar kernel.
#define KERNEL_TARGET __attribute__((target("avx2")))

/// Eight samples at a time by gathers.
KERNEL_TARGET static void add_inside_row(
  const reference_frame *f, int32_t row, int32_t count, float *sums, float *largest) {
  const int32_t width = f->image->width;
  const float *base = f->image->pixels + f->base_y * width + f->base_x;
  const __m256 row_x = _mm256_set1_ps((float)row * f->step_y[0]), row_y = _mm256_set1_ps((float)row * f->step_y[1]);
  const __m256 last_left = _mm256_set1_ps((float)(width - 2 - f->base_x));
  const __m256 last_top = _mm256_set1_ps((float)(f->image->height - 2 - f->base_y));
  const __m256 eight = _mm256_set1_ps(8);
  __m256 column = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
  int32_t k = 0;
  for (; k + 8 <= count; k += 8, column = _mm256_add_ps(column, eight)) {
    const __m256 x = _mm256_add_ps(
      _mm256_add_ps(_mm256_mul_ps(column, _mm256_set1_ps(f->step_x[0])), row_x), _mm256_set1_ps(f->x));
    const __m256 y = _mm256_add_ps(
      _mm256_add_ps(_mm256_mul_ps(column, _mm256_set1_ps(f->step_x[1])), row_y), _mm256_set1_ps(f->y));
    const __m256 left = _mm256_min_ps(_mm256_floor_ps(x), last_left);
    const __m256 top = _mm256_min_ps(_mm256_floor_ps(y), last_top);
    const __m256 fx = _mm256_sub_ps(x, left), fy = _mm256_sub_ps(y, top);
    const __m256i index = _mm256_add_epi32(
      _mm256_mullo_epi32(_mm256_cvttps_epi32(top), _mm256_set1_epi32(width)), _mm256_cvttps_epi32(left));
    const __m256 a = _mm256_i32gather_ps(base, index, 4), b = _mm256_i32gather_ps(base + 1, index, 4);
    const __m256 c = _mm256_i32gather_ps(base + width, index, 4), d = _mm256_i32gather_ps(base + width + 1, index, 4);
    const __m256 most = _mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d));
    _mm256_storeu_ps(largest + k, _mm256_max_ps(most, _mm256_loadu_ps(largest + k)));
    const __m256 upper = _mm256_add_ps(a, _mm256_mul_ps(fx, _mm256_sub_ps(b, a)));
    const __m256 lower = _mm256_add_ps(c, _mm256_mul_ps(fx, _mm256_sub_ps(d, c)));
    const __m256 value = _mm256_add_ps(upper, _mm256_mul_ps(fy, _mm256_sub_ps(lower, upper)));
    _mm256_storeu_ps(sums + k, _mm256_add_ps(_mm256_loadu_ps(sums + k), value));
  }
  for (; k < count; k++) {
    float sample_x, sample_y;
    locate(f, k, row, &sample_x, &sample_y);
    add_sample(f, sample_x, sample_y, &sums[k], &largest[k]);
  }
}

#include "sample_patch.h"

glazer_patch_faults glazer_sample_patch_avx2(
  const glazer_image *image, const glazer_patch_grid *g, float *patch, size_t row) {
  return sample_patch(image, g, patch, row);
}
#endif
