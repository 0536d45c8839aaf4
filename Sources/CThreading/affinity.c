// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "CThreading.h"

#include <errno.h>
#include <sched.h>

int32_t glazer_pin_thread(pthread_t thread, int32_t processor) {
  if (processor < 0 || processor >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_setaffinity_np(thread, sizeof set, &set);
}

int32_t glazer_allowed_processors(int32_t *processors, int32_t capacity) {
  cpu_set_t set;
  int32_t count = 0;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  for (int32_t k = 0; k < CPU_SETSIZE && count < capacity; k++)
    if (CPU_ISSET(k, &set)) processors[count++] = k;
  return count;
}
