// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Everything that can be set in `agent.toml`, with its default. Plain values: the file is read by the program
/// `glazer-agent`, so that the library needs no TOML.
public struct AgentConfiguration: Sendable, Equatable {
  public var input = Input()
  public var output = Output()
  public var model = Model()
  public var material = Material()
  public var instrument = Instrument()
  public var monitor = Monitor()
  public var security = Security()
  public var accumulation = Accumulation()
  public var regions = Regions()
  public var recording = Recording()
  public var compute = Compute()

  public init() {}

  /// Where frames come from.
  public struct Input: Sendable, Equatable {
    public enum SocketKind: String, Sendable, CaseIterable { case sub, pull }
    public enum Dialect: String, Sendable, CaseIterable { case auto, native, simplon, stream2 }

    public var endpoint = "tcp://127.0.0.1:5555"
    public var socket = SocketKind.sub
    /// True to bind the endpoint, false to connect to it.
    public var bind = false
    /// Prefix of the topic part to subscribe to; empty takes everything. For `sub` only.
    public var topic = ""
    /// How messages are read: `auto` takes each for what it looks like.
    public var dialect = Dialect.auto
    /// Of a stream2 frame with several channels the one that is read; empty for its first.
    public var channel = ""
    /// A peer that sends a larger part of a message is cut off. The parts of one together have no bound of ours: libzmq
    /// collects them all before it gives any.
    public var maximumMessageBytes = FrameDecoder.largestMessage
    /// A series that sends nothing for so long is over, seconds.
    public var silenceS = 5.0

    public init() {}
  }

  /// Where overlays go.
  public struct Output: Sendable, Equatable {
    public var endpoint = "tcp://127.0.0.1:5556"
    /// Messages kept for a subscriber that is slower than the agent; older ones are kept, newer ones dropped.
    public var queue = 8
    public var statusIntervalS = 1.0
    /// At most one event per reason in this time, seconds.
    public var eventIntervalS = 1.0
    /// Previews per second at most; 0 sends none.
    public var previewRateHz = 5.0
    /// Previews are at most so wide and high, pixels.
    public var previewSide = 512

    public init() {}
  }

  public struct Model: Sendable, Equatable {
    public var path = "models/default.safetensors"

    public init() {}
  }

  /// What is under the beam.
  public struct Material: Sendable, Equatable {
    /// For example "SrTiO3"; empty when nobody tells. Held against the model's (`ModelSuitability`).
    public var name = ""
    /// Size of the pseudo-cubic cell, nm: gives the pixel size where neither the frame nor the instrument does.
    public var pseudoCubicNm = 0.3905

    public init() {}
  }

  /// CURVE on the two links: paths of key files; empty ones are not used. `AgentSecurity` reads them.
  public struct Security: Sendable, Equatable {
    /// Secret file of the agent's own key pair.
    public var secretKey = ""
    /// Folder or file of the public keys that may subscribe.
    public var outputClients = ""
    /// Public file of the publisher that the agent connects to.
    public var inputServerKey = ""
    /// Folder or file of the public keys that may send, where the agent listens for frames.
    public var inputClients = ""
    /// Listen to other machines without encryption.
    public var allowPlaintext = false

    public init() {}
  }

  /// What becomes of the messages that come in, besides being processed.
  public struct Recording: Sendable, Equatable {
    /// Folder of the recordings; empty records nothing.
    public var folder = ""
    /// A new file begins when one is so large, MiB…
    public var rotateMB = 1024
    /// …or so old, seconds.
    public var rotateS = 3600.0
    /// Recording stops when the disk has less than this left, MiB.
    public var keepFreeMB = 1024
    /// Memory for messages that wait for the disk, MiB; what has no room in it is not recorded.
    public var queueMB = 64

    public init() {}
  }

  /// What frames do not say of themselves.
  public struct Instrument: Sendable, Equatable {
    /// Used where a frame has no `pixel_size_nm`; nil leaves it to the lattice.
    public var pixelSizeNm: Double?
    /// Held against the model's (`ModelSuitability`); nil where nobody tells.
    public var voltageKV: Double?
    /// Of the probe.
    public var semiAngleMrad: Double?
    public var detectorInnerMrad: Double?
    public var detectorOuterMrad: Double?

    public init() {}
  }

  /// What an operator sees of the agent.
  public struct Monitor: Sendable, Equatable {
    /// Address and port on loopback of /metrics, /healthz, /readyz and /status; empty for none.
    public var http = "127.0.0.1:9464"
    /// /healthz fails when the loop has not turned for so long, seconds.
    public var stallS = 10.0
    /// At most one line of each kind in the log in this time, seconds.
    public var logIntervalS = 10.0

    public init() {}
  }

  /// What of the box the agent uses.
  public struct Compute: Sendable, Equatable {
    /// Threads that read cells; 0 for as many as there are processors, up to `mostThreads`.
    public var threads = 0
    /// Bind each of them to a processor of its own.
    public var pin = false

    public static let mostThreads = 16

    public init() {}
  }

  /// Regions of equal tilt.
  public struct Regions: Sendable, Equatable {
    /// Look for them in every frame and publish them.
    public var enabled = true
    /// A region has at least so many cells that could be read.
    public var leastCells = 12

    public init() {}
  }

  /// How frames are combined.
  public struct Accumulation: Sendable, Equatable {
    /// Time constant in frames of the source: older ones weigh 1/e and less. 0 publishes the values of single frames alone.
    public var frames = 16.0

    public init() {}
  }
}
