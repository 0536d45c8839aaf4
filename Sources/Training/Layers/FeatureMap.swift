// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// Activations of a shard, [sample][row y][column x][channel], with `border` rows and columns of zeros on every side: the
/// zero padding of the convolution that reads it. Only the interior is ever written, so the border stays zero.
public final class FeatureMap {
  public let samples: Int
  public let height: Int
  public let width: Int
  public let channels: Int
  public let border: Int
  public let buffer: FloatBuffer

  public init(samples: Int, height: Int, width: Int, channels: Int, border: Int) {
    self.samples = samples
    self.height = height
    self.width = width
    self.channels = channels
    self.border = border
    buffer = FloatBuffer(count: samples * (height + 2 * border) * (width + 2 * border) * channels)
  }

  /// Floats from one row to the next, and from one sample to the next.
  var rowStride: Int { (width + 2 * border) * channels }
  var sampleStride: Int { (height + 2 * border) * rowStride }

  /// The top left corner of a sample, border included.
  func corner(_ sample: Int) -> UnsafeMutablePointer<Float> { buffer.base + sample * sampleStride }

  /// The first interior value of a sample.
  func interior(_ sample: Int) -> UnsafeMutablePointer<Float> {
    corner(sample) + border * rowStride + border * channels
  }

  var kernelMap: glazer_map { glazer_map(data: interior(0), sample: sampleStride, row: rowStride) }

  func extent(samples: Int) -> glazer_extent {
    glazer_extent(samples: Int32(samples), height: Int32(height), width: Int32(width), channels: Int32(channels))
  }

  /// Value at interior coordinates.
  public subscript(sample: Int, y: Int, x: Int, channel: Int) -> Float {
    get { interior(sample)[y * rowStride + x * channels + channel] }
    set { interior(sample)[y * rowStride + x * channels + channel] = newValue }
  }
}
