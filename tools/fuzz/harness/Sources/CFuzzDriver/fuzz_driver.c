// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "fuzz_driver.h"

#include <sys/mman.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *, size_t));

int glazer_fuzz(int argc, char **argv, int (*one)(const uint8_t *, size_t)) {
  return LLVMFuzzerRunDriver(&argc, &argv, one);
}

int glazer_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
