// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef GLAZER_ALLOCATION_COUNTER_H
#define GLAZER_ALLOCATION_COUNTER_H

/// Counts the heap allocations of one thread, by standing in front of glibc's allocator in the program it is linked into.
///
/// For `glazer bench` and tests only: the agent does not link it. Everything that ends in malloc, calloc, realloc, memalign and their
/// kin is seen, also from the Swift runtime and other libraries; what a library takes from the system by mmap is not.

/// Begins to count the calling thread's allocations from 0.
void glazer_allocations_begin(void);

/// Ends it; the number of allocations since, or -1 where they cannot be counted: another C library, or a sanitizer with
/// an allocator of its own.
long glazer_allocations_end(void);

/// Where set, the program stops with a trap at the n-th allocation from now (1 is the next one) of the calling thread, so that a debugger
/// shows who made it. 0 for never.
void glazer_allocations_trap(long n);

#endif
