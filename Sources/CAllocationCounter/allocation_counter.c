// SPDX-License-Identifier: GPL-3.0-or-later
#include "allocation_counter.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define GLAZER_NO_COUNTER
#endif
#endif
#ifndef __GLIBC__
#define GLAZER_NO_COUNTER
#endif

#ifdef GLAZER_NO_COUNTER

void glazer_allocations_begin(void) {}
long glazer_allocations_end(void) { return -1; }
void glazer_allocations_trap(long n) { (void)n; }

#else

// glibc's own entry points, exported under these names for those who stand in front of it. free stays glibc's.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// In the program's own TLS block: reading it never allocates.
static __thread long counted __attribute__((tls_model("initial-exec")));
static __thread int isCounting __attribute__((tls_model("initial-exec")));
static __thread long trapAt __attribute__((tls_model("initial-exec")));

static void note(void) {
  if (!isCounting) return;
  ++counted;
  if (trapAt && counted == trapAt) __builtin_trap();
}

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note();
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  note();
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  note();
  if (alignment % sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

void glazer_allocations_begin(void) {
  counted = 0;
  isCounting = 1;
}

long glazer_allocations_end(void) {
  isCounting = 0;
  trapAt = 0;
  return counted;
}

void glazer_allocations_trap(long n) { trapAt = n ? counted + n : 0; }

#endif
