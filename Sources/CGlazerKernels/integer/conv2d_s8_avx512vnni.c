// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sixteen lanes: 8 pixels by 3 blocks use 24 of the 32 registers.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define LANE_OPERATION KERNEL_TARGET static inline __attribute__((always_inline))

typedef __m512i vector;
enum { LANES = 16, PIXELS = 8, FOUR_BLOCKS = 1 };

#define KEEP(value) __asm__ volatile("" : "+v"(value))

LANE_OPERATION vector load(const void *memory) { return _mm512_loadu_si512(memory); }

LANE_OPERATION vector broadcast4(const uint8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return _mm512_set1_epi32(four);
}

LANE_OPERATION vector dot(vector sums, vector inputs, vector weights) {
  return _mm512_dpbusd_epi32(sums, inputs, weights);
}

LANE_OPERATION void store_sums(int32_t *memory, vector sums) { _mm512_storeu_si512(memory, sums); }

LANE_OPERATION void store_activations(vector sums, const float *scale, uint8_t *output, int32_t count) {
  __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(scale));
  value = _mm512_min_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_set1_ps(127));
  const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(value));
  _mm_mask_storeu_epi8(output, count < LANES ? (__mmask16)((1u << count) - 1) : (__mmask16)0xFFFF, bytes);
}

#include "vector_layers.h"

const glazer_kernel_set glazer_avx512vnni_kernels = {
  "avx512-vnni", LANES, convolve, multiply, glazer_head_avx512, glazer_sample_patch_avx2, multiply_registers};
#endif
