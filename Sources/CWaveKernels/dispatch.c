// SPDX-License-Identifier: GPL-3.0-or-later
#include "CWaveKernels.h"

#include <string.h>

extern const glazer_wave_kernels glazer_wave_kernels_sse2;
extern const glazer_wave_kernels glazer_wave_kernels_avx2;
extern const glazer_wave_kernels glazer_wave_kernels_avx512;

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
}

const glazer_wave_kernels *glazer_wave_kernels_best(void) {
  if (has_avx512()) return &glazer_wave_kernels_avx512;
  return has_avx2() ? &glazer_wave_kernels_avx2 : &glazer_wave_kernels_sse2;
}

const glazer_wave_kernels *glazer_wave_kernels_named(const char *name) {
  if (strcmp(name, "sse2") == 0) return &glazer_wave_kernels_sse2;
  if (strcmp(name, "avx2") == 0 && has_avx2()) return &glazer_wave_kernels_avx2;
  if (strcmp(name, "avx512") == 0 && has_avx512()) return &glazer_wave_kernels_avx512;
  return NULL;
}
