// SPDX-License-Identifier: GPL-3.0-or-later
//
// OpenBLAS on the thread that calls it, in every program that links this, from before its first call. Our own threads share the
// work out; and a product that OpenBLAS splits over threads rounds otherwise than one that it does not, so results would depend on the
// machine's cores. (Of its pthread flavour, Debian's default; with OpenMP every thread has a number of its own.)
#ifndef CONETHREADBLAS_H
#define CONETHREADBLAS_H

/// Threads that OpenBLAS uses: 1.
int glazer_blas_threads(void);

#endif
