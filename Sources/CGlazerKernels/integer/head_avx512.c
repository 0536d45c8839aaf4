// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
// Before the included functions: fused products would round differently from processor to processor.
#pragma STDC FP_CONTRACT OFF

#include "../kernel_sets.h"

#define KERNEL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl"), min_vector_width(512)))
#include "head_body.h"

KERNEL_TARGET void glazer_head_avx512(
  const int32_t *sums, const float *scale, int32_t hidden, const float *weights, const float *bias, int32_t outputs,
  float *output) {
  head(sums, scale, hidden, weights, bias, outputs, output);
}
#endif
