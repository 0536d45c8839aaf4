// SPDX-License-Identifier: GPL-3.0-or-later
//
// The reference: every other kernel set must give exactly these bits.
#include <math.h>

#include "../kernel_sets.h"

#pragma STDC FP_CONTRACT OFF

static int32_t sum_of(const glazer_packed_layer *layer, const uint8_t *input, size_t row_bytes, int32_t output) {
  const size_t run = (size_t)layer->groups * 4;
  const int8_t *weights = layer->weights + (size_t)output * layer->rows * run;
  int32_t sum = layer->bias[output];
  for (int32_t row = 0; row < layer->rows; row++)
    for (size_t k = 0; k < run; k++) sum += input[row * row_bytes + k] * weights[row * run + k];
  return sum;
}

static uint8_t requantize(int32_t sum, float scale) {
  const float value = (float)sum * scale;
  return (uint8_t)lrintf(value < 0 ? 0 : value > 127 ? 127 : value);
}

static void convolve(const glazer_convolution *c, const glazer_packed_layer *layer) {
  for (int32_t y = 0; y < c->output_height; y++)
    for (int32_t x = 0; x < c->output_width; x++) {
      const uint8_t *input = c->input + y * c->stride * c->input_row_bytes + x * c->input_step_bytes;
      uint8_t *output = c->output + y * c->output_row_bytes + (size_t)x * layer->outputs;
      for (int32_t o = 0; o < layer->outputs; o++)
        output[o] = requantize(sum_of(layer, input, c->input_row_bytes, o), layer->scale[o]);
    }
}

static void multiply(const glazer_dense_product *p, const glazer_packed_layer *layer) {
  for (int32_t i = 0; i < p->count; i++)
    for (int32_t o = 0; o < layer->outputs; o++)
      p->sums[i * p->sums_stride + o] = sum_of(layer, p->input + i * p->input_stride, 0, o);
}

const glazer_kernel_set glazer_scalar_kernels = {
  "scalar", 1, convolve, multiply, glazer_head_scalar, glazer_sample_patch_scalar, 0};
