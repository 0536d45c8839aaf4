// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "glazer_patches.h"

#pragma STDC FP_CONTRACT OFF

/// Sums go in eight interleaved parts: the loops vectorise, and the result is the same on every machine.
enum { PARTS = 8 };

float glazer_normalize_patch(float *patch, int32_t count) {
  double sums[PARTS] = {0}, squares[PARTS] = {0};
  int32_t valid = 0;
  for (int32_t k = 0; k < count; k++) {
    const int good = patch[k] == patch[k];
    valid += good;
    sums[k % PARTS] += good ? patch[k] : 0;
  }
  double mean = 0;
  for (int p = 0; p < PARTS; p++) mean += sums[p];
  mean /= valid > 0 ? valid : 1;
  for (int32_t k = 0; k < count; k++) {
    const double difference = patch[k] == patch[k] ? patch[k] - mean : 0;
    squares[k % PARTS] += difference * difference;
  }
  double variance = 0;
  for (int p = 0; p < PARTS; p++) variance += squares[p];
  variance /= valid > 0 ? valid : 1;
  const double nothing = 1e-6 * fabs(mean);
  const int visible = variance > nothing * nothing && variance > 1e-60;
  const double deviation = sqrt(variance), factor = visible ? 1 / deviation : 0;
  for (int32_t k = 0; k < count; k++)
    patch[k] = patch[k] == patch[k] ? (float)((patch[k] - mean) * factor) : 0;
  return visible ? (float)deviation : 0;
}
