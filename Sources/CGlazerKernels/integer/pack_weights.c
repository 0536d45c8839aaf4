// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "glazer_integer.h"

static size_t groups_of(int32_t run) { return ((size_t)run + 3) / 4; }
static size_t blocks_of(int32_t outputs, int32_t lanes) { return ((size_t)outputs + lanes - 1) / lanes; }

size_t glazer_packed_bytes(int32_t outputs, int32_t rows, int32_t run, int32_t lanes) {
  return blocks_of(outputs, lanes) * (size_t)rows * groups_of(run) * (size_t)lanes * 4;
}

void glazer_pack_weights(
  const int8_t *weights, int32_t outputs, int32_t rows, int32_t run, int32_t lanes, int8_t *packed) {
  memset(packed, 0, glazer_packed_bytes(outputs, rows, run, lanes));
  const size_t groups = groups_of(run);
  for (size_t output = 0; output < (size_t)outputs; output++)
    for (size_t row = 0; row < (size_t)rows; row++)
      for (size_t k = 0; k < (size_t)run; k++) {
        const size_t block = output / lanes, lane = output % lanes;
        const size_t group = (block * rows + row) * groups + k / 4;
        packed[(group * lanes + lane) * 4 + k % 4] = weights[(output * rows + row) * run + k];
      }
}
