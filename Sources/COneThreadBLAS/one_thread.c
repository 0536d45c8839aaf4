// SPDX-License-Identifier: GPL-3.0-or-later
#include "COneThreadBLAS.h"

#include <cblas.h>

// When the program is loaded: a call at some first use would leave what ran before it, on whatever thread, with other bits.
__attribute__((constructor)) static void use_one_thread(void) { openblas_set_num_threads(1); }

int glazer_blas_threads(void) { return openblas_get_num_threads(); }
