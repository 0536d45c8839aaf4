// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#define KERNEL_TARGET __attribute__((target("avx2")))
#include <immintrin.h>

/// Pairs of products in 16 bits, then pairs of pairs in 32: exact for 7-bit inputs.
KERNEL_TARGET static inline __attribute__((always_inline)) __m256i dot(__m256i sums, __m256i inputs, __m256i weights) {
  const __m256i pairs = _mm256_maddubs_epi16(inputs, weights);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "ymm_layers.h"

const glazer_kernel_set glazer_avx2_kernels = {"avx2", LANES, convolve, multiply, glazer_sample_patch_avx2};
#endif
