// SPDX-License-Identifier: GPL-3.0-or-later
//
// C micro-kernels: plain loops over plain memory. They know nothing of microscopes, allocate nothing and keep no state.
#ifndef CGLAZER_KERNELS_H
#define CGLAZER_KERNELS_H

#include "glazer_head.h"
#include "glazer_integer.h"
#include "glazer_kernel_sets.h"
#include "glazer_patches.h"

#endif
