// SPDX-License-Identifier: GPL-3.0-or-later
//
// Kernels of network training (float32) and of the emulator (float64). Activations are [sample][row y][column x][channel] with a border of zeros around
// the rows and columns, so that a convolution is a plain product with strides and needs no im2col.
#ifndef CTRAINING_KERNELS_H
#define CTRAINING_KERNELS_H

#include <stddef.h>

/// C[row][column] (+)= sum over outer, inner of A[row][outer][inner] * B[outer][inner][column].
/// Strides are in floats; columns of B and C are contiguous and a multiple of 8.
typedef struct {
  const float *a;
  ptrdiff_t a_row, a_outer, a_inner;
  const float *b;
  ptrdiff_t b_outer, b_inner;
  float *c;
  ptrdiff_t c_row;
  int rows, columns, outer, inner;
  int accumulate;
} glazer_product;

/// The interior of a feature map: samples x height rows of width * channels contiguous floats.
typedef struct {
  float *data;
  ptrdiff_t sample, row;
} glazer_map;

typedef struct {
  int samples, height, width, channels;
} glazer_extent;

typedef struct {
  const char *name;
  void (*product)(const glazer_product *p);
  /// sum[c] and square[c] += sums of x and x^2 over samples, rows, columns; `partial` holds 2 * channels floats.
  void (*channel_sums)(glazer_map x, glazer_extent e, double *sum, double *square, float *partial);
  /// out = max(0, x * scale[c] + shift[c]).
  void (*scale_shift_relu)(glazer_map x, glazer_map out, glazer_extent e, const float *scale, const float *shift);
  /// With g = gradient where x * scale + shift > 0, else 0: sum[c] += g, product[c] += g * x.
  void (*relu_gradient_sums)(glazer_map x, glazer_map gradient, glazer_extent e, const float *scale,
                             const float *shift, double *sum, double *product, float *partial);
  /// gradient = g * scale[c] + x * slope[c] + offset[c], g as above; writes `out`, which may be `gradient`.
  void (*relu_gradient)(glazer_map x, glazer_map gradient, glazer_map out, glazer_extent e, const float *scale,
                        const float *shift, const float *slope, const float *offset);
  /// out = mean of 2 x 2; `e` is the extent of out.
  void (*average_pool)(glazer_map x, glazer_map out, glazer_extent e);
  /// x = out / 4 spread over 2 x 2; `e` is the extent of out.
  void (*average_pool_gradient)(glazer_map out, glazer_map x, glazer_extent e);
  /// One step of Adam with decoupled weight decay on `count` parameters.
  void (*adam)(float *parameter, const float *gradient, float *first, float *second, size_t count, float rate,
               float beta1, float beta2, float correction1, float correction2, float epsilon, float decay);
  /// out[n] += sign * exp(-1/2 sum over d of (point[d * stride + n] - query[d])^2); `count` is a multiple of 8.
  void (*add_gaussians)(const double *point, size_t stride, size_t count, int dimensions, const double *query,
                        double sign, double *out);
} glazer_training_kernels;

/// The fastest kernels this processor runs; chosen once.
const glazer_training_kernels *glazer_training_kernels_best(void);
/// Kernels by name ("sse2", "avx2", "avx512"); NULL where the processor lacks the instructions.
const glazer_training_kernels *glazer_training_kernels_named(const char *name);

#endif
