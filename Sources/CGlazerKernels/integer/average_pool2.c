// SPDX-License-Identifier: GPL-3.0-or-later
#include "glazer_integer.h"

void glazer_average_pool2(
  const uint8_t *input, size_t input_row_bytes, uint8_t *output, size_t output_row_bytes, int32_t width,
  int32_t height, int32_t channels) {
  for (int32_t y = 0; y < height; y++)
    for (int32_t x = 0; x < width; x++) {
      const uint8_t *top = input + 2 * y * input_row_bytes + 2 * (size_t)x * channels;
      const uint8_t *bottom = top + input_row_bytes;
      uint8_t *restrict mean = output + y * output_row_bytes + (size_t)x * channels;
      for (int32_t c = 0; c < channels; c++)
        mean[c] = (uint8_t)((top[c] + top[channels + c] + bottom[c] + bottom[channels + c] + 2) >> 2);
    }
}
