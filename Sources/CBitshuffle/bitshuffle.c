// SPDX-License-Identifier: GPL-3.0-or-later
#include "bitshuffle.h"

#include <string.h>

static void columns(const uint8_t *in, uint8_t *out, size_t count, size_t element_size, size_t first) {
  const size_t row = count / 8;
  for (size_t j = first; j < row; j++) {
    for (size_t i = 0; i < 8; i++) {
      for (size_t byte = 0; byte < element_size; byte++) {
        unsigned value = 0;
        for (size_t bit = 0; bit < 8; bit++) value |= ((in[(8 * byte + bit) * row + j] >> i) & 1u) << bit;
        out[(8 * j + i) * element_size + byte] = (uint8_t)value;
      }
    }
  }
}

void glazer_bitunshuffle_reference(const uint8_t *in, uint8_t *out, size_t count, size_t element_size) {
  columns(in, out, count, element_size, 0);
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

// Bits that stand `shift` apart in two words change places.
static inline void exchange(uint64_t *low, uint64_t *high, int shift, uint64_t mask) {
  const uint64_t difference = ((*low >> shift) ^ *high) & mask;
  *high ^= difference;
  *low ^= difference << shift;
}

// Eight rows of eight bytes. After it bit k of byte c of word i is bit i of byte c of row k: for each column c its 8 x 8 bits
// are transposed, in three steps that swap blocks of 4, 2 and 1.
static inline void transpose(const uint8_t *in, size_t row, uint64_t words[8]) {
  for (int k = 0; k < 8; k++) memcpy(&words[k], in + (size_t)k * row, 8);
  for (int k = 0; k < 4; k++) exchange(&words[k], &words[k + 4], 4, 0x0F0F0F0F0F0F0F0Full);
  for (int k = 0; k < 8; k += (k & 1) ? 3 : 1) exchange(&words[k], &words[k + 2], 2, 0x3333333333333333ull);
  for (int k = 0; k < 8; k += 2) exchange(&words[k], &words[k + 1], 1, 0x5555555555555555ull);
}

static inline __attribute__((always_inline)) void fast(const uint8_t *in, uint8_t *out, size_t count, size_t size) {
  const size_t row = count / 8;
  size_t j = 0;
  for (; j + 8 <= row; j += 8) {
    uint64_t planes[4][8];
    for (size_t byte = 0; byte < size; byte++) transpose(in + 8 * byte * row + j, row, planes[byte]);
    for (size_t c = 0; c < 8; c++) {
      for (size_t i = 0; i < 8; i++) {
        uint32_t value = 0;
        for (size_t byte = 0; byte < size; byte++) {
          value |= (uint32_t)((planes[byte][i] >> (8 * c)) & 0xFF) << (8 * byte);
        }
        memcpy(out + (8 * (j + c) + i) * size, &value, size);
      }
    }
  }
  columns(in, out, count, size, j);
}

void glazer_bitunshuffle(const uint8_t *in, uint8_t *out, size_t count, size_t element_size) {
  switch (element_size) {
    case 1: fast(in, out, count, 1); break;
    case 2: fast(in, out, count, 2); break;
    case 4: fast(in, out, count, 4); break;
    default: columns(in, out, count, element_size, 0);
  }
}

#else

void glazer_bitunshuffle(const uint8_t *in, uint8_t *out, size_t count, size_t element_size) {
  columns(in, out, count, element_size, 0);
}

#endif
