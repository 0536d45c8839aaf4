// SPDX-License-Identifier: GPL-3.0-or-later
//
// Convolution and product over vectors of 32-bit lanes, one output in each lane: the shape that all fast kernels share.
// The including file says what differs:
//
//   KERNEL_TARGET    the function attribute
//   vector           LANES sums
//   LANES, PIXELS    pixels in a full block: 4 or 8
//   FOUR_BLOCKS      whether four blocks of outputs by four pixels fit the registers
//   load, broadcast4 LANES * 4 weights or LANES sums; four input bytes in every lane
//   dot              adds the four products of each lane to its sum
//   store_sums, store_activations
//   KEEP(v)          makes the compiler believe that v has changed
//
// A block is up to `PIXELS` output pixels by 3 times LANES outputs, held in registers while the kernel's run goes by: four
// input bytes are broadcast, each weight vector is loaded once per block.

#define INLINE KERNEL_TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { VECTOR_BYTES = LANES * 4, MOST_BLOCKS = 4 };

INLINE void accumulate(
  const int pixels, const int blocks, vector sums[PIXELS][MOST_BLOCKS], const uint8_t *input, size_t pixel_stride,
  size_t row_bytes, const glazer_packed_layer *layer, size_t first_block) {
  const size_t block_bytes = (size_t)layer->rows * layer->groups * VECTOR_BYTES;
  const int8_t *weights = layer->weights + first_block * block_bytes;
  UNROLL for (int b = 0; b < blocks; b++) {
    const vector bias = load(layer->bias + (first_block + b) * LANES);
    UNROLL for (int p = 0; p < pixels; p++) sums[p][b] = bias;
  }
  for (int32_t row = 0; row < layer->rows; row++) {
    const uint8_t *bytes = input + row * row_bytes;
    for (int32_t group = 0; group < layer->groups; group++, bytes += 4, weights += VECTOR_BYTES) {
      vector w[MOST_BLOCKS];
      UNROLL for (int b = 0; b < blocks; b++) w[b] = load(weights + b * block_bytes);
      UNROLL for (int p = 0; p < pixels; p++) {
        const vector x = broadcast4(bytes + p * pixel_stride);
        UNROLL for (int b = 0; b < blocks; b++) sums[p][b] = dot(sums[p][b], x, w[b]);
      }
    }
  }
}

INLINE void convolve_block(
  const int pixels, const int blocks, const glazer_convolution *c, const glazer_packed_layer *layer, int32_t x,
  int32_t y, size_t block) {
  vector sums[PIXELS][MOST_BLOCKS];
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
    if (c->output_width >= PIXELS && blocks <= 3)
      convolve_row(PIXELS, blocks, c, layer, y, block);
    else if (c->output_width >= 4)
      convolve_row(4, blocks, c, layer, y, block);
    else
      convolve_row(1, blocks, c, layer, y, block);
  }
}

KERNEL_TARGET static void convolve(const glazer_convolution *c, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  // 8 blocks go as 3 + 3 + 2, 4 blocks as 2 + 2 or 4: a block alone wastes the broadcasts.
  for (; total - block >= 5 || total - block == 3; block += 3) convolve_rows(3, c, layer, block);
  if (FOUR_BLOCKS && total - block == 4) {
    convolve_rows(4, c, layer, block);
    return;
  }
  for (; total - block >= 2; block += 2) convolve_rows(2, c, layer, block);
  if (block < total) convolve_rows(1, c, layer, block);
}

INLINE void multiply_block(
  const int vectors, const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, int32_t first,
  size_t block) {
  vector sums[PIXELS][MOST_BLOCKS];
  accumulate(vectors, blocks, sums, p->input + first * p->input_stride, p->input_stride, 0, layer, block);
  UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int b = 0; b < blocks; b++)
    store_sums(p->sums + (first + v) * p->sums_stride + (block + b) * LANES, sums[v][b]);
}

INLINE void multiply_rows(
  const int blocks, const glazer_dense_product *p, const glazer_packed_layer *layer, size_t block) {
  int32_t i = 0;
  for (; i + PIXELS <= p->count; i += PIXELS) multiply_block(PIXELS, blocks, p, layer, i, block);
  for (; i + 4 <= p->count; i += 4) multiply_block(4, blocks, p, layer, i, block);
  for (; i < p->count; i++) multiply_block(1, blocks, p, layer, i, block);
}

KERNEL_TARGET static void multiply(const glazer_dense_product *p, const glazer_packed_layer *layer) {
  const size_t total = ((size_t)layer->outputs + LANES - 1) / LANES;
  size_t block = 0;
  for (; total - block >= 2; block += 2) multiply_rows(2, p, layer, block);
  if (block < total) multiply_rows(1, p, layer, block);
}

/// As many sums as a full block has, so that no addition waits for the one before.
KERNEL_TARGET static int64_t multiply_registers(int32_t rounds) {
  enum { SUMS = PIXELS * 3 };
  static const uint8_t seven[VECTOR_BYTES] = {7};
  vector sums[SUMS], x = load(seven), w = load(seven);
  UNROLL for (int s = 0; s < SUMS; s++) sums[s] = x;
  for (int32_t round = 0; round < rounds; round++) {
    UNROLL for (int s = 0; s < SUMS; s++) {
      KEEP(x);
      sums[s] = dot(sums[s], x, w);
    }
  }
  UNROLL for (int s = 0; s < SUMS; s++) KEEP(sums[s]);
  return (int64_t)rounds * SUMS * LANES * 4;
}
