// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("avx2,avxvnni")))
#include "ymm_lanes.h"

LANE_OPERATION vector dot(vector sums, vector inputs, vector weights) {
  return _mm256_dpbusd_avx_epi32(sums, inputs, weights);
}

#include "vector_layers.h"

const glazer_kernel_set glazer_avxvnni_kernels = {
  "avx-vnni", LANES, convolve, multiply, glazer_head_avx2, glazer_sample_patch_avx2, multiply_registers};
#endif
