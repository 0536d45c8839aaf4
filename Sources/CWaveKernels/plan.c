// SPDX-License-Identifier: GPL-3.0-or-later
#include "CWaveKernels.h"

#include <math.h>

/// The largest radix first: fewer stages, fewer passes over the points. 0 when `rest` has another prime factor.
static int next_radix(int rest) {
  if (rest % 8 == 0) return 8;
  if (rest % 4 == 0) return 4;
  if (rest % 2 == 0) return 2;
  return rest % 3 == 0 ? 3 : 0;
}

size_t glazer_fft_twiddle_count(int length) {
  if (length < 1 || length > 1 << 14) return 0;
  size_t count = 0;
  int rest = length;
  while (rest > 1) {
    const int radix = next_radix(rest);
    if (radix == 0) return 0;
    rest /= radix;
    count += 2 * (size_t)(radix - 1) * (size_t)rest;
  }
  return count;
}

void glazer_fft_prepare(int length, glazer_fft_plan *plan, float *twiddles) {
  plan->length = length;
  plan->stages = 0;
  int rest = length;
  while (rest > 1) {
    const int radix = next_radix(rest), count = rest / radix;
    plan->radix[plan->stages] = radix;
    plan->twiddles[plan->stages] = twiddles;
    plan->stages++;
    for (int p = 0; p < count; p++) {
      for (int j = 1; j < radix; j++) {
        const double angle = -2 * 3.14159265358979323846 * p * j / rest;
        *twiddles++ = (float)cos(angle);
        *twiddles++ = (float)sin(angle);
      }
    }
    rest = count;
  }
}
