# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks that peers.py compares, written for every runtime: glazer's safetensors, ONNX in float and 8 bits, ncnn."""
import hashlib
import json
import os
import struct

OUTPUTS = 6


def conv(inputs, outputs, kernel=3, stride=1):
    return {"kind": "conv", "in": inputs, "out": outputs, "kernel": kernel, "stride": stride}


def dense(inputs, outputs, activation):
    return {"kind": "dense", "in": inputs, "out": outputs, "activation": activation}


POOL = {"kind": "avgpool2"}
PATCHES = {
    "M": {"width": 32, "height": 48, "pixels_per_a": 16, "pixels_per_b": 24},
    "S": {"width": 64, "height": 96, "pixels_per_a": 32, "pixels_per_b": 48},
}
LAYERS = {
    "M": [conv(1, 32, 5, 2)] + [conv(32, 32)] * 3 + [POOL, conv(32, 64), conv(64, 64), conv(64, 64), POOL]
    + [conv(64, 64)] * 3 + [dense(64 * 4 * 6, 128, "tanh"), dense(128, OUTPUTS, "linear")],
    "S": [conv(1, 64), conv(64, 64), conv(64, 64), POOL] + [conv(64, 64)] * 4 + [POOL] + [conv(64, 64)] * 3
    + [dense(64 * 16 * 24, 512, "tanh"), dense(512, OUTPUTS, "linear")],
}


# Model files: what safetensors files hold, read and written without a further package.

def read_safetensors(path):
    import numpy
    kinds = {"F32": "<f4", "I8": "<i1", "I32": "<i4"}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        tensors[name] = numpy.frombuffer(data[first:last], kinds[entry["dtype"]]).reshape(entry["shape"])
    return metadata, tensors


def write_safetensors(path, metadata, tensors):
    kinds = {"float32": "F32", "int8": "I8", "int32": "I32"}
    header, data = {}, b""
    for name in sorted(tensors):
        values = tensors[name]
        first = len(data)
        data += values.tobytes()
        header[name] = {
            "dtype": kinds[values.dtype.name], "shape": list(values.shape), "data_offsets": [first, len(data)]}
    header["__metadata__"] = {**metadata, "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def layers_with_names(layers):
    """(layer, name of its tensors)."""
    counts = {"conv": 0, "dense": 0}
    for layer in layers:
        if layer["kind"] in counts:
            counts[layer["kind"]] += 1
        yield layer, f"{layer['kind']}{counts.get(layer['kind'], '')}"


def random_model(path, key):
    """A model file of glazer's with random integer weights."""
    import numpy
    random = numpy.random.default_rng(0)
    tensors = {"input.scale": numpy.array([0.05], "f4")}
    for layer, name in layers_with_names(LAYERS[key]):
        if layer["kind"] == "avgpool2":
            continue
        shape = [layer["out"], layer["in"]] + [layer.get("kernel", 1)] * (2 if layer["kind"] == "conv" else 0)
        if layer.get("activation") == "linear":
            tensors[f"{name}.weight"] = random.standard_normal(shape).astype("f4")
            tensors[f"{name}.bias"] = numpy.zeros(layer["out"], "f4")
            continue
        tensors[f"{name}.weight"] = random.integers(-127, 128, shape, "i1")
        tensors[f"{name}.bias"] = numpy.zeros(layer["out"], "i4")
        fan_in = int(numpy.prod(shape[1:]))
        tensors[f"{name}.scale"] = numpy.full(layer["out"], 1 / (73 * fan_in**0.5), "f4")
    # Familiarity: anything is.
    basis = numpy.zeros((1, 96), "f4")
    basis[0, 0] = 1
    tensors |= {"familiarity.mean": numpy.zeros(96, "f4"), "familiarity.basis": basis,
                "familiarity.limits": numpy.array([[-1e9, 1e9]], "f4"), "familiarity.threshold": numpy.zeros(1, "f4")}
    architecture = {"degrees_per_unit": 10, "layers": LAYERS[key], "patch": PATCHES[key]}
    write_safetensors(path, {"format": "glazer-int8-1", "name": f"random-{key}",
                             "architecture": json.dumps(architecture)}, tensors)


def float_layers(key, weights_path):
    """(patch, layers, [(weights, bias)] of every layer that has them), batch norm folded in."""
    import numpy
    if key == "shipped":
        metadata, tensors = read_safetensors(weights_path)
        architecture = json.loads(metadata["architecture"])
        folded = []
        for layer, name in layers_with_names(architecture["layers"]):
            if layer["kind"] == "conv":
                factor = tensors[f"{name}.bn.gamma"] / numpy.sqrt(tensors[f"{name}.bn.variance"] + 1e-5)
                folded.append((tensors[f"{name}.weight"] * factor[:, None, None, None],
                               tensors[f"{name}.bn.beta"] - tensors[f"{name}.bn.mean"] * factor))
            elif layer["kind"] == "dense":
                folded.append((tensors[f"{name}.weight"], tensors[f"{name}.bias"]))
        return architecture["patch"], architecture["layers"], folded
    random = numpy.random.default_rng(0)
    folded = []
    for layer in LAYERS[key]:
        if layer["kind"] == "conv":
            fan_in = layer["in"] * layer["kernel"] ** 2
            shape = (layer["out"], layer["in"], layer["kernel"], layer["kernel"])
            folded.append(((2 / fan_in) ** 0.5 * random.standard_normal(shape), numpy.zeros(layer["out"])))
        elif layer["kind"] == "dense":
            shape = (layer["out"], layer["in"])
            folded.append((layer["in"] ** -0.5 * random.standard_normal(shape), numpy.zeros(layer["out"])))
    return PATCHES[key], LAYERS[key], folded


def write_onnx(path, patch, layers, folded):
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    nodes, constants, values, flat = [], [], "input", False
    folded = iter(folded)
    for index, layer in enumerate(layers):
        def add(kind, inputs, **attributes):
            output = f"{kind.lower()}{index}"
            nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
            return output
        if layer["kind"] == "avgpool2":
            values = add("AveragePool", [values], kernel_shape=[2, 2], strides=[2, 2])
            continue
        weights, bias = next(folded)
        names = [f"weights{index}", f"bias{index}"]
        constants += [numpy_helper.from_array(numpy.ascontiguousarray(array, "f4"), name)
                      for array, name in zip((weights, bias), names)]
        if layer["kind"] == "conv":
            kernel = layer["kernel"]
            edge = layer.get("padding", (kernel - 1) // 2)
            values = add("Conv", [values] + names, kernel_shape=[kernel] * 2, strides=[layer["stride"]] * 2,
                         pads=[edge] * 4)
            values = add("Relu", [values])
        else:
            if not flat:
                values, flat = add("Flatten", [values], axis=1), True
            values = add("Gemm", [values] + names, transB=1)
            if layer["activation"] == "tanh":
                values = add("Tanh", [values])
    nodes[-1].output[0] = "output"
    graph = helper.make_graph(
        nodes, "glazer",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, patch["height"], patch["width"]])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", OUTPUTS])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_quantized_onnx(source, path, patch):
    import logging

    import numpy
    import onnxruntime.quantization as quantization
    logging.disable(logging.WARNING)

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self):
            random = numpy.random.default_rng(7)
            shape = (4, 1, patch["height"], patch["width"])
            self.batches = [{"input": random.standard_normal(shape).astype("f4")} for _ in range(8)]

        def get_next(self):
            return self.batches.pop() if self.batches else None

    quantization.quantize_static(
        source, path, Calibration(), quant_format=quantization.QuantFormat.QDQ, per_channel=True, reduce_range=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8)


