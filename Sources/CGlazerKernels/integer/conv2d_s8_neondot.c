// SPDX-License-Identifier: GPL-3.0-or-later
//
// For ARMv8.2 and later with dot products.
#if defined(__aarch64__)
#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#include "neon_lanes.h"

LANE_OPERATION vector dot(vector sums, vector inputs, vector weights) {
  return vdotq_s32(sums, vreinterpretq_s8_s32(inputs), vreinterpretq_s8_s32(weights));
}

#include "vector_layers.h"

const glazer_kernel_set glazer_neon_dot_kernels = {
  "neon-dot", LANES, convolve, multiply, glazer_head_scalar, glazer_sample_patch_scalar, multiply_registers};
#endif
