// SPDX-License-Identifier: GPL-3.0-or-later
#include "glazer_integer.h"

#pragma STDC FP_CONTRACT OFF

/// Adding 1.5 * 2^23 leaves no bits for a fraction: rounds to nearest even without a call, so that the loop vectorises.
static const float TO_WHOLE = 0x1.8p23f;

void glazer_quantize_row(const float *values, int32_t count, float scale, uint8_t *output) {
  for (int32_t k = 0; k < count; k++) {
    const float steps = values[k] / scale;
    // Comparisons that are false for NaN leave 0, the zero point. Clamping before rounding is the same: both ends are whole.
    const float inside = steps > -64 ? (steps < 63 ? steps : 63) : (steps <= -64 ? -64 : 0);
    output[k] = (uint8_t)(64 + (int32_t)((inside + TO_WHOLE) - TO_WHOLE));
  }
}
