// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("avx2")))
#include "ymm_lanes.h"

/// Pairs of products in 16 bits, then pairs of pairs in 32: exact for 7-bit inputs.
LANE_OPERATION vector dot(vector sums, vector inputs, vector weights) {
  const __m256i pairs = _mm256_maddubs_epi16(inputs, weights);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "vector_layers.h"

const glazer_kernel_set glazer_avx2_kernels = {
  "avx2", LANES, convolve, multiply, glazer_head_avx2, glazer_sample_patch_avx2, multiply_registers};
#endif
