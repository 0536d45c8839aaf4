// SPDX-License-Identifier: GPL-3.0-or-later
//
// Convolution and product over 8 lanes of 32 bits, shared by the AVX2 and AVX-VNNI kernels. The including file defines
// KERNEL_TARGET (the function attribute) and `dot`, which adds four products to each lane.
//
// A block is `pixels` output pixels by `blocks` times 8 outputs, held in registers while the kernel's run goes by: four
// input bytes are broadcast, each weight vector is loaded once per block. 4 x 3 uses 12 of the 16 registers.
#include <immintrin.h>
#include <string.h>

#include "../kernel_sets.h"

#define INLINE KERNEL_TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { LANES = 8, VECTOR_BYTES = 32, MOST_PIXELS = 4, MOST_BLOCKS = 3 };

INLINE __m256i broadcast4(const uint8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return _mm256_set1_epi32(four);
}

INLINE void accumulate(
  const int pixels, const int blocks, __m256i sums[MOST_PIXELS][MOST_BLOCKS], const uint8_t *input,
  size_t pixel_stride, size_t row_bytes, const glazer_packed_layer *layer, size_t first_block) {
  const size_t block_bytes = (size_t)layer->rows * layer->groups * VECTOR_BYTES;
  const int8_t *weights = layer->weights + first_block * block_bytes;
  UNROLL for (int b = 0; b < blocks; b++) {
    const __m256i bias = _mm256_loadu_si256((const __m256i *)(layer->bias + (first_block + b) * LANES));
    UNROLL for (int p = 0; p < pixels; p++) sums[p][b] = bias;
  }
  for (int32_t row = 0; row < layer->rows; row++) {
    const uint8_t *bytes = input + row * row_bytes;
    for (int32_t group = 0; group < layer->groups; group++, bytes += 4, weights += VECTOR_BYTES) {
      __m256i w[MOST_BLOCKS];
      UNROLL for (int b = 0; b < blocks; b++)
        w[b] = _mm256_loadu_si256((const __m256i *)(weights + b * block_bytes));
      UNROLL for (int p = 0; p < pixels; p++) {
        const __m256i x = broadcast4(bytes + p * pixel_stride);
        UNROLL for (int b = 0; b < blocks; b++) sums[p][b] = dot(sums[p][b], x, w[b]);
      }
    }
  }
}

INLINE void store_activations(__m256i sums, const float *scale, uint8_t *output, int32_t count) {
  __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(scale));
  value = _mm256_min_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_set1_ps(127));
  const __m256i whole = _mm256_cvtps_epi32(value);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  const int64_t bytes = _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
  memcpy(output, &bytes, count < LANES ? (size_t)count : sizeof bytes);
}

INLINE void convolve_block(
  const int pixels, const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, int32_t x,
  int32_t y, size_t block) {
  __m256i sums[MOST_PIXELS][MOST_BLOCKS];
  const uint8_t *input = c->input + y * c->stride * c->input_row_bytes + x * c->input_step_bytes;
  accumulate(pixels, blocks, sums, input, c->input_step_bytes, c->input_row_bytes, layer, block);
  uint8_t *output = c->output + y * c->output_row_bytes + (size_t)x * layer->outputs;
  UNROLL for (int p = 0; p < pixels; p++) UNROLL for (int b = 0; b < blocks; b++) {
    const size_t first = (block + b) * LANES;
    store_activations(
      sums[p][b], layer->scale + first, output + (size_t)p * layer->outputs + first,
      layer->outputs - (int32_t)first);
  }
}

/// A row in blocks of four pixels; the last block moves left over pixels already done when the row is not a multiple.
INLINE void convolve_rows(
  const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, size_t block) {
  const int32_t width = c->output_width;
  for (int32_t y = 0; y < c->output_height; y++) {
    if (width < MOST_PIXELS) {
      for (int32_t x = 0; x < width; x++) convolve_block(1, blocks, c, layer, x, y, block);
      continue;
    }
    for (int32_t x = 0; x < width; x += MOST_PIXELS)
      convolve_block(MOST_PIXELS, blocks, c, layer, x + MOST_PIXELS <= width ? x : width - MOST_PIXELS, y, block);
  }
}

KERNEL_TARGET static void convolve(const glazer_convolution *c, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  // 8 blocks (64 outputs) go as 3 + 3 + 2, 4 blocks as 2 + 2: a block alone wastes the broadcasts.
  for (; total - block >= 5 || total - block == 3; block += 3) convolve_rows(3, c, layer, block);
  for (; total - block >= 2; block += 2) convolve_rows(2, c, layer, block);
  if (block < total) convolve_rows(1, c, layer, block);
}

INLINE void multiply_block(
  const int vectors, const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, int32_t first,
  size_t block) {
  __m256i sums[MOST_PIXELS][MOST_BLOCKS];
  accumulate(vectors, blocks, sums, p->input + first * p->input_stride, p->input_stride, 0, layer, block);
  UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int b = 0; b < blocks; b++)
    _mm256_storeu_si256((__m256i *)(p->sums + (first + v) * p->sums_stride + (block + b) * LANES), sums[v][b]);
}

INLINE void multiply_rows(
  const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, size_t block) {
  int32_t i = 0;
  for (; i + MOST_PIXELS <= p->count; i += MOST_PIXELS) multiply_block(MOST_PIXELS, blocks, p, layer, i, block);
  for (; i < p->count; i++) multiply_block(1, blocks, p, layer, i, block);
}

KERNEL_TARGET static void multiply(const glazer_dense_product *p, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  for (; total - block >= 2; block += 2) multiply_rows(2, p, layer, block);
  if (block < total) multiply_rows(1, p, layer, block);
}
