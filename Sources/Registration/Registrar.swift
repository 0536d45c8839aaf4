// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Finds the projected lattice of B columns in ABF images of perovskites along [110]; keeps its working memory.
///
/// `register` starts from nothing: peaks of the spectrum, the pair of axes that fits a perovskite, then the refinement
/// that `track` makes from the lattice of the frame before. Refinement: Fourier sums of tiles at the reflections, the lattice
/// that gathers most power in them, the mean cell that their sum is, what stands where in it, and last a least-squares
/// fit of the lattice to the positions of all B columns. Belongs to one thread at a time.
public final class Registrar {
  public var settings: RegistrationSettings

  /// The columns of the image that was registered or tracked last.
  public private(set) var columns = ColumnFits()

  /// The lattice of that image with its distortions: positions of columns are those of this one.
  public private(set) var local = LocalLattice(Lattice(origin: .zero, a: .zero, b: .zero))

  /// What was found in an image that was refused for its contrast alone, with `columns` and `local`; nil after any other.
  public private(set) var finding: Registration?
  /// The mean cell of that image.
  private var cell: MeanCell?
  var lastCell: MeanCell? { cell }

  private lazy var spectrum = PatchSpectrum()
  private let flattened = FlattenedImage()
  private let tiles = TileDemodulator()
  private var fitter = ColumnFitter()
  private var parts = CrystalParts()
  private var localFit = LocalFit()
  private var scratch: [Double] = []
  var lineShifts = LineShifts()
  var straightening = LineStraightening()

  public init(settings: RegistrationSettings = RegistrationSettings()) {
    self.settings = settings
  }

  /// The lattice of `image`, from nothing. About 30 ms for 1024 × 1024.
  ///
  /// `pixelSize`, when known, restricts the search to cells near the material's; when nil it is taken from the lattice.
  public func register(_ image: Image, pixelSize: PixelSize? = nil) throws(RegistrationError) -> Registration {
    finding = nil
    let survey = ImageSurvey(image)
    try survey.check(settings)
    spectrum.compute(image, survey: survey)
    guard spectrum.patchCount > 0 else { throw .missingPixels(fraction: 1, allowed: settings.allowedMissingFraction) }
    // A cell of the largest size has its first reflection at 1 / size.
    let peaks = spectrum.peaks(limit: 40, minimumFrequency: 0.8 / settings.pseudoCubicPxRange.upperBound)
    let search = LatticeSearch(
      settings: settings, pixelSizeNm: pixelSize?.nm, peakWidth: 2 / Double(spectrum.patchSide))
    let found = try search.best(among: peaks)
    let middle = Vector2(Double(image.width - 1) / 2, Double(image.height - 1) / 2)
    let best = rightSize(found, isPossible: search.isPossible) { self.measure(image, $0, origin: middle) }
    flattened.load(image, scale: FlattenedImage.scale(pseudoCubicPx: best.start.pseudoCubicPx))
    local.reset(best.start)
    columns.removeAll()
    var fit = try fitColumns(image, best.start)
    // Tiles that a distorted scan has moved, and those of another grain, blur the mean cell and may hide where its columns
    // are: again with what is known of them now, until that changes nothing.
    for _ in 0..<Self.mostRounds where isBlurred(fit.lattice) {
      let before = fit.lattice
      fit = try fitColumns(image, before)
      let shift = fit.lattice.coordinates(of: before.origin)
      if max((shift.x - shift.x.rounded()).magnitude, (shift.y - shift.y.rounded()).magnitude) < 0.1 { break }
    }
    return try judged(fit, pixelSize: pixelSize)
  }

  /// Whether the mean cell holds tiles that it should not, or not where they belong.
  private func isBlurred(_ lattice: Lattice) -> Bool {
    let summary = columns.summary
    return local.largestDisplacement > Self.blurringShare * lattice.a.length
      || Double(summary.poor) > Self.blurringPoorShare * Double(summary.count) || parts.areSeveral
  }

  /// A lattice and how its mean cell looks.
  private struct Candidate {
    var lattice: ReciprocalLattice
    var start: Lattice
    /// `MeanCell.strangeness` and `oddShare`.
    var strangeness: Double
    var oddShare: Double
  }

