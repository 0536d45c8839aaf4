# SPDX-License-Identifier: GPL-3.0-or-later
"""Float model files (`glazer-float-1`): the safetensors that `glazer quantize`, `evaluate` and `train --resume` read."""
import hashlib
import json
import os
import struct

import numpy

FORMAT = "glazer-float-1"
MAXIMUM_HEADER_BYTES = 16 << 20


class BadFile(Exception):
    """What is wrong with a file, in one line."""


def read(path):
    """(metadata, tensors): a map of strings, and numpy arrays by name."""
    try:
        with open(path, "rb") as file:
            raw = file.read(8)
            length = struct.unpack("<Q", raw)[0] if len(raw) == 8 else MAXIMUM_HEADER_BYTES + 1
            if length > MAXIMUM_HEADER_BYTES:
                raise BadFile(f"{path}: expected a safetensors file, found another or a truncated one")
            header = json.loads(file.read(length))
            data = file.read()
    except (OSError, ValueError) as error:
        raise BadFile(f"{path}: expected a safetensors file: {error}") from None
    metadata = header.pop("__metadata__", {})
    if metadata.get("format") != FORMAT:
        raise BadFile(f"{path}: expected format {FORMAT}, found {metadata.get('format')}")
    if metadata.get("sha256") != hashlib.sha256(data).hexdigest():
        raise BadFile(f"{path}: the tensors do not have the sha256 that the file states")
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        if entry["dtype"] != "F32" or not 0 <= first <= last <= len(data):
            raise BadFile(f"{path}: tensor {name}: expected float32 within the file, found {entry}")
        tensors[name] = numpy.frombuffer(data[first:last], "<f4").reshape(entry["shape"])
    return metadata, tensors


def write(path, metadata, tensors):
    """Writes aside and renames. Tensors stand in the order of their names, so that equal weights give equal files."""
    header, parts, offset = {}, [], 0
    for name in sorted(tensors):
        values = numpy.ascontiguousarray(tensors[name], "<f4")
        if not numpy.isfinite(values).all():
            raise BadFile(f"{path}: tensor {name} holds NaN or infinity")
        parts.append(values.tobytes())
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + len(parts[-1])]}
        offset += len(parts[-1])
    data = b"".join(parts)
    header["__metadata__"] = dict(metadata, format=FORMAT, sha256=hashlib.sha256(data).hexdigest())
    text = compact_json(header).encode()
    text += b" " * (-len(text) % 8)
    aside = f"{path}.{os.getpid()}.part"
    with open(aside, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    os.replace(aside, path)
    return header["__metadata__"]["sha256"]


def compact_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
