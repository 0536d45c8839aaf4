// SPDX-License-Identifier: GPL-3.0-or-later
#define LANES 8
#define KERNELS glazer_wave_kernels_avx2
#define KERNEL_NAME "avx2"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels.inc.h"
#pragma clang attribute pop
