// SPDX-License-Identifier: GPL-3.0-or-later
//
// Holds every kernel set that this processor runs to the scalar one, bit for bit, and prints a digest of what the scalar
// kernels gave, which has to be the same on every processor. tools/kernels/check runs it natively and under emulation.
//
// Exit code 1 if a kernel set differs.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CGlazerKernels.h"

enum { CASES = 400, MOST_CHANNELS = 70, MOST_SIDE = 21, BUFFER = 1 << 21 };

static uint64_t state = 1;
/// 0 ... below - 1, the same numbers everywhere.
static uint32_t draw(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((state >> 33) % below);
}
static int32_t draw_between(int32_t low, int32_t high) { return low + (int32_t)draw((uint32_t)(high - low + 1)); }

static uint64_t digest = 14695981039346656037u;
/// FNV-1a.
static void add_to_digest(const void *bytes, size_t count) {
  for (size_t k = 0; k < count; k++) digest = (digest ^ ((const uint8_t *)bytes)[k]) * 1099511628211u;
}

static void *memory(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!p) exit(71);
  memset(p, 0, (bytes + 63) / 64 * 64);
  return p;
}

/// What one case multiplies: extreme values in every fourth case.
typedef struct {
  int32_t outputs, rows, run, extreme;
  int8_t *weights;
  int32_t *bias;
  float *scale;
} random_layer;

static random_layer make_layer(int32_t rows, int32_t run) {
  random_layer l = {draw_between(1, MOST_CHANNELS), rows, run, draw(4) == 0, NULL, NULL, NULL};
  const size_t count = (size_t)l.outputs * rows * run;
  l.weights = memory(count);
  l.bias = memory((size_t)(l.outputs + 64) * sizeof *l.bias);
  l.scale = memory((size_t)(l.outputs + 64) * sizeof *l.scale);
  for (size_t k = 0; k < count; k++)
    l.weights[k] = (int8_t)(l.extreme ? (draw(2) ? 127 : -127) : draw_between(-127, 127));
  const int32_t largest_bias = l.extreme ? 1000000000 : 100000;
  for (int32_t o = 0; o < l.outputs; o++) {
    l.bias[o] = draw_between(-largest_bias, largest_bias);
    l.scale[o] = l.extreme ? (draw(2) ? 1e30f : 1e-9f) : (float)(1 + draw(1000)) * 1e-6f;
  }
  return l;
}

static void free_layer(random_layer *l) { free(l->weights), free(l->bias), free(l->scale); }

static glazer_packed_layer pack(const random_layer *l, int32_t lanes) {
  int8_t *packed = memory(glazer_packed_bytes(l->outputs, l->rows, l->run, lanes));
  glazer_pack_weights(l->weights, l->outputs, l->rows, l->run, lanes, packed);
  return (glazer_packed_layer){packed, l->bias, l->scale, l->outputs, l->rows, (l->run + 3) / 4};
}

static int compare(const char *what, int32_t number, const glazer_kernel_set *set, const void *a, const void *b, size_t n) {
  if (memcmp(a, b, n) == 0) return 0;
  printf("%s: %s %d differs from scalar\n", set->name, what, number);
  return 1;
}

static uint8_t *input, *outputs[2];

static int check_convolutions(const glazer_kernel_set **sets, int32_t count) {
  int failures = 0;
  for (int32_t number = 0; number < CASES; number++) {
    const int32_t kernel = 1 + 2 * (int32_t)draw(3), channels = draw_between(1, MOST_CHANNELS);
    const int32_t stride = draw_between(1, 2), width = draw_between(1, MOST_SIDE), height = draw_between(1, 5);
    random_layer layer = make_layer(kernel, kernel * channels);
    const size_t row = (size_t)(width * stride + kernel) * channels, output_row = (size_t)width * layer.outputs + 5;
    for (size_t k = 0; k < row * (height * stride + kernel) + GLAZER_SLACK; k++)
      input[k] = (uint8_t)(layer.extreme ? (draw(2) ? 127 : 0) : draw(128));
    for (int32_t s = 0; s < count; s++) {
      uint8_t *output = outputs[s > 0];
      memset(output, 0xAA, output_row * height);
      glazer_packed_layer packed = pack(&layer, sets[s]->lanes);
      const glazer_convolution c = {
        input, row, (size_t)stride * channels, (size_t)stride, output, output_row, width, height};
      sets[s]->convolve(&c, &packed);
      free((void *)packed.weights);
      if (s == 0) add_to_digest(output, output_row * height);
      else failures += compare("convolution", number, sets[s], outputs[0], output, output_row * height);
    }
    free_layer(&layer);
  }
  return failures;
}

static int check_products(const glazer_kernel_set **sets, int32_t count) {
  int failures = 0;
  for (int32_t number = 0; number < CASES; number++) {
    const int32_t run = draw_between(1, 600), vectors = draw_between(1, 19);
    random_layer layer = make_layer(1, run);
    const size_t stride = (size_t)(run + 3) / 4 * 4, sums_stride = (size_t)(layer.outputs + 15) / 16 * 16;
    for (size_t k = 0; k < stride * vectors + GLAZER_SLACK; k++)
      input[k] = (uint8_t)(layer.extreme ? (draw(2) ? 127 : 0) : draw(128));
    for (int32_t s = 0; s < count; s++) {
      int32_t *sums = (int32_t *)outputs[s > 0];
      glazer_packed_layer packed = pack(&layer, sets[s]->lanes);
      packed.scale = NULL;
      const glazer_dense_product p = {input, stride, vectors, sums, sums_stride};
      sets[s]->multiply(&p, &packed);
      free((void *)packed.weights);
      for (int32_t v = 0; v < vectors; v++) {
        const size_t bytes = (size_t)layer.outputs * sizeof *sums;
        const int32_t *got = sums + v * sums_stride;
        if (s == 0) add_to_digest(got, bytes);
        else failures += compare("product", number, sets[s], (int32_t *)outputs[0] + v * sums_stride, got, bytes);
      }
    }
    free_layer(&layer);
  }
  return failures;
}

