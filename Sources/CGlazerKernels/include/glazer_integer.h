// SPDX-License-Identifier: GPL-3.0-or-later
//
// Integer layers: unsigned 7-bit activations (0...127) times signed 8-bit weights (-127...127), 32-bit sums.
//
// Activations lie as [row][column][channel] bytes. Channels are not padded; what is padded is the run of a kernel row:
// `kernel * channels` neighbouring bytes, rounded up to four with weights of zero, so that a kernel may read up to three
// bytes past the last one it needs. Every activation buffer therefore ends in GLAZER_SLACK readable bytes.
//
// All kernel sets give the same bits: sums are exact (a pair of products is at most 2 * 127 * 127 = 32258, which
// vpmaddubsw holds without saturation), and the one floating-point step, clamp(float(sum) * scale, 0, 127) rounded to
// nearest even, is a single rounded product.
#ifndef GLAZER_INTEGER_H
#define GLAZER_INTEGER_H

#include <stddef.h>
#include <stdint.h>

#define GLAZER_SLACK 64

/// Weights of one layer, packed by glazer_pack_weights for a kernel set of `lanes` lanes:
/// [output / lanes][kernel row][group of four inputs][lane][4]. Missing outputs are zero.
typedef struct {
  const int8_t *weights;
  /// One per output, padded with zeros to a multiple of the lanes.
  const int32_t *bias;
  /// As `bias`; null for a dense layer, whose sums leave as they are.
  const float *scale;
  int32_t outputs;
  /// Rows of the kernel; 1 for a dense layer.
  int32_t rows;
  /// Groups of four bytes in a row's run.
  int32_t groups;
} glazer_packed_layer;

/// Where a convolution reads and writes. `input` is the top left byte of the padded input, `output` the first byte of
/// the first pixel written.
typedef struct {
  const uint8_t *input;
  /// Bytes from one input row to the next.
  size_t input_row_bytes;
  /// Bytes from the first input of one output pixel to that of the next: stride * channels.
  size_t input_step_bytes;
  /// Input rows from one output row to the next.
  size_t stride;
  uint8_t *output;
  size_t output_row_bytes;
  int32_t output_width;
  int32_t output_height;
} glazer_convolution;

/// `count` vectors of groups * 4 bytes, `input_stride` apart, times the layer; sums with bias to `sums`, one row of
/// `sums_stride` int32 each (at least the outputs rounded up to the lanes; the rest of a row is undefined).
typedef struct {
  const uint8_t *input;
  size_t input_stride;
  int32_t count;
  int32_t *sums;
  size_t sums_stride;
} glazer_dense_product;

/// Bytes that packed weights take.
size_t glazer_packed_bytes(int32_t outputs, int32_t rows, int32_t run, int32_t lanes);

/// Packs `weights` [output][row][run] (run = kernel columns * channels, channel fastest) for `lanes` lanes.
void glazer_pack_weights(
  const int8_t *weights, int32_t outputs, int32_t rows, int32_t run, int32_t lanes, int8_t *packed);

/// Mean of 2 x 2 pixels, (a + b + c + d + 2) >> 2, channel by channel. Sizes are those of the output.
void glazer_average_pool2(
  const uint8_t *input, size_t input_row_bytes, uint8_t *output, size_t output_row_bytes, int32_t width,
  int32_t height, int32_t channels);

/// clamp(round(value / scale) + 64, 0, 127), to nearest even; NaN gives 64.
void glazer_quantize_row(const float *values, int32_t count, float scale, uint8_t *output);

#endif
