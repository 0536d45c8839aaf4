// SPDX-License-Identifier: GPL-3.0-or-later
//
// For ARMv8.0, without dot products.
#if defined(__aarch64__)
#include "../kernel_sets.h"

#define KERNEL_TARGET
#include "neon_lanes.h"

/// A pair of products is at most 2 * 127 * 127 = 32258, which 16 bits hold; pairs of pairs go to 32.
LANE_OPERATION vector dot(vector sums, vector inputs, vector weights) {
  const int8x16_t x = vreinterpretq_s8_s32(inputs), w = vreinterpretq_s8_s32(weights);
  const int16x8_t first = vmull_s8(vget_low_s8(x), vget_low_s8(w)), second = vmull_high_s8(x, w);
  return vpadalq_s16(sums, vpaddq_s16(first, second));
}

#include "vector_layers.h"

const glazer_kernel_set glazer_neon_kernels = {
  "neon", LANES, convolve, multiply, glazer_head_scalar, glazer_sample_patch_scalar, multiply_registers};
#endif
