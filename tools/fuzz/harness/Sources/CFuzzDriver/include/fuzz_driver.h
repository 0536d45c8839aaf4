// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with its own command line over `one`; returns its exit code.
int glazer_fuzz(int argc, char **argv, int (*one)(const uint8_t *, size_t));

/// A file in memory, closed when the program ends; -1 on an error.
int glazer_memory_file(const char *name);
