// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#define KERNEL_TARGET __attribute__((target("avx2,avxvnni")))
#include <immintrin.h>

KERNEL_TARGET static inline __attribute__((always_inline)) __m256i dot(__m256i sums, __m256i inputs, __m256i weights) {
  return _mm256_dpbusd_avx_epi32(sums, inputs, weights);
}

#include "ymm_layers.h"

const glazer_kernel_set glazer_avxvnni_kernels = {"avx-vnni", LANES, convolve, multiply, glazer_sample_patch_avx2};
#endif
