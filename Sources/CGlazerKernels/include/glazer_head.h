// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_HEAD_H
#define GLAZER_HEAD_H

#include <stdint.h>

/// tanh to within one unit in the last place of float, the same bits on every machine (no libm, no fused products).
float glazer_tanh(float x);

/// Most outputs; each hidden value has so many weights, those beyond the outputs zero.
#define GLAZER_HEAD_LANES 8

/// The end of the network: hidden[i] = tanh(float(sums[i]) * scale[i]), output[o] = bias[o] + sum over i of
/// weights[i * GLAZER_HEAD_LANES + o] * hidden[i], added in the order of i in float32.
typedef void glazer_head_function(
  const int32_t *sums, const float *scale, int32_t hidden, const float *weights, const float *bias, int32_t outputs,
  float *output);

#endif
