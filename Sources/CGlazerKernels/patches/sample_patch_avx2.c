// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include <immintrin.h>

// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include "../kernel_sets.h"
#include "reference_frame.h"

// Without FMA, which would round differently from the scalar kernel.
#define KERNEL_TARGET __attribute__((target("avx2")))

/// Samples of eight patch pixels, one each.
typedef struct {
  __m256 sum, largest;
  /// All bits set where a sample lies outside the image.
  __m256 outside;
} eight_pixels;

typedef struct {
  const reference_frame *f;
  /// The pixel that offsets count from.
  const float *base;
  __m256 step_x[2], first[2];
  __m256 least_x, least_y, most_x, most_y, last_left, last_top;
  __m256i width;
} sampler;

KERNEL_TARGET static inline sampler make_sampler(const reference_frame *f) {
  const glazer_image *image = f->image;
  const float left = (float)-f->base_x, top = (float)-f->base_y;
  return (sampler){
    f,
    image->pixels + f->base_y * image->width + f->base_x,
    {_mm256_set1_ps(f->step_x[0]), _mm256_set1_ps(f->step_x[1])},
    {_mm256_set1_ps(f->x), _mm256_set1_ps(f->y)},
    _mm256_set1_ps(left),
    _mm256_set1_ps(top),
    _mm256_set1_ps((float)(image->width - 1 - f->base_x)),
    _mm256_set1_ps((float)(image->height - 1 - f->base_y)),
    _mm256_set1_ps((float)(image->width - 2 - f->base_x)),
    _mm256_set1_ps((float)(image->height - 2 - f->base_y)),
    _mm256_set1_epi32(image->width)};
}

/// The pairs of neighbours at eight places, `first` to the left and `second` to the right. Pairs are loaded one by one: a gather would
/// load each pixel for itself.
KERNEL_TARGET static inline void load_pairs(const float *base, const int32_t *index, __m256 *first, __m256 *second) {
#define PAIR(k) ((const __m64 *)(base + index[k]))
#define FOUR(k, l) _mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)PAIR(k))), PAIR(l))
  const __m256 even = _mm256_set_m128(FOUR(4, 5), FOUR(0, 1)), odd = _mm256_set_m128(FOUR(6, 7), FOUR(2, 3));
#undef FOUR
#undef PAIR
  *first = _mm256_shuffle_ps(even, odd, 0x88);
  *second = _mm256_shuffle_ps(even, odd, 0xDD);
}

/// Adds samples (columns[k], row) of the fine grid. With `all_inside` nothing is asked.
KERNEL_TARGET INLINE void add_eight(
  const sampler *s, __m256 columns, int32_t row, bool all_inside, eight_pixels *pixels) {
  const reference_frame *f = s->f;
  const __m256 row_x = _mm256_set1_ps((float)row * f->step_y[0]), row_y = _mm256_set1_ps((float)row * f->step_y[1]);
  const __m256 x = _mm256_add_ps(_mm256_add_ps(_mm256_mul_ps(columns, s->step_x[0]), row_x), s->first[0]);
  const __m256 y = _mm256_add_ps(_mm256_add_ps(_mm256_mul_ps(columns, s->step_x[1]), row_y), s->first[1]);
  __m256 left = _mm256_min_ps(_mm256_floor_ps(x), s->last_left), top = _mm256_min_ps(_mm256_floor_ps(y), s->last_top);
  if (!all_inside) {
    const __m256 inside = _mm256_and_ps(
      _mm256_and_ps(_mm256_cmp_ps(x, s->least_x, _CMP_GE_OQ), _mm256_cmp_ps(x, s->most_x, _CMP_LE_OQ)),
      _mm256_and_ps(_mm256_cmp_ps(y, s->least_y, _CMP_GE_OQ), _mm256_cmp_ps(y, s->most_y, _CMP_LE_OQ)));
    pixels->outside = _mm256_or_ps(pixels->outside, _mm256_xor_ps(inside, _mm256_castsi256_ps(_mm256_set1_epi32(-1))));
    // Whatever these give is not used, but it must be there to be loaded.
    left = _mm256_max_ps(left, s->least_x);
    top = _mm256_max_ps(top, s->least_y);
  }
  const __m256 fx = _mm256_sub_ps(x, left), fy = _mm256_sub_ps(y, top);
  int32_t index[8];
  _mm256_storeu_si256(
    (__m256i *)index,
    _mm256_add_epi32(_mm256_mullo_epi32(_mm256_cvttps_epi32(top), s->width), _mm256_cvttps_epi32(left)));
  __m256 a, b, c, d;
  load_pairs(s->base, index, &a, &b);
  load_pairs(s->base + f->image->width, index, &c, &d);
  pixels->largest =
    _mm256_max_ps(_mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d)), pixels->largest);
  const __m256 upper = _mm256_add_ps(a, _mm256_mul_ps(fx, _mm256_sub_ps(b, a)));
  const __m256 lower = _mm256_add_ps(c, _mm256_mul_ps(fx, _mm256_sub_ps(d, c)));
  pixels->sum =
    _mm256_add_ps(pixels->sum, _mm256_add_ps(upper, _mm256_mul_ps(fy, _mm256_sub_ps(lower, upper))));
}

