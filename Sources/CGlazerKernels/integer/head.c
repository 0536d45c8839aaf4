// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "glazer_head.h"

#pragma STDC FP_CONTRACT OFF

enum { TERMS = 12 };

/// 1/n!
static const double factorial_reciprocals[TERMS] = {
  1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
  1.0 / 39916800};

/// exp(-t) for t of 0 to 40, relative error below 1e-12: t = k ln 2 + r, Taylor series in r, exponent by bits.
static double exp_negative(double t) {
  const double k = (double)(int64_t)(t * 1.4426950408889634 + 0.5);
  // ln 2 in two parts, so that k times the first is exact.
  const double r = (k * 0x1.62e42fefa0000p-1 - t) + k * 0x1.cf79abc9e3b3ap-40;
  double sum = factorial_reciprocals[TERMS - 1];
  for (int n = TERMS - 2; n >= 0; n--) sum = factorial_reciprocals[n] + sum * r;
  const int64_t bits = (1023 - (int64_t)k) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return sum * power;
}

float glazer_tanh(float x) {
  const double t = x < 0 ? -2 * (double)x : 2 * (double)x;
  if (!(t < 40)) return x < 0 ? -1 : x > 0 ? 1 : x;
  // Below 2^-6, 1 - exp(-t) would cancel; the series of tanh is good to 1e-13 there.
  if (t < 0x1p-5) {
    const double h = (double)x, h2 = h * h;
    return (float)(h * (1 + h2 * (-1.0 / 3 + h2 * (2.0 / 15 - h2 * (17.0 / 315)))));
  }
  const double e = exp_negative(t);
  const double y = (1 - e) / (1 + e);
  return (float)(x < 0 ? -y : y);
}

void glazer_head(
  const int32_t *sums, const float *scale, int32_t hidden, const float *weights, const float *bias, int32_t outputs,
  float *output) {
  memcpy(output, bias, (size_t)outputs * sizeof *output);
  for (int32_t i = 0; i < hidden; i++) {
    const float value = glazer_tanh((float)sums[i] * scale[i]);
    for (int32_t o = 0; o < outputs; o++) output[o] += weights[(size_t)i * outputs + o] * value;
  }
}
