// SPDX-License-Identifier: GPL-3.0-or-later
#define LANES 16
#define KERNELS glazer_wave_kernels_avx512
#define KERNEL_NAME "avx512"
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,fma"))), apply_to = function)
#include "kernels.inc.h"
#pragma clang attribute pop