  /// The lattice near `lattice` that holds most power, and how its mean cell looks.
  private func measure(_ image: Image, _ lattice: ReciprocalLattice, origin: Vector2) -> Candidate {
    let start = lattice.direct(origin: origin).canonical
    flattened.load(image, scale: FlattenedImage.scale(pseudoCubicPx: start.pseudoCubicPx))
    let fit = fitPhases(start)
    let cell = MeanCell(fit.factors)
    return Candidate(
      lattice: lattice, start: fit.imageLattice(flattened, origin: origin), strangeness: cell.strangeness,
      oddShare: cell.oddShare)
  }

  /// The one of the lattices that fit the shape of a perovskite's, each turned by 90° and √2 larger than the one before,
  /// that `found` belongs to, whose mean cell has something in its odd rows and looks like a perovskite's.
  private func rightSize(
    _ found: ReciprocalLattice, isPossible: (ReciprocalLattice) -> Bool, measure: (ReciprocalLattice) -> Candidate
  ) -> Candidate {
    var best = measure(found)
    var isSmaller = false
    while best.strangeness > Self.familiarStrangeness || best.oddShare < Self.leastOddShare {
      guard isPossible(best.lattice.turnedSmaller) else { break }
      let smaller = measure(best.lattice.turnedSmaller)
      guard smaller.strangeness < best.strangeness else { break }
      best = smaller
      isSmaller = true
    }
    // In a small image wide peaks hide the odd rows. Tilts put a little there that does not look like a perovskite.
    guard !isSmaller, isPossible(found.turnedLarger) else { return best }
    let larger = measure(found.turnedLarger)
    let looksRight = larger.strangeness < min(Self.familiarStrangeness, best.strangeness + 0.1)
    return looksRight && larger.oddShare > 1.5 * Self.leastOddShare ? larger : best
  }

  /// The lattice of `image` when it is that of the frame before, moved by less than half a cell and slightly changed.
  /// About 5 ms for 1024 × 1024, no search and no allocation in steady state.
  ///
  /// The origin is the column nearest to the previous origin, so that indices (i, j) follow the crystal, and the axes keep
  /// their turn even where `Lattice.canonical` would begin to turn them. Throws `.lost` when the image does not bear the
  /// previous lattice: register anew.
  public func track(
    _ image: Image, from previous: Lattice, pixelSize: PixelSize? = nil
  ) throws(RegistrationError) -> Registration {
    finding = nil
    guard min(image.width, image.height) >= RegistrationSettings.minimumSide else {
      throw .tooSmall(width: image.width, height: image.height, minimum: RegistrationSettings.minimumSide)
    }
    let size = previous.pseudoCubicPx
    guard size.isFinite, settings.pseudoCubicPxRange.contains(size) else {
      throw .lost(reason: "the previous lattice has no usable cell")
    }
    // Wider than a search allows, so that a lattice at the edge of its tolerance can still be followed.
    let measuredNm = pixelSize.map { size * $0.nm } ?? settings.pseudoCubicNm
    guard abs(measuredNm / settings.pseudoCubicNm - 1) <= 1.25 * settings.cellTolerance else {
      throw .lost(reason: "with this pixel size its cell would measure \(measuredNm) nm")
    }
    flattened.load(image, scale: FlattenedImage.scale(pseudoCubicPx: size))
    // A bin is missing with any of its pixels, and there may be nothing but a margin: what is left is judged as in a search.
    if 1 - flattened.validFraction > settings.allowedMissingFraction {
      try ImageSurvey(image).checkMissing(settings)
    }
    if !local.bends(like: previous) {
      local.reset(previous)
      columns.removeAll()
    }
    var registration = try judged(fitColumns(image, previous), pixelSize: pixelSize)
    let lattice = registration.lattice
    let change = max(
      (lattice.a - previous.a).length / previous.a.length, (lattice.b - previous.b).length / previous.b.length)
    guard change <= settings.trackingTolerance else {
      throw .lost(reason: "its axes changed by \((1000 * change).rounded() / 10) % since the previous frame")
    }
    registration.driftPx = lattice.origin - previous.origin
    return registration
  }

  /// What the image looks like in a lattice.
  private struct Refined {
    var lattice: Lattice
    var cell: MeanCell
  }

