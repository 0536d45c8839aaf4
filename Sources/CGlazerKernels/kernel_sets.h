// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_KERNEL_SETS_PRIVATE_H
#define GLAZER_KERNEL_SETS_PRIVATE_H

#include "glazer_kernel_sets.h"

extern const glazer_kernel_set glazer_scalar_kernels;
glazer_head_function glazer_head_scalar;
glazer_patch_faults glazer_sample_patch_scalar(const glazer_image *, const glazer_patch_grid *, float *, size_t);
#if defined(__x86_64__)
extern const glazer_kernel_set glazer_avx2_kernels;
glazer_head_function glazer_head_avx2, glazer_head_avx512;
glazer_patch_faults glazer_sample_patch_avx2(const glazer_image *, const glazer_patch_grid *, float *, size_t);
extern const glazer_kernel_set glazer_avxvnni_kernels;
extern const glazer_kernel_set glazer_avx512vnni_kernels;
#elif defined(__aarch64__)
extern const glazer_kernel_set glazer_neon_kernels;
extern const glazer_kernel_set glazer_neon_dot_kernels;
#endif

#endif
