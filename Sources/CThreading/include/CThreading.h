// SPDX-License-Identifier: GPL-3.0-or-later
//
// What glibc declares for _GNU_SOURCE only, which Swift's import of it leaves out.
#ifndef CTHREADING_H
#define CTHREADING_H

#include <pthread.h>
#include <stdint.h>

/// Binds a thread to one processor. 0, or the number of the error.
int32_t glazer_pin_thread(pthread_t thread, int32_t processor);

/// Writes the processors that this process may use, ascending, at most `capacity`; returns how many.
int32_t glazer_allowed_processors(int32_t *processors, int32_t capacity);

#endif