/// The patch eight pixels at a time. A pixel's samples are added as the scalar kernel does: down each column of the fine grid,
/// then column by column.
KERNEL_TARGET INLINE glazer_patch_faults sample_all(
  const reference_frame *f, const glazer_patch_grid *g, bool all_inside, float *patch, size_t patch_row) {
  glazer_patch_faults faults = {0, 0};
  const sampler s = make_sampler(f);
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256 count = _mm256_set1_ps((float)(g->samples_x * g->samples_y));
  const __m256 saturation = _mm256_set1_ps(f->image->saturation), infinity = _mm256_set1_ps(INFINITY);
  const __m256 sign = _mm256_set1_ps(-0.0f);
  const __m256 missing = _mm256_set1_ps(GLAZER_OUTSIDE), unusable = _mm256_set1_ps(GLAZER_BAD);
  for (int32_t y = 0; y < g->height; y++) {
    for (int32_t x = 0; x < g->width; x += 8) {
      const __m256i used = _mm256_cmpgt_epi32(_mm256_set1_epi32(g->width - x), lanes);
      // Lanes beyond the patch sample its last pixel again.
      const __m256i places = _mm256_min_epi32(
        _mm256_add_epi32(lanes, _mm256_set1_epi32(x)), _mm256_set1_epi32(g->width - 1));
      const __m256i firsts = _mm256_mullo_epi32(places, _mm256_set1_epi32(g->samples_x));
      __m256 sum = _mm256_setzero_ps(), largest = _mm256_set1_ps(-INFINITY), outside = _mm256_setzero_ps();
      for (int32_t k = 0; k < g->samples_x; k++) {
        const __m256 columns = _mm256_cvtepi32_ps(_mm256_add_epi32(firsts, _mm256_set1_epi32(k)));
        eight_pixels column = {_mm256_setzero_ps(), largest, outside};
        for (int32_t row = y * g->samples_y; row < (y + 1) * g->samples_y; row++)
          add_eight(&s, columns, row, all_inside, &column);
        sum = _mm256_add_ps(sum, column.sum);
        largest = column.largest;
        outside = column.outside;
      }
      // NaN compares as not smaller.
      const __m256 bad = _mm256_or_ps(
        _mm256_cmp_ps(largest, saturation, _CMP_GE_OQ),
        _mm256_cmp_ps(_mm256_andnot_ps(sign, sum), infinity, _CMP_NLT_UQ));
      const __m256 mask = _mm256_castsi256_ps(used);
      faults.outside += __builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_and_ps(outside, mask)));
      faults.bad += __builtin_popcount(
        (unsigned)_mm256_movemask_ps(_mm256_and_ps(_mm256_andnot_ps(outside, bad), mask)));
      const __m256 values = _mm256_blendv_ps(_mm256_div_ps(sum, count), unusable, bad);
      _mm256_maskstore_ps(patch + y * patch_row + x, used, _mm256_blendv_ps(values, missing, outside));
    }
  }
  return faults;
}

KERNEL_TARGET glazer_patch_faults glazer_sample_patch_avx2(
  const glazer_image *image, const glazer_patch_grid *g, float *patch, size_t row) {
  reference_frame f;
  if (!make_reference_frame(image, g, &f) || g->width * g->samples_x > GLAZER_MOST_ROW_SAMPLES || is_all_outside(&f, g))
    return glazer_sample_patch_scalar(image, g, patch, row);
  return corners_are_inside(&f, g) ? sample_all(&f, g, true, patch, row) : sample_all(&f, g, false, patch, row);
}
#endif