static int check_patches(const glazer_kernel_set **sets, int32_t count) {
  enum { WIDTH = 131, HEIGHT = 97, PATCH_WIDTH = 32, PATCH_HEIGHT = 48, PATCH = PATCH_WIDTH * PATCH_HEIGHT };
  enum { REACH_X = 1, REACH_Y = 2, BLOCK = GLAZER_BLOCK, BLOCKS_X = PATCH_WIDTH / BLOCK, BLOCKS_Y = PATCH_HEIGHT / BLOCK };
  enum { ROW = PATCH_WIDTH - 2 * REACH_X * BLOCK, NORMALISED = ROW * (PATCH_HEIGHT - 2 * REACH_Y * BLOCK) };
  static float pixels[WIDTH * HEIGHT], patches[2][PATCH], normalised[NORMALISED];
  int failures = 0;
  for (int32_t k = 0; k < WIDTH * HEIGHT; k++) pixels[k] = (float)draw(60000) * 0.25f;
  pixels[5000] = INFINITY;
  const glazer_image image = {pixels, WIDTH, HEIGHT, 14900};
  for (int32_t number = 0; number < CASES; number++) {
    const double size = 0.3 + 0.01 * draw(400), turn = 0.01 * draw(628);
    const glazer_patch_grid grid = {
      {0.1 * draw(WIDTH * 10), 0.1 * draw(HEIGHT * 10)}, {size * cos(turn), size * sin(turn)},
      {-size * sin(turn), size * cos(turn)}, PATCH_WIDTH, PATCH_HEIGHT, draw_between(1, 4), draw_between(1, 4)};
    glazer_patch_faults first = {0, 0};
    for (int32_t s = 0; s < count; s++) {
      const glazer_patch_faults faults = sets[s]->sample_patch(&image, &grid, patches[s > 0], PATCH_WIDTH);
      if (s == 0) {
        first = faults;
      } else {
        failures += compare("patch", number, sets[s], patches[0], patches[1], sizeof patches[0]);
        failures += compare("faults of patch", number, sets[s], &first, &faults, sizeof first);
      }
    }
    // libm's sine may differ from machine to machine, and the grid with it: only upright ones enter the digest.
    const glazer_patch_grid upright = {
      {grid.start[0], grid.start[1]}, {size, 0}, {0, size}, PATCH_WIDTH, PATCH_HEIGHT, grid.samples_x, grid.samples_y};
    sets[0]->sample_patch(&image, &upright, patches[0], PATCH_WIDTH);
    glazer_block blocks[BLOCKS_X * BLOCKS_Y];
    uint8_t states[BLOCKS_X * BLOCKS_Y], bytes[NORMALISED];
    const glazer_local_normalisation normalisation = {
      patches[0], PATCH_WIDTH, BLOCKS_X, BLOCKS_Y, REACH_X, REACH_Y, blocks, normalised, ROW, states,
      BLOCKS_X - 2 * REACH_X};
    glazer_local_normalize(&normalisation);
    glazer_quantize_row(normalised, NORMALISED, 0.05f, bytes);
    add_to_digest(normalised, sizeof normalised);
    add_to_digest(bytes, sizeof bytes);
  }
  return failures;
}

static int check_heads(const glazer_kernel_set **sets, int32_t count) {
  int failures = 0;
  enum { HIDDEN = 128, OUTPUTS = 6 };
  int32_t sums[HIDDEN];
  float scale[HIDDEN], weights[HIDDEN * GLAZER_HEAD_LANES], bias[OUTPUTS] = {0}, output[OUTPUTS], other[OUTPUTS];
  for (int32_t number = 0; number < CASES; number++) {
    for (int32_t k = 0; k < HIDDEN; k++) sums[k] = draw_between(-1000000, 1000000), scale[k] = (float)draw(1000) * 1e-8f;
    for (int32_t k = 0; k < HIDDEN * GLAZER_HEAD_LANES; k++) weights[k] = (float)draw_between(-1000, 1000) * 1e-3f;
    // Numbers that are no multiple of what vectors hold as well.
    const int32_t hidden = HIDDEN - number % 3 * 5;
    sets[0]->head(sums, scale, hidden, weights, bias, OUTPUTS, output);
    add_to_digest(output, sizeof output);
    for (int32_t s = 1; s < count; s++) {
      sets[s]->head(sums, scale, hidden, weights, bias, OUTPUTS, other);
      failures += compare("head", number, sets[s], output, other, sizeof output);
    }
  }
  const uint8_t *pixels = input;
  glazer_average_pool2(pixels, 2 * 33 * 24, outputs[0], 33 * 24, 33, 17, 24);
  add_to_digest(outputs[0], 33 * 24 * 17);
  return failures;
}

int main(void) {
  const glazer_kernel_set *sets[GLAZER_MOST_KERNEL_SETS];
  const int32_t count = glazer_kernel_sets(sets);
  input = memory(BUFFER);
  for (int k = 0; k < 2; k++) outputs[k] = memory(BUFFER);
  int failures = check_convolutions(sets, count) + check_products(sets, count) + check_patches(sets, count);
  failures += check_heads(sets, count);
  for (int32_t s = 0; s < count; s++) printf("%s%s", s ? " " : "", sets[s]->name);
  printf(": %d cases each, digest %016llx\n", CASES, (unsigned long long)digest);
  return failures > 0;
}
