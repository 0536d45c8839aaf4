// SPDX-License-Identifier: GPL-3.0-or-later
//
// As ymm_layers.h with 16 lanes and 32 registers: a block is up to 8 pixels by 3 times 16 outputs, 24 registers of sums.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define INLINE KERNEL_TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { LANES = 16, VECTOR_BYTES = 64, MOST_PIXELS = 8, MOST_BLOCKS = 4 };

INLINE __m512i broadcast4(const uint8_t *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return _mm512_set1_epi32(four);
}

INLINE void accumulate(
  const int pixels, const int blocks, __m512i sums[MOST_PIXELS][MOST_BLOCKS], const uint8_t *input,
  size_t pixel_stride, size_t row_bytes, const glazer_packed_layer *layer, size_t first_block) {
  const size_t block_bytes = (size_t)layer->rows * layer->groups * VECTOR_BYTES;
  const int8_t *weights = layer->weights + first_block * block_bytes;
  UNROLL for (int b = 0; b < blocks; b++) {
    const __m512i bias = _mm512_loadu_si512(layer->bias + (first_block + b) * LANES);
    UNROLL for (int p = 0; p < pixels; p++) sums[p][b] = bias;
  }
  for (int32_t row = 0; row < layer->rows; row++) {
    const uint8_t *bytes = input + row * row_bytes;
    for (int32_t group = 0; group < layer->groups; group++, bytes += 4, weights += VECTOR_BYTES) {
      __m512i w[MOST_BLOCKS];
      UNROLL for (int b = 0; b < blocks; b++) w[b] = _mm512_loadu_si512(weights + b * block_bytes);
      UNROLL for (int p = 0; p < pixels; p++) {
        const __m512i x = broadcast4(bytes + p * pixel_stride);
        UNROLL for (int b = 0; b < blocks; b++) sums[p][b] = _mm512_dpbusd_epi32(sums[p][b], x, w[b]);
      }
    }
  }
}

INLINE void store_activations(__m512i sums, const float *scale, uint8_t *output, int32_t count) {
  __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(scale));
  value = _mm512_min_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_set1_ps(127));
  const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(value));
  _mm_mask_storeu_epi8(output, count < LANES ? (__mmask16)((1u << count) - 1) : (__mmask16)0xFFFF, bytes);
}

INLINE void convolve_block(
  const int pixels, const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, int32_t x,
  int32_t y, size_t block) {
  __m512i sums[MOST_PIXELS][MOST_BLOCKS];
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

/// A row in blocks of `pixels`; the last block moves left over pixels already done when the row is not a multiple.
INLINE void convolve_row(
  const int pixels, const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, int32_t y,
  size_t block) {
  for (int32_t x = 0; x < c->output_width; x += pixels)
    convolve_block(
      pixels, blocks, c, layer, x + pixels <= c->output_width ? x : c->output_width - pixels, y, block);
}

INLINE void convolve_rows(
  const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, size_t block) {
  for (int32_t y = 0; y < c->output_height; y++) {
    if (c->output_width >= 8 && blocks <= 3)
      convolve_row(8, blocks, c, layer, y, block);
    else if (c->output_width >= 4)
      convolve_row(4, blocks, c, layer, y, block);
    else
      convolve_row(1, blocks, c, layer, y, block);
  }
}

KERNEL_TARGET static void convolve(const glazer_convolution *c, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  for (; total - block >= 5 || total - block == 3; block += 3) convolve_rows(3, c, layer, block);
  for (; total - block >= 4; block += 4) convolve_rows(4, c, layer, block);
  for (; total - block >= 2; block += 2) convolve_rows(2, c, layer, block);
  if (block < total) convolve_rows(1, c, layer, block);
}

INLINE void multiply_block(
  const int vectors, const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, int32_t first,
  size_t block) {
  __m512i sums[MOST_PIXELS][MOST_BLOCKS];
  accumulate(vectors, blocks, sums, p->input + first * p->input_stride, p->input_stride, 0, layer, block);
  UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int b = 0; b < blocks; b++)
    _mm512_storeu_si512(p->sums + (first + v) * p->sums_stride + (block + b) * LANES, sums[v][b]);
}

INLINE void multiply_rows(
  const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, size_t block) {
  int32_t i = 0;
  for (; i + 8 <= p->count; i += 8) multiply_block(8, blocks, p, layer, i, block);
  for (; i + 4 <= p->count; i += 4) multiply_block(4, blocks, p, layer, i, block);
  for (; i < p->count; i++) multiply_block(1, blocks, p, layer, i, block);
}

KERNEL_TARGET static void multiply(const glazer_dense_product *p, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  for (; total - block >= 2; block += 2) multiply_rows(2, p, layer, block);
  if (block < total) multiply_rows(1, p, layer, block);
}

const glazer_kernel_set glazer_avx512vnni_kernels = {"avx512-vnni", LANES, convolve, multiply, glazer_sample_patch_avx2};
#endif
