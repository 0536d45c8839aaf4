// SPDX-License-Identifier: GPL-3.0-or-later
//
// The one place that asks what the processor can do.
#include "kernel_sets.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
/// From the kernel's list of hardware capabilities (AT_HWCAP).
enum { HAS_DOT_PRODUCTS = 1 << 20 };
#endif

int32_t glazer_kernel_sets(const glazer_kernel_set *sets[GLAZER_MOST_KERNEL_SETS]) {
  int32_t count = 0;
  sets[count++] = &glazer_scalar_kernels;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) sets[count++] = &glazer_avx2_kernels;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("avxvnni")) sets[count++] = &glazer_avxvnni_kernels;
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    sets[count++] = &glazer_avx512vnni_kernels;
#elif defined(__aarch64__)
  sets[count++] = &glazer_neon_kernels;
#if defined(__linux__)
  if (getauxval(AT_HWCAP) & HAS_DOT_PRODUCTS) sets[count++] = &glazer_neon_dot_kernels;
#endif
#endif
  return count;
}
