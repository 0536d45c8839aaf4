// SPDX-License-Identifier: GPL-3.0-or-later
//
// The kernels, written once with clang's vectors and compiled for each instruction set: the including file defines
// LANES (floats in a vector), KERNELS (name of the table) and KERNEL_NAME, and sets the target by a pragma.
#include "CTrainingKernels.h"

#include <math.h>

typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));
typedef float lanes8 __attribute__((vector_size(32), aligned(4)));

// A tile of ROWS x (FULL * LANES + EIGHT * 8) results stays in registers while the sums run. Constant arguments after
// inlining; the loops over them unroll away.
static inline __attribute__((always_inline)) void tile(const glazer_product *p, const float *a, const float *b,
                                                       float *c, const int rows, const int full, const int eight) {
  lanes sum[8][4];
  lanes8 rest[8];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < full; v++)
      sum[r][v] = p->accumulate ? *(const lanes *)(c + r * p->c_row + v * LANES) : (lanes){0};
    if (eight) rest[r] = p->accumulate ? *(const lanes8 *)(c + r * p->c_row + full * LANES) : (lanes8){0};
  }
  const ptrdiff_t a_row = p->a_row, a_inner = p->a_inner, b_inner = p->b_inner;
  const int inner = p->inner, outer = p->outer;
  for (int o = 0; o < outer; o++) {
    const float *ao = a + o * p->a_outer;
    const float *bo = b + o * p->b_outer;
    for (int i = 0; i < inner; i++, ao += a_inner, bo += b_inner) {
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        const float x = ao[r * a_row];
#pragma clang loop unroll(full)
        for (int v = 0; v < full; v++) sum[r][v] += x * *(const lanes *)(bo + v * LANES);
        if (eight) rest[r] += x * *(const lanes8 *)(bo + full * LANES);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < full; v++) *(lanes *)(c + r * p->c_row + v * LANES) = sum[r][v];
    if (eight) *(lanes8 *)(c + r * p->c_row + full * LANES) = rest[r];
  }
}

// All rows of one stripe of columns: tiles of ROWS rows, then of 4, then single ones. ROWS keeps enough sums in flight to
// hide the latency of a multiply-add, and few enough registers that none is spilled: a spilled sum halves the speed.
#define STRIPE(FULL, EIGHT, ROWS)                                                                           \
  static void stripe_##FULL##_##EIGHT(const glazer_product *p, int column) {                               \
    int r = 0;                                                                                             \
    for (; r + ROWS <= p->rows; r += ROWS)                                                                 \
      tile(p, p->a + r * p->a_row, p->b + column, p->c + r * p->c_row + column, ROWS, FULL, EIGHT);        \
    for (; r + 4 <= p->rows; r += 4)                                                                       \
      tile(p, p->a + r * p->a_row, p->b + column, p->c + r * p->c_row + column, 4, FULL, EIGHT);           \
    for (; r < p->rows; r++)                                                                               \
      tile(p, p->a + r * p->a_row, p->b + column, p->c + r * p->c_row + column, 1, FULL, EIGHT);           \
  }

#if LANES == 16
STRIPE(4, 0, 4)
STRIPE(3, 0, 4)
STRIPE(2, 0, 8)
STRIPE(1, 1, 8)
STRIPE(1, 0, 8)
STRIPE(0, 1, 8)
static void product(const glazer_product *p) {
  int column = 0;
  while (column < p->columns) {
    const int left = p->columns - column;
    if (left >= 64) stripe_4_0(p, column), column += 64;
    else if (left >= 48) stripe_3_0(p, column), column += 48;
    else if (left >= 32) stripe_2_0(p, column), column += 32;
    else if (left == 24) stripe_1_1(p, column), column += 24;
    else if (left >= 16) stripe_1_0(p, column), column += 16;
    else stripe_0_1(p, column), column += 8;
  }
}
#elif LANES == 8
STRIPE(2, 0, 4)
STRIPE(1, 0, 8)
static void product(const glazer_product *p) {
  int column = 0;
  for (; column + 16 <= p->columns; column += 16) stripe_2_0(p, column);
  if (column < p->columns) stripe_1_0(p, column);
}
#else
STRIPE(2, 0, 4)
static void product(const glazer_product *p) {
  for (int column = 0; column < p->columns; column += 8) stripe_2_0(p, column);
}
#endif

// Sums run over one row in float and over rows in double, so that the variance of many samples loses nothing.
static void channel_sums(glazer_map x, glazer_extent e, double *sum, double *square, float *partial) {
  float *restrict s = partial, *restrict q = partial + e.channels;
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      const float *restrict row = x.data + n * x.sample + y * x.row;
      for (int c = 0; c < e.channels; c++) s[c] = q[c] = 0;
      for (int i = 0; i < e.width; i++, row += e.channels)
        for (int c = 0; c < e.channels; c++) {
          s[c] += row[c];
          q[c] += row[c] * row[c];
        }
      for (int c = 0; c < e.channels; c++) {
        sum[c] += s[c];
        square[c] += q[c];
      }
    }
}

static void scale_shift_relu(glazer_map x, glazer_map out, glazer_extent e, const float *restrict scale,
                             const float *restrict shift) {
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      const float *restrict from = x.data + n * x.sample + y * x.row;
      float *restrict to = out.data + n * out.sample + y * out.row;
      for (int i = 0; i < e.width; i++, from += e.channels, to += e.channels)
        for (int c = 0; c < e.channels; c++) {
          const float v = from[c] * scale[c] + shift[c];
          to[c] = v > 0 ? v : 0;
        }
    }
}

