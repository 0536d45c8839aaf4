// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

private let file = InputFile("tiff")

/// TIFF files: the first pages of each. libtiff itself is Debian's, without instrumentation; its allocations are watched.
func fuzzTiff(_ input: UnsafeRawBufferPointer) {
  file.fill(input)
  do throws(TiffError) {
    let reader = try TiffReader(path: file.path)
    for number in 0..<min(reader.pageCount, 3) {
      let page = try reader.read(page: number)
      require(page.image.pixels.count == page.image.width * page.image.height, "as many pixels as the size says")
    }
  } catch {
    require(!error.description.isEmpty, "words for an error")
  }
}
