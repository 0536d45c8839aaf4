// SPDX-License-Identifier: GPL-3.0-or-later
//
// OpenBLAS with no threads of its own, in every program that links this, from before its first call. Our own threads share
// the work out; and a product that OpenBLAS splits over threads rounds otherwise than one that it does not, so results would depend on
// the machine's cores.
#ifndef CONETHREADBLAS_H
#define CONETHREADBLAS_H

/// Threads that OpenBLAS uses: 1.
int glazer_blas_threads(void);

#endif
