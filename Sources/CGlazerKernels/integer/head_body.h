// SPDX-License-Identifier: GPL-3.0-or-later
//
// The end of the network, compiled for each instruction set. The including file defines KERNEL_TARGET (the function attribute, or
// nothing) and forbids fused products. The compiler vectorises the loops; lanes do what the scalar loop does.
#include <math.h>
#include <string.h>

#include "glazer_head.h"

#define INLINE KERNEL_TARGET static inline __attribute__((always_inline))

enum { TERMS = 12, TOGETHER = 64 };

/// 1/n!
static const double factorial_reciprocals[TERMS] = {
  1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
  1.0 / 39916800};

/// Adding 1.5 * 2^52 leaves a whole number in the lowest bits.
static const double TO_WHOLE = 0x1.8p52;

/// exp(-t) for t of 0 to 40, relative error below 1e-12: t = k ln 2 + r, Taylor series in r, exponent by bits.
INLINE double exp_negative(double t) {
  const double shifted = t * 1.4426950408889634 + TO_WHOLE, k = shifted - TO_WHOLE;
  // ln 2 in two parts, so that k times the first is exact.
  const double r = (k * 0x1.62e42fefa0000p-1 - t) + k * 0x1.cf79abc9e3b3ap-40;
  double sum = factorial_reciprocals[TERMS - 1];
  for (int n = TERMS - 2; n >= 0; n--) sum = factorial_reciprocals[n] + sum * r;
  uint64_t bits, zero;
  memcpy(&bits, &shifted, sizeof bits);
  memcpy(&zero, &TO_WHOLE, sizeof zero);
  bits = (1023 - (bits - zero)) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return sum * power;
}

/// Without branches, so that loops over it vectorise.
INLINE float tanh_of(float x) {
  const double h = fabs((double)x), h2 = h * h, t = 2 * h < 40 ? 2 * h : 40;
  const double e = exp_negative(t), far = (1 - e) / (1 + e);
  // Near 0, 1 - exp(-t) would cancel; the series of tanh is good to 1e-13 there.
  const double near = h * (1 + h2 * (-1.0 / 3 + h2 * (2.0 / 15 - h2 * (17.0 / 315))));
  const float y = (float)(t < 0x1p-5 ? near : far);
  return x == x ? copysignf(y, x) : x;
}

KERNEL_TARGET static void head(
  const int32_t *sums, const float *scale, int32_t hidden, const float *weights, const float *bias, int32_t outputs,
  float *output) {
  float results[GLAZER_HEAD_LANES] = {0};
  memcpy(results, bias, (size_t)outputs * sizeof *bias);
  for (int32_t first = 0; first < hidden; first += TOGETHER) {
    const int32_t count = hidden - first < TOGETHER ? hidden - first : TOGETHER;
    float values[TOGETHER];
    for (int32_t i = 0; i < count; i++) values[i] = tanh_of((float)sums[first + i] * scale[first + i]);
    const float *row = weights + (size_t)first * GLAZER_HEAD_LANES;
    for (int32_t i = 0; i < count; i++, row += GLAZER_HEAD_LANES)
      for (int o = 0; o < GLAZER_HEAD_LANES; o++) results[o] += row[o] * values[i];
  }
  memcpy(output, results, (size_t)outputs * sizeof *output);
}