def write_ncnn(folder, patch, layers, folded):
    """ncnn's text format for the graph, and float32 weights."""
    import numpy
    lines, data, values, count = [], b"", "input", 1
    lines.append(f"Input input 0 1 input 0={patch['width']} 1={patch['height']} 2=1")
    folded = iter(folded)
    for index, layer in enumerate(layers):
        def add(kind, parameters):
            nonlocal values, count
            output = "output" if index == len(layers) - 1 else f"{kind.lower()}{index}"
            lines.append(f"{kind} {kind.lower()}{index} 1 1 {values} {output} {parameters}")
            values, count = output, count + 1
        if layer["kind"] == "avgpool2":
            add("Pooling", "0=1 1=2 2=2")
            continue
        weights, bias = (numpy.ascontiguousarray(array, "f4") for array in next(folded))
        # A tag of zero says float32.
        data += struct.pack("<I", 0) + weights.tobytes() + bias.tobytes()
        if layer["kind"] == "conv":
            edge = layer.get("padding", (layer["kernel"] - 1) // 2)
            add("Convolution", f"0={layer['out']} 1={layer['kernel']} 3={layer['stride']} 4={edge} 5=1 "
                               f"6={weights.size} 9=1")
        else:
            add("InnerProduct", f"0={layer['out']} 1=1 2={weights.size}")
            if layer["activation"] == "tanh":
                add("TanH", "")
    with open(os.path.join(folder, "ncnn.param"), "w") as file:
        file.write(f"7767517\n{len(lines)} {len(lines)}\n" + "\n".join(lines) + "\n")
    with open(os.path.join(folder, "ncnn.bin"), "wb") as file:
        file.write(data)


def export(key, folder, arguments):
    """Everything that one network is run from."""
    os.makedirs(folder, exist_ok=True)
    patch, layers, folded = float_layers(key, arguments.weights)
    write_onnx(os.path.join(folder, "float.onnx"), patch, layers, folded)
    write_quantized_onnx(os.path.join(folder, "float.onnx"), os.path.join(folder, "int8.onnx"), patch)
    write_ncnn(folder, patch, layers, folded)
    if key != "shipped":
        random_model(os.path.join(folder, "glazer.safetensors"), key)
    with open(os.path.join(folder, "patch.json"), "w") as file:
        json.dump(patch, file)
