// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_KERNEL_SETS_H
#define GLAZER_KERNEL_SETS_H

#include "glazer_integer.h"

extern const glazer_kernel_set glazer_scalar_kernels;
#if defined(__x86_64__)
extern const glazer_kernel_set glazer_avx2_kernels;
extern const glazer_kernel_set glazer_avxvnni_kernels;
extern const glazer_kernel_set glazer_avx512vnni_kernels;
#endif

#endif
