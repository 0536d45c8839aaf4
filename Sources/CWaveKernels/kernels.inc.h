// SPDX-License-Identifier: GPL-3.0-or-later
//
// The kernels, written once with clang's vectors and compiled for each instruction set: the including file defines
// LANES (floats in a vector), KERNELS (name of the table) and KERNEL_NAME, and sets the target by a pragma.
#include "CWaveKernels.h"

typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4 * LANES)));

/// One point of the grid: a complex number of every wave.
typedef struct {
  lanes re, im;
} point;

#define INLINE static inline __attribute__((always_inline))

INLINE point add(point a, point b) { return (point){a.re + b.re, a.im + b.im}; }
INLINE point subtract(point a, point b) { return (point){a.re - b.re, a.im - b.im}; }
/// a - i b and a + i b.
INLINE point add_turned(point a, point b) { return (point){a.re + b.im, a.im - b.re}; }
INLINE point subtract_turned(point a, point b) { return (point){a.re - b.im, a.im + b.re}; }
INLINE point times(point a, const float *w) { return (point){a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]}; }

// Forward transforms (e^-2 pi i kx) of 2, 3, 4 and 8 points.

INLINE void transform_2(const point *a, point *b) {
  b[0] = add(a[0], a[1]);
  b[1] = subtract(a[0], a[1]);
}

INLINE void transform_3(const point *a, point *b) {
  const float half_root_3 = 0.866025403784438647f;
  const point sum = add(a[1], a[2]), difference = subtract(a[1], a[2]);
  const point middle = {a[0].re - 0.5f * sum.re, a[0].im - 0.5f * sum.im};
  const point side = {difference.re * half_root_3, difference.im * half_root_3};
  b[0] = add(a[0], sum);
  b[1] = add_turned(middle, side);
  b[2] = subtract_turned(middle, side);
}

INLINE void transform_4(const point *a, point *b) {
  const point s02 = add(a[0], a[2]), d02 = subtract(a[0], a[2]);
  const point s13 = add(a[1], a[3]), d13 = subtract(a[1], a[3]);
  b[0] = add(s02, s13);
  b[1] = add_turned(d02, d13);
  b[2] = subtract(s02, s13);
  b[3] = subtract_turned(d02, d13);
}

INLINE void transform_8(const point *a, point *b) {
  const float root_half = 0.707106781186547524f;
  const point even[4] = {a[0], a[2], a[4], a[6]}, odd[4] = {a[1], a[3], a[5], a[7]};
  point e[4], o[4];
  transform_4(even, e);
  transform_4(odd, o);
  // The odd half turned by e^(-i pi j / 4).
  const point o1 = {(o[1].re + o[1].im) * root_half, (o[1].im - o[1].re) * root_half};
  const point o3 = {(o[3].im - o[3].re) * root_half, -(o[3].re + o[3].im) * root_half};
  b[0] = add(e[0], o[0]);
  b[4] = subtract(e[0], o[0]);
  b[1] = add(e[1], o1);
  b[5] = subtract(e[1], o1);
  b[2] = add_turned(e[2], o[2]);
  b[6] = subtract_turned(e[2], o[2]);
  b[3] = add(e[3], o3);
  b[7] = subtract(e[3], o3);
}

/// One Stockham stage: `count` butterflies of `radix` points for each of `stride` interleaved transforms.
INLINE void stage(const point *in, point *out, const int radix, int count, int stride, const float *twiddles) {
  for (int p = 0; p < count; p++) {
    const float *w = twiddles + 2 * (radix - 1) * p;
    for (int q = 0; q < stride; q++) {
      point a[8], b[8];
#pragma clang loop unroll(full)
      for (int j = 0; j < radix; j++) a[j] = in[q + stride * (p + count * j)];
      if (radix == 8) transform_8(a, b);
      if (radix == 4) transform_4(a, b);
      if (radix == 3) transform_3(a, b);
      if (radix == 2) transform_2(a, b);
      point *to = out + q + stride * radix * p;
      to[0] = b[0];
      // The first butterfly of a stage, and all of the last stage, need no turning.
      if (p == 0) {
#pragma clang loop unroll(full)
        for (int j = 1; j < radix; j++) to[stride * j] = b[j];
      } else {
#pragma clang loop unroll(full)
        for (int j = 1; j < radix; j++) to[stride * j] = times(b[j], w + 2 * (j - 1));
      }
    }
  }
}

/// Transforms `a` forward, in order, with `b` as the other half of the work space; returns where the result lies.
static point *transform(const glazer_fft_plan *plan, point *a, point *b) {
  int rest = plan->length, stride = 1;
  for (int s = 0; s < plan->stages; s++) {
    const int radix = plan->radix[s], count = rest / radix;
    const float *w = plan->twiddles[s];
    if (radix == 8) stage(a, b, 8, count, stride, w);
    if (radix == 4) stage(a, b, 4, count, stride, w);
    if (radix == 3) stage(a, b, 3, count, stride, w);
    if (radix == 2) stage(a, b, 2, count, stride, w);
    rest = count;
    stride *= radix;
    point *swap = a;
    a = b;
    b = swap;
  }
  return a;
}

// An inverse transform is a forward one with real and imaginary parts exchanged, before and after.
INLINE point exchanged(point a) { return (point){a.im, a.re}; }

static void transmit(const glazer_wave_grid *grid, float *wave, const float *transmission, float *scratch) {
  const int nx = grid->nx, ny = grid->ny, columns = grid->columns;
  const ptrdiff_t column = nx + 1;
  point *a = (point *)scratch, *b = a + (nx > ny ? nx : ny);
  for (int x = 0; x < nx; x++) {
    point *w = (point *)wave + x;
    for (int y = 0; y < ny; y++) a[y] = (point){{0}, {0}};
    for (int c = 0; c < columns; c++) a[grid->column_place[c]] = exchanged(w[c * column]);
    point *real = transform(&grid->y, a, b);
    const float *t = transmission + 2 * (ptrdiff_t)x * ny;
    for (int y = 0; y < ny; y++) real[y] = times(exchanged(real[y]), t + 2 * y);
    const point *spectrum = transform(&grid->y, real, real == a ? b : a);
    for (int c = 0; c < columns; c++) w[c * column] = spectrum[grid->column_place[c]];
  }
}

static void propagate(const glazer_wave_grid *grid, float *wave, const float *propagator, float *exit,
                      float *scratch) {
  const int nx = grid->nx, ny = grid->ny;
  point *a = (point *)scratch, *b = a + (nx > ny ? nx : ny);
  for (int c = 0; c < grid->columns; c++) {
    point *w = (point *)wave + c * (ptrdiff_t)(nx + 1);
    for (int x = 0; x < nx; x++) a[x] = w[x];
    point *spectrum = transform(&grid->x, a, b);
    const float *p = propagator + 2 * (ptrdiff_t)c * nx;
    for (int x = 0; x < nx; x++) spectrum[x] = times(spectrum[x], p + 2 * x);
    if (exit) {
      point *to = (point *)exit + c * (ptrdiff_t)(nx + 1);
      for (int x = 0; x < nx; x++) to[x] = spectrum[x];
    }
    for (int x = 0; x < nx; x++) spectrum[x] = exchanged(spectrum[x]);
    const point *real = transform(&grid->x, spectrum, spectrum == a ? b : a);
    for (int x = 0; x < nx; x++) w[x] = exchanged(real[x]);
  }
}

const glazer_wave_kernels KERNELS = {KERNEL_NAME, LANES, transmit, propagate};