  /// From a lattice good to a fraction of a period over the image to the final one and the columns on it; the origin of
  /// `start` says which of the B columns becomes the new origin.
  private func fitColumns(_ image: Image, _ start: Lattice) throws(RegistrationError) -> Refined {
    let fit = fitPhases(start, bent: true)
    let cellsAcross =
      Double(min(flattened.width, flattened.height) * flattened.scale) / start.pseudoCubicPx
    let cell = MeanCell(fit.factors, noise: SiteNoise.relative(tiles, fit: fit, cellsAcross: cellsAcross))
    guard cell.strangeness < Self.largestStrangeness else { throw .unclearContrast(distance: cell.strangeness) }
    let site = fit.position(cell.siteB.u, cell.siteB.v)
    let lattice = fit.imageLattice(flattened, origin: flattened.imagePosition(site)).moved(nearest: start.origin)
    fitter.fit(flattened, lattice: lattice, cell: cell, known: local, into: &columns)
    parts.divide(&columns, lattice: lattice)
    let correction = LatticeCorrection(lattice, &columns, scratch: &scratch)
    localFit.fill(
      &local, lattice: correction.lattice, fits: columns, width: image.width, height: image.height)
    correction.judge(&columns, against: local, scratch: &scratch)
    self.cell = cell
    return Refined(lattice: correction.lattice, cell: cell)
  }

  /// Refuses what is not certain.
  private func judged(_ fit: Refined, pixelSize: PixelSize?) throws(RegistrationError) -> Registration {
    let (cell, lattice) = (fit.cell, fit.lattice)
    let confidence = cell.siteConfidence
    let isDarkField = cell.darkFieldProbability > 0.5
    guard isDarkField || confidence >= settings.minimumSiteConfidence else {
      throw .ambiguousSites(confidence: confidence, required: settings.minimumSiteConfidence)
    }
    let (count, poor, residualPx) = columns.summary
    let poorFraction = Double(poor) / Double(max(1, count))
    guard isDarkField || count > 0 && poorFraction <= settings.allowedPoorFraction else {
      throw .incoherent(poorFraction: poorFraction, allowed: settings.allowedPoorFraction)
    }
    let size = PixelSize(nm: settings.pseudoCubicNm / lattice.pseudoCubicPx, source: .lattice)
    let isDark = max(cell.siteValues[0], cell.siteValues[1]) < 0
    let registration = Registration(
      lattice: lattice, pixelSize: pixelSize ?? size, siteConfidence: confidence,
      residualPx: residualPx, columnCount: count, poorColumnCount: poor,
      contrast: isDarkField ? .brightColumns : isDark ? .darkColumns : .turned,
      contrastSkewness: cell.skewness, driftPx: .zero)
    guard !isDarkField else {
      finding = registration
      throw .brightColumns(skewness: cell.skewness)
    }
    return registration
  }

  /// Tiles that are moved by more than this share of |a| are turned back before they are added.
  private static let blurringShare = 0.08
  private static let blurringPoorShare = 0.1
  private static let mostRounds = 5

  /// Mean cells further than this from all that are known are no perovskite's (`MeanCell.strangeness`): random ones are
  /// about 0.8 off.
  private static let largestStrangeness = 0.6

  /// Nearly all emulated cells are nearer than this to a template, and have more power in odd rows up to ±25 Å of defocus.
  private static let familiarStrangeness = 0.3
  private static let leastOddShare = 0.02

  /// `bent`: about the lattice of `local`, with its distortions.
  private func fitPhases(_ start: Lattice, bent: Bool = false) -> LatticePhaseFit {
    let reciprocal = ReciprocalLattice(of: start).scaled(by: Double(flattened.scale))
    tiles.run(flattened, lattice: reciprocal)
    if bent {
      tiles.bend(as: local, flattened)
      tiles.weigh(columns, of: local, flattened)
    }
    return LatticePhaseFit(tiles, start: reciprocal)
  }
}

extension LocalLattice {
  /// Whether this is `lattice` but for small changes, so that its distortions may be those of the next image.
  fileprivate func bends(like lattice: Lattice) -> Bool {
    max((straight.a - lattice.a).length / lattice.a.length, (straight.b - lattice.b).length / lattice.b.length) < 0.01
  }
}

extension LatticePhaseFit {
  /// Position in working pixels of cell coordinates from the reference.
  fileprivate func position(_ u: Double, _ v: Double) -> Vector2 { lattice.direct(origin: reference).position(u, v) }

  /// The fitted lattice in image pixels.
  fileprivate func imageLattice(_ image: FlattenedImage, origin: Vector2) -> Lattice {
    lattice.scaled(by: 1 / Double(image.scale)).direct(origin: origin)
  }
}
