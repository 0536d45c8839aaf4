// SPDX-License-Identifier: GPL-3.0-or-later
// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include "../kernel_sets.h"

#define KERNEL_TARGET
#include "head_body.h"

float glazer_tanh(float x) { return tanh_of(x); }

void glazer_head_scalar(
  const int32_t *sums, const float *scale, int32_t hidden, const float *weights, const float *bias, int32_t outputs,
  float *output) {
  head(sums, scale, hidden, weights, bias, outputs, output);
}
