// SPDX-License-Identifier: GPL-3.0-or-later
//
// Four lanes, shared by the NEON kernels: 8 pixels by 3 blocks use 24 of the 32 registers. The including file defines
// KERNEL_TARGET and `dot`. Activations of 0 to 127 are the same number signed and unsigned.
#include <arm_neon.h>
#include <string.h>

typedef int32x4_t vector;
enum { LANES = 4, PIXELS = 8, FOUR_BLOCKS = 0 };

#define LANE_OPERATION KERNEL_TARGET static inline __attribute__((always_inline))

#define KEEP(value) __asm__ volatile("" : "+w"(value))

LANE_OPERATION vector load(const void *memory) { return vreinterpretq_s32_u8(vld1q_u8(memory)); }

LANE_OPERATION vector broadcast4(const uint8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return vdupq_n_s32(four);
}

LANE_OPERATION void store_sums(int32_t *memory, vector sums) { vst1q_s32(memory, sums); }

LANE_OPERATION void store_activations(vector sums, const float *scale, uint8_t *output, int32_t count) {
  float32x4_t value = vmulq_f32(vcvtq_f32_s32(sums), vld1q_f32(scale));
  value = vminq_f32(vmaxq_f32(value, vdupq_n_f32(0)), vdupq_n_f32(127));
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(vcvtnq_s32_f32(value)));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  memcpy(output, &four, count < LANES ? (size_t)count : sizeof four);
}
