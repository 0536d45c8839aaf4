// SPDX-License-Identifier: GPL-3.0-or-later
#define LANES 4
#define KERNELS glazer_wave_kernels_sse2
#define KERNEL_NAME "sse2"
#include "kernels.inc.h"
