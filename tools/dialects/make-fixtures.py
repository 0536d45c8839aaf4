#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame messages of the dialects that glazer reads, made without glazer: the fixtures of its tests.

    pip install numpy pyzmq cbor2 lz4 h5py hdf5plugin dectris-compression
    tools/dialects/make-fixtures.py make Tests/FrameIOTests/Dialects/Fixtures
    tools/dialects/make-fixtures.py send tcp://127.0.0.1:5555 FILE...     # PUSH to somebody who binds; needs pyzmq only
    tools/dialects/make-fixtures.py live tcp://127.0.0.1:5555 --dialect stream2 --images demo.mcap --pixel-size 0.02

JSON comes from Python, messages pass through pyzmq, CBOR is written by cbor2, LZ4 blocks by lz4, bitshuffle and the
framing of LZ4 by the HDF5 filters of hdf5plugin; dectris-compression must unpack what was packed before it is written
down. Formats: DECTRIS, SIMPLON API 1.8 (stream interface) and https://github.com/dectris/documentation (stream2, CBOR tag 56500).

A file holds one message: for each part its length, 8 bytes little-endian, and its bytes.
"""
import argparse
import datetime
import hashlib
import json
import pathlib
import pickle
import struct
import sys
import time

WIDTH, HEIGHT = 21, 19  # 399 pixels: whole blocks, a short one and a remainder of 7 for bitshuffle
LARGEST = {"uint8": 251, "uint16": 65521, "uint32": 4294967291}


def pixels(dtype, frame, width=WIDTH, height=HEIGHT):
    """What the tests compute again: smooth rows and rows like noise, never the largest value of the type."""
    import numpy as np

    y, x = np.mgrid[0:height, 0:width].astype(np.uint64)
    noise = ((x + 1) * 2654435761 + (y + 1) * 2654404609 + frame * 97) % 2**32
    noise ^= noise >> np.uint64(15)
    smooth = x // 4 + y + frame
    return np.where(y % 4 < 2, smooth, noise % LARGEST[dtype]).astype(dtype)


def mask(row=3, width=WIDTH, height=HEIGHT):
    """One dead row, one gap column, one noisy pixel."""
    import numpy as np

    bits = np.zeros((height, width), np.uint32)
    bits[row, :] = 2
    bits[:, 5] |= 1
    bits[10, 11] = 16
    return bits


# ---- packing


def through_hdf5(array, **filters):
    """The bytes that an HDF5 filter makes of an array."""
    import h5py

    with h5py.File("in-memory", "w", driver="core", backing_store=False) as file:
        data = file.create_dataset("data", data=array, chunks=array.shape, **filters)
        _, packed = data.id.read_direct_chunk((0,) * array.ndim)
    return bytes(packed)


def check(packed, algorithm, array):
    from dectris.compression import decompress

    if decompress(packed, algorithm, elem_size=array.dtype.itemsize) != array.tobytes():
        sys.exit(f"{algorithm} of {array.dtype} does not come back")
    return packed


def bitshuffle_lz4(array, elements=64):
    import hdf5plugin

    return check(through_hdf5(array, **hdf5plugin.Bitshuffle(nelems=elements, cname="lz4")), "bslz4", array)


def lz4_blocks(array, block=256):
    import hdf5plugin

    return check(through_hdf5(array, **hdf5plugin.LZ4(nbytes=block)), "lz4", array)


def lz4_block(array):
    import lz4.block

    return lz4.block.compress(array.tobytes(), store_size=False)


# ---- SIMPLON v1


def dumps(value):
    return json.dumps(value).encode()


def simplon_header(detail, series, appendix=None):
    parts = [dumps({"htype": "dheader-1.0", "series": series, "header_detail": detail})]
    if detail != "none":
        # The detector's pixels measure 75 µm; the step of the scan is another matter.
        parts.append(dumps({
            "bit_depth_image": 32, "countrate_correction_count_cutoff": 60000, "x_pixel_size": 7.5e-05,
            "y_pixel_size": 7.5e-05, "x_pixels_in_detector": WIDTH, "y_pixels_in_detector": HEIGHT, "nimages": 8,
            "description": "Simulated ELA", "photon_energy": 200000.0}))
    if detail == "all":
        import numpy as np

        shape = [WIDTH, HEIGHT]
        parts += [dumps({"htype": "dflatfield-1.0", "shape": shape, "type": "float32"}),
                  np.ones((HEIGHT, WIDTH), np.float32).tobytes(),
                  dumps({"htype": "dpixelmask-1.0", "shape": shape, "type": "uint32"}), mask().tobytes(),
                  dumps({"htype": "dcountrate_table-1.0", "shape": [2, 3], "type": "float32"}),
                  np.arange(6, dtype=np.float32).tobytes()]
    if appendix is not None:
        parts.append(dumps(appendix))
    return parts


def simplon_image(array, encoding, frame, series, appendix=None):
    if encoding == "lz4<":
        blob = lz4_block(array)
    elif encoding.startswith("bs"):
        blob = bitshuffle_lz4(array)
    elif encoding == ">":
        blob = array.byteswap().tobytes()
    else:
        blob = array.tobytes()
    parts = [
        dumps({"htype": "dimage-1.0", "series": series, "frame": frame, "hash": hashlib.md5(blob).hexdigest()}),
        dumps({"htype": "dimage_d-1.0", "shape": list(array.shape[::-1]), "type": array.dtype.name, "encoding": encoding,
               "size": len(blob)}),
        blob,
        dumps({"htype": "dconfig-1.0", "start_time": 1000000 * frame, "stop_time": 1000000 * frame + 900000,
               "real_time": 900000})]
    return parts + ([dumps(appendix)] if appendix is not None else [])


def simplon_end(series):
    return [dumps({"htype": "dseries_end-1.0", "series": series})]


# ---- stream2

TYPED = {"uint8": 64, "uint16": 69, "uint32": 70, ">u2": 65, "float32": 85}
UNIQUE_ID = "01HBV3JPF9T4ZDPADX8EMK6XM{}"


def multi_dim(array, packing):
    from cbor2 import CBORTag

    if packing == "raw":
        content = array.tobytes()
    elif packing == "lz4":
        content = CBORTag(56500, ["lz4", 0, lz4_blocks(array)])
    else:
        content = CBORTag(56500, ["bslz4", array.dtype.itemsize, bitshuffle_lz4(array)])
    name = ">u2" if array.dtype.str == ">u2" else array.dtype.name
    return CBORTag(40, [list(array.shape), CBORTag(TYPED[name], content)])


def encode(message, **options):
    import cbor2

    return [cbor2.dumps(message, **options)]


def stream2_start(series, channels=("threshold_1",), masks=None, user_data=None):
    import numpy as np

    message = {
        "type": "start", "arm_date": datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc),
        "beam_center_x": 10.5, "channels": list(channels), "count_time": 0.001, "image_size_x": WIDTH,
        "image_size_y": HEIGHT, "number_of_images": 8, "pixel_size_x": 7.5e-05, "pixel_size_y": 7.5e-05,
        "goniometer": {"chi": {"increment": 0.0, "start": 0.0}}, "saturation_value": 60000, "series_id": series,
        "series_unique_id": UNIQUE_ID.format(series)}
    if masks is not None:
        message["flatfield"] = {c: multi_dim(np.ones((HEIGHT, WIDTH), np.float32), "bslz4") for c in channels}
        message["pixel_mask"] = {channel: multi_dim(bits, "bslz4") for channel, bits in masks.items()}
    if user_data is not None:
        message["user_data"] = user_data
    return encode(message)


def stream2_image(arrays, frame, series, user_data=None, **options):
    message = {
        "type": "image", "series_id": series, "series_unique_id": UNIQUE_ID.format(series), "image_id": frame,
        "real_time": [900000, 1000000000],
        "series_date": datetime.datetime(2026, 3, 1, 12, 0, 5, 250000, tzinfo=datetime.timezone.utc),
        "start_time": [1000000 * frame, 1000000000], "stop_time": [1000000 * frame + 900000, 1000000000],
        "data": arrays}
    if user_data is not None:
        message["user_data"] = user_data
    return encode(message, **options)


def stream2_end(series):
    return encode({"type": "end", "series_id": series, "series_unique_id": UNIQUE_ID.format(series)})


# ---- native


def native_image(array, frame, series, **more):
    """What the publisher of tools/examples sends."""
    return [dumps({"dtype": str(array.dtype), "shape": array.shape, "source": "abf", "series": series, "frame": frame,
                   **more}), array.tobytes()]


def fixtures():
    scan = {"pixel_size_nm": 0.0098, "dose_e_per_A2": 10000}
    made = {
        "native-image": native_image(pixels("uint16", 3), 3, "s7"),
        "native-rows": native_image(pixels("uint16", 4), 4, "s7", valid_rows=7),
        "pickle": [pickle.dumps(pixels("uint16", 0), protocol=5)],
        "pickle-topic": [b"abf", pickle.dumps({"shape": [HEIGHT, WIDTH]}, protocol=2)],
        "simplon-header-none": simplon_header("none", 7),
        "simplon-header-none-appendix": simplon_header("none", 7, scan),
        "simplon-header-basic": simplon_header("basic", 7),
        "simplon-header-all": simplon_header("all", 7),
        "simplon-header-all-appendix": simplon_header("all", 7, scan),
        "simplon-image-rows": simplon_image(
            pixels("uint16", 4), "bs16-lz4<", 4, 7, {"valid_rows": 7, "shutter": "open"}),
        "simplon-image-uint16-big": simplon_image(pixels("uint16", 3), ">", 3, 7),
        "simplon-end": simplon_end(7),
        "stream2-start": stream2_start(7),
        "stream2-start-mask": stream2_start(7, masks={"threshold_1": mask()}, user_data=scan),
        # Frames have their channels in the order of `channels`; the masks stand in another one.
        "stream2-start-two-channels": stream2_start(
            7, ("threshold_1", "threshold_2"), {"threshold_2": mask(row=8), "threshold_1": mask()}),
        "stream2-image-uint16-big": stream2_image(
            {"threshold_1": multi_dim(pixels("uint16", 3).astype(">u2"), "raw")}, 3, 7),
        "stream2-image-rows": stream2_image(
            {"threshold_1": multi_dim(pixels("uint16", 4), "bslz4")}, 4, 7, user_data={"valid_rows": 7, "other": [1]}),
        "stream2-image-two-channels": stream2_image(
            {f"threshold_{n}": multi_dim(pixels("uint16", n), "bslz4") for n in (1, 2)}, 3, 7),
        "stream2-image-indefinite": stream2_image(
            {"threshold_1": multi_dim(pixels("uint16", 3), "lz4")}, 3, 7, indefinite_containers=True),
        "stream2-end": stream2_end(7),
    }
    for dtype in ("uint8", "uint16", "uint32"):
        bits = dtype[4:]
        for name, encoding in (("raw", "<"), ("lz4", "lz4<"), ("bslz4", f"bs{bits}-lz4<")):
            made[f"simplon-image-{dtype}-{name}"] = simplon_image(pixels(dtype, 3), encoding, 3, 7)
            made[f"stream2-image-{dtype}-{name}"] = stream2_image(
                {"threshold_1": multi_dim(pixels(dtype, 3), name)}, 3, 7)
    return made


# ---- files and sockets


def make(folder):
    import zmq

    with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        push.bind("inproc://fixtures")
        pull.connect("inproc://fixtures")
        for name, parts in fixtures().items():
            push.send_multipart(parts)
            received = pull.recv_multipart()
            path = pathlib.Path(folder) / f"{name}.parts"
            path.write_bytes(b"".join(struct.pack("<q", len(part)) + part for part in received))
            print(f"{path}: {len(received)} parts, {path.stat().st_size} bytes")


def load(path):
    return split(pathlib.Path(path).read_bytes())


def split(data):
    parts = []
    while data:
        (length,) = struct.unpack_from("<q", data)
        parts.append(data[8:8 + length])
        data = data[8 + length:]
    return parts


def send(endpoint, messages, pause=0.0):
    import zmq

    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(endpoint)
        for parts in messages:
            socket.send_multipart(parts)
            time.sleep(pause)


def load_images(path):
    """[image, row, column], from a .npy file or from the native frames of a recording."""
    import numpy as np

    if not path.endswith(".mcap"):
        images = np.load(path)
        return images.reshape(-1, *images.shape[-2:])
    from mcap.reader import make_reader

    images = []
    with open(path, "rb") as file:
        for _, _, message in make_reader(file).iter_messages():
            parts = split(message.data)
            if len(parts) == 2:
                header = json.loads(parts[0])
                images.append(np.frombuffer(parts[1], header["dtype"]).reshape(header["shape"]))
    return np.stack(images)


def live(arguments):
    """A detector that scans: start, frames, end."""
    import numpy as np

    series = int(time.time())
    scan = {} if arguments.pixel_size is None else {"pixel_size_nm": arguments.pixel_size}
    images = load_images(arguments.images) if arguments.images else None
    start, end = {
        "native": ([], [dumps({"htype": "series_end-1.0", "series": f"s{series}"})]),
        "simplon": (simplon_header("basic", series, scan), simplon_end(series)),
        "stream2": (stream2_start(series, user_data=scan), stream2_end(series)),
    }[arguments.dialect]
    if start:
        yield start
    for n in range(arguments.frames):
        if images is None:
            array = pixels("uint16", n, arguments.size, arguments.size)
        else:
            array = np.ascontiguousarray(images[n % len(images)])
        if arguments.dialect == "native":
            yield native_image(array, n, f"s{series}", **scan)
        elif arguments.dialect == "simplon":
            yield simplon_image(array, f"bs{8 * array.itemsize}-lz4<", n, series)
        else:
            yield stream2_image({"threshold_1": multi_dim(array, "bslz4")}, n, series)
    yield end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("make").add_argument("folder")
    sender = commands.add_parser("send")
    sender.add_argument("endpoint")
    sender.add_argument("files", nargs="+")
    detector = commands.add_parser("live")
    detector.add_argument("endpoint")
    detector.add_argument("--dialect", choices=("native", "simplon", "stream2"), default="stream2")
    detector.add_argument(
        "--images", help=".npy of unsigned integers, or a recording (.mcap; pip install mcap); sent again and again")
    detector.add_argument("--pixel-size", type=float, help="step of the scan, nm")
    detector.add_argument("--size", type=int, default=512, help="of noise, where there are no images")
    detector.add_argument("--frames", type=int, default=100)
    detector.add_argument("--fps", type=float, default=10)
    sender.add_argument("--pause", type=float, default=0.0, help="seconds between two messages")
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.folder)
    elif arguments.command == "send":
        send(arguments.endpoint, map(load, arguments.files), arguments.pause)
    else:
        send(arguments.endpoint, live(arguments), 1 / arguments.fps)


if __name__ == "__main__":
    main()
