// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_BITSHUFFLE_H
#define GLAZER_BITSHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/// Undoes the bit transposition of the bitshuffle filter on one block.
///
/// `count` elements (a multiple of 8) of `element_size` bytes, little-endian. In `in` stand 8 · element_size rows of
/// count / 8 bytes; bit i of byte j of row r is bit r of element 8 j + i. `in` and `out` are count · element_size bytes and
/// do not overlap. Layout: K. Masui et al., "A compression scheme for radio data in high performance computing",
/// Astronomy and Computing 12 (2015) 181, and the block format of the HDF5 filter 32008.
///
/// The reference sets bit by bit and is there for the tests; the other does 64 bits at once for elements of 1, 2 and
/// 4 bytes and is the reference for all else.
void glazer_bitunshuffle_reference(const uint8_t *in, uint8_t *out, size_t count, size_t element_size);
void glazer_bitunshuffle(const uint8_t *in, uint8_t *out, size_t count, size_t element_size);

#endif
