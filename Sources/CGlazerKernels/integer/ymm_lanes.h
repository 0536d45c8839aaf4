// SPDX-License-Identifier: GPL-3.0-or-later
//
// Eight lanes, shared by the AVX2 and AVX-VNNI kernels: 4 pixels by 3 blocks use 12 of the 16 registers. The including
// file defines KERNEL_TARGET and `dot`.
#include <immintrin.h>
#include <string.h>

typedef __m256i vector;
enum { LANES = 8, PIXELS = 4, FOUR_BLOCKS = 0 };

#define LANE_OPERATION KERNEL_TARGET static inline __attribute__((always_inline))

#define KEEP(value) __asm__ volatile("" : "+x"(value))

LANE_OPERATION vector load(const void *memory) { return _mm256_loadu_si256(memory); }

LANE_OPERATION vector broadcast4(const uint8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return _mm256_set1_epi32(four);
}

LANE_OPERATION void store_sums(int32_t *memory, vector sums) { _mm256_storeu_si256((__m256i *)memory, sums); }

LANE_OPERATION void store_activations(vector sums, const float *scale, uint8_t *output, int32_t count) {
  __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(scale));
  value = _mm256_min_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_set1_ps(127));
  const __m256i whole = _mm256_cvtps_epi32(value);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  const int64_t bytes = _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
  memcpy(output, &bytes, count < LANES ? (size_t)count : sizeof bytes);
}