static void relu_gradient_sums(glazer_map x, glazer_map gradient, glazer_extent e, const float *restrict scale,
                               const float *restrict shift, double *sum, double *product, float *partial) {
  float *restrict s = partial, *restrict q = partial + e.channels;
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      const float *restrict row = x.data + n * x.sample + y * x.row;
      const float *restrict g = gradient.data + n * gradient.sample + y * gradient.row;
      for (int c = 0; c < e.channels; c++) s[c] = q[c] = 0;
      for (int i = 0; i < e.width; i++, row += e.channels, g += e.channels)
        for (int c = 0; c < e.channels; c++) {
          const float passed = row[c] * scale[c] + shift[c] > 0 ? g[c] : 0;
          s[c] += passed;
          q[c] += passed * row[c];
        }
      for (int c = 0; c < e.channels; c++) {
        sum[c] += s[c];
        product[c] += q[c];
      }
    }
}

static void relu_gradient(glazer_map x, glazer_map gradient, glazer_map out, glazer_extent e,
                          const float *restrict scale, const float *restrict shift, const float *restrict slope,
                          const float *restrict offset) {
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      const float *row = x.data + n * x.sample + y * x.row;
      const float *g = gradient.data + n * gradient.sample + y * gradient.row;
      float *to = out.data + n * out.sample + y * out.row;
      for (int i = 0; i < e.width; i++, row += e.channels, g += e.channels, to += e.channels)
#pragma clang loop vectorize(assume_safety)
        for (int c = 0; c < e.channels; c++) {
          const float passed = row[c] * scale[c] + shift[c] > 0 ? g[c] : 0;
          to[c] = passed * scale[c] + row[c] * slope[c] + offset[c];
        }
    }
}

static void average_pool(glazer_map x, glazer_map out, glazer_extent e) {
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      const float *restrict upper = x.data + n * x.sample + 2 * y * x.row;
      const float *restrict lower = upper + x.row;
      float *restrict to = out.data + n * out.sample + y * out.row;
      for (int i = 0; i < e.width; i++, upper += 2 * e.channels, lower += 2 * e.channels, to += e.channels)
        for (int c = 0; c < e.channels; c++)
          to[c] = 0.25f * (upper[c] + upper[e.channels + c] + lower[c] + lower[e.channels + c]);
    }
}

static void average_pool_gradient(glazer_map out, glazer_map x, glazer_extent e) {
  for (int n = 0; n < e.samples; n++)
    for (int y = 0; y < e.height; y++) {
      float *restrict upper = x.data + n * x.sample + 2 * y * x.row;
      float *restrict lower = upper + x.row;
      const float *restrict from = out.data + n * out.sample + y * out.row;
      for (int i = 0; i < e.width; i++, upper += 2 * e.channels, lower += 2 * e.channels, from += e.channels)
        for (int c = 0; c < e.channels; c++) {
          const float v = 0.25f * from[c];
          upper[c] = upper[e.channels + c] = lower[c] = lower[e.channels + c] = v;
        }
    }
}

static void adam(float *restrict parameter, const float *restrict gradient, float *restrict first,
                 float *restrict second, size_t count, float rate, float beta1, float beta2, float correction1,
                 float correction2, float epsilon, float decay) {
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i];
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    const float step = (first[i] * correction1) / (__builtin_sqrtf(second[i] * correction2) + epsilon);
    parameter[i] -= rate * (step + decay * parameter[i]);
  }
}

typedef double wide __attribute__((vector_size(64), aligned(8)));
typedef long long wide_bits __attribute__((vector_size(64), aligned(8)));

// *to = exp(x) for x <= 0 to 1e-13 (by pointer: vectors as arguments differ between instruction sets): x = n ln 2 + r, |r| <= ln 2 / 2, and the Taylor series of e^r up to r^12.
static inline __attribute__((always_inline)) void exponential(const wide *from, wide *to) {
  wide x = *from;
  const wide low = {-700, -700, -700, -700, -700, -700, -700, -700};
  const wide_bits below = x < low;
  x = (wide)(((wide_bits)low & below) | ((wide_bits)x & ~below));
  // Adding 1.5 * 2^52 leaves the rounded number in the low bits.
  const double magic = 6755399441055744.0;
  const wide shifted = x * 1.4426950408889634 + magic;
  const wide n = shifted - magic;
  const wide r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  wide p = r * (1.0 / 479001600) + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  const wide_bits power = ((wide_bits)shifted + 1023) << 52;
  *to = p * (wide)power;
}

static void add_gaussians(const double *point, size_t stride, size_t count, int dimensions, const double *query,
                          double sign, double *restrict out) {
  for (size_t n = 0; n < count; n += 8) {
    wide square = {0};
    for (int d = 0; d < dimensions; d++) {
      const wide difference = *(const wide *)(point + d * stride + n) - query[d];
      square += difference * difference;
    }
    square *= -0.5;
    exponential(&square, &square);
    *(wide *)(out + n) += sign * square;
  }
}

const glazer_training_kernels KERNELS = {
    .name = KERNEL_NAME,
    .product = product,
    .channel_sums = channel_sums,
    .scale_shift_relu = scale_shift_relu,
    .relu_gradient_sums = relu_gradient_sums,
    .relu_gradient = relu_gradient,
    .average_pool = average_pool,
    .average_pool_gradient = average_pool_gradient,
    .adam = adam,
    .add_gaussians = add_gaussians,
};
