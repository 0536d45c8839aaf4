// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "glazer_patches.h"

#pragma STDC FP_CONTRACT OFF

enum { BLOCK = GLAZER_BLOCK };

/// Eight columns are added side by side, then together: the loop vectorises, and the order is the same on every machine.
static glazer_block block_sums(const float *pixels, size_t row) {
  double sums[BLOCK] = {0}, squares[BLOCK] = {0}, counts[BLOCK] = {0};
  for (int y = 0; y < BLOCK; y++, pixels += row) {
    for (int x = 0; x < BLOCK; x++) {
      const int good = pixels[x] == pixels[x];
      const double value = good ? pixels[x] : 0;
      sums[x] += value;
      squares[x] += value * value;
      counts[x] += good;
    }
  }
  glazer_block block = {0, 0, 0};
  for (int x = 0; x < BLOCK; x++) {
    block.sum += sums[x];
    block.square += squares[x];
    block.count += counts[x];
  }
  return block;
}

/// Weight of a block `distance` away: a window of two cells is `2 * reach` blocks wide, half a block less at either end.
static inline double weight(int32_t distance, int32_t reach) {
  return distance == -reach || distance == reach ? 0.5 : 1;
}

/// The window about `centre` of rows of `blocks_x` blocks.
static glazer_block window_sums(const glazer_block *centre, const glazer_local_normalisation *n) {
  glazer_block window = {0, 0, 0};
  for (int32_t dy = -n->reach_y; dy <= n->reach_y; dy++) {
    glazer_block line = {0, 0, 0};
    for (int32_t dx = -n->reach_x; dx <= n->reach_x; dx++) {
      const glazer_block *block = centre + (ptrdiff_t)dy * n->blocks_x + dx;
      const double w = weight(dx, n->reach_x);
      line.sum += w * block->sum;
      line.square += w * block->square;
      line.count += w * block->count;
    }
    const double w = weight(dy, n->reach_y);
    window.sum += w * line.sum;
    window.square += w * line.square;
    window.count += w * line.count;
  }
  return window;
}

void glazer_local_normalize(const glazer_local_normalisation *n) {
  for (int32_t y = 0; y < n->blocks_y; y++)
    for (int32_t x = 0; x < n->blocks_x; x++)
      n->blocks[(size_t)y * n->blocks_x + x] = block_sums(n->pixels + (size_t)y * BLOCK * n->row + x * BLOCK, n->row);
  for (int32_t y = n->reach_y; y < n->blocks_y - n->reach_y; y++) {
    for (int32_t x = n->reach_x; x < n->blocks_x - n->reach_x; x++) {
      glazer_block *centre = n->blocks + (size_t)y * n->blocks_x + x;
      const glazer_block window = window_sums(centre, n);
      const double count = window.count > 0 ? window.count : 1;
      const double mean = window.sum / count, variance = window.square / count - mean * mean;
      // The second term is what rounding leaves of the difference above.
      const double nothing = 1e-6 * fabs(mean);
      const int visible = variance > nothing * nothing && variance > 1e-60 && isfinite(variance);
      const float level = (float)mean, factor = visible ? (float)(1 / sqrt(variance)) : 0;
      const float *from = n->pixels + (size_t)y * BLOCK * n->row + x * BLOCK;
      float *to = n->output + (size_t)(y - n->reach_y) * BLOCK * n->output_row + (x - n->reach_x) * BLOCK;
      for (int k = 0; k < BLOCK; k++, from += n->row, to += n->output_row)
        for (int l = 0; l < BLOCK; l++) to[l] = from[l] == from[l] ? (from[l] - level) * factor : 0;
      n->states[(size_t)(y - n->reach_y) * n->state_row + x - n->reach_x] =
        (uint8_t)((centre->count == BLOCK * BLOCK ? GLAZER_BLOCK_WHOLE : 0) | (visible ? GLAZER_BLOCK_VISIBLE : 0));
    }
  }
}
