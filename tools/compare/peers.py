#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of the integer engine against OpenVINO, ONNX Runtime and ncnn: the same networks, one core, interleaved.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install --no-deps flatbuffers ml_dtypes numpy onnx onnxruntime \\
        openvino packaging protobuf typing_extensions ncnn
    swift build -c release --product glazer
    /tmp/peers/bin/python tools/compare/peers.py --rounds 7

Networks: `shipped`, the float weights of the model in the repository, and two of other sizes with random weights:
  M  32 x 48 patch, 5x5 stride 2 to 32 channels, 3x3: 3 of 32, pool, 3 of 64, pool, 3 of 64, 128 tanh, 6     22.6 MMAC
  S  64 x 96 patch, 3x3 of 64 channels: 3, pool, 4, pool, 3, 512 tanh, 6                                     728.6 MMAC
They are written as ONNX (float; 8 bits by ONNX Runtime's static quantizer, weights per channel, reduced range, which no
processor saturates on) and as glazer's model files. `--export FOLDER` writes them and ends. ncnn runs float weights: its
quantizer is not on PyPI.

Every measurement is a process of its own on one core, all peers in turn, round after round. Rates are patches per second
of CPU time; what is quoted is the median over the rounds of the ratio to glazer in the same round. Exits 69 when a
runtime is missing, 1 when glazer is slower than OpenVINO's 8 bits at any size of batch.

`--frame` compares what the agent does instead: glazer reads the thousand cells of a frame of 1024 x 1024 pixels, resampling
included, the trunk once over the whole frame; the others get the same cells as patches that are cut already. "Network
alone" leaves resampling, normalising and the table of cells out on both sides.
"""
import argparse
import hashlib
import importlib
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{name}_NUM_THREADS"] = "1"
PEERS = ["openvino-int8", "onnxruntime-int8", "openvino", "onnxruntime", "ncnn"]
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


# Workers: one runtime in a process of its own.

def runner(peer, folder, batch, shape):
    """A function from a batch to its outputs."""
    path = os.path.join(folder, "int8.onnx" if peer.endswith("int8") else "float.onnx")
    if peer.startswith("onnxruntime"):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return lambda x: session.run(None, {"input": x})[0]
    if peer.startswith("openvino"):
        import openvino
        core = openvino.Core()
        model = core.read_model(path)
        model.reshape([batch, *shape])
        request = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
        return lambda x: list(request.infer({0: x}, share_inputs=True, share_outputs=True).values())[0]
    import ncnn
    network = ncnn.Net()
    network.opt.num_threads = 1
    network.load_param(os.path.join(folder, "ncnn.param"))
    network.load_model(os.path.join(folder, "ncnn.bin"))

    def run(x):
        outputs = []
        for patch in x:
            extractor = network.create_extractor()
            extractor.input("input", ncnn.Mat(patch))
            outputs.append(extractor.extract("output")[1].numpy().copy())
        return outputs
    return run


def worker(job):
    import numpy
    with open(os.path.join(job["folder"], "patch.json")) as file:
        patch = json.load(file)
    shape = (1, patch["height"], patch["width"])
    x = numpy.random.default_rng(1).standard_normal((job["batch"], *shape)).astype("f4")
    run = runner(job["peer"], job["folder"], job["batch"], shape)
    y = numpy.asarray(run(x), "f4").reshape(job["batch"], OUTPUTS)
    print(json.dumps({"first_result": True}), flush=True)
    if job.get("outputs"):
        numpy.save(job["outputs"], y)

    def cpu(repeats):
        start = time.process_time()
        for _ in range(repeats):
            run(x)
        return time.process_time() - start
    repeats = max(1, int(0.04 / max(cpu(2) / 2, 1e-6)))
    rounds, end = [], time.process_time() + job["seconds"]
    while time.process_time() < end or len(rounds) < 3:
        rounds.append(cpu(repeats) / repeats)
    with open("/proc/self/statm") as file:
        rss = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    print(json.dumps({"cells_s": job["batch"] / statistics.median(rounds), "rss_mib": rss}))


def measured(command, core):
    """(milliseconds to the first result, what the last line says)."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    process.stdout.readline()
    first = (time.monotonic() - start) * 1e3
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command[:2])} ended with code {process.returncode}:\n{errors[-2000:]}")
    return first, json.loads(output.splitlines()[-1])


def compare(key, folder, arguments):
    """Prints a table; the smallest ratio of glazer's rate to OpenVINO's 8 bits."""
    model = arguments.model if key == "shipped" else os.path.join(folder, "glazer.safetensors")
    least = float("inf")
    unit, rate_unit = ("cells", "") if arguments.frame else ("patches", " (GMAC/s)")
    print(f"\n{key}: {unit} per second of CPU time{rate_unit}, median of {arguments.rounds} rounds; "
          f"glazer over peer, median [least, most] of the rounds")
    for batch in arguments.batch:
        rates, first, rss, alone = {}, {}, {}, []
        for _ in range(arguments.rounds):
            for peer in ["glazer"] + arguments.peers:
                if peer == "glazer":
                    what = ["--frame"] if arguments.frame else ["--batch", str(batch)]
                    command = [arguments.glazer, "bench-network", model, *what, "--seconds", str(arguments.seconds)]
                else:
                    job = {"peer": peer, "folder": folder, "batch": batch, "seconds": arguments.seconds}
                    command = [sys.executable, os.path.abspath(__file__), "--worker", json.dumps(job)]
                ms, line = measured(command, arguments.core)
                rates.setdefault(peer, []).append(line["cells_s"])
                if "network_cells_s" in line:
                    alone.append(line["network_cells_s"])
                first.setdefault(peer, []).append(ms)
                rss[peer] = line["rss_mib"]
                if peer == "glazer":
                    macs, limit = line["macs_per_cell"], line.get("limit_gmac_s", 0)
        for peer, values in rates.items():
            rate = statistics.median(values)
            text = f"  batch {batch:>3}  {peer:<17} {rate:>9.0f}"
            text += "" if arguments.frame else f" ({rate * macs * 1e-9:5.1f})"
            text += f"  start {statistics.median(first[peer]):6.0f} ms  {rss[peer]:6.1f} MiB"
            if peer == "glazer" and limit > 0:
                text += f"  {rate * macs * 1e-7 / limit:.0f} % of the core's limit of {limit:.0f}"
            if peer != "glazer":
                ratios = [own / other for own, other in zip(rates["glazer"], values)]
                text += f"  x {statistics.median(ratios):5.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"
                if alone:
                    ratio = statistics.median(own / other for own, other in zip(alone, values))
                    text += f", network alone x {ratio:.2f}"
                if peer == "openvino-int8":
                    least = min(least, statistics.median(ratios))
            print(text, flush=True)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glazer", default=".build/release/glazer", help="the program to time")
    parser.add_argument("--model", default="firmware-config/models/default.safetensors", help="the shipped model")
    parser.add_argument("--weights", default="tools/weights/srtio3-compact.safetensors", help="its float weights")
    parser.add_argument("--frame", action="store_true", help="whole frames against patches, with the shipped network")
    parser.add_argument("--networks", default="shipped,M,S")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--batch", default="1,16,64")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds of one measurement")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="processor to run on")
    parser.add_argument("--export", metavar="FOLDER", help="only write the networks there")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(json.loads(arguments.worker))
    arguments.batch = [int(text) for text in arguments.batch.split(",")]
    arguments.peers = arguments.peers.split(",")
    networks = ["shipped"] if arguments.frame else arguments.networks.split(",")
    for values, known, what in [(arguments.peers, PEERS, "peers"), (networks, ["shipped", "M", "S"], "networks")]:
        if unknown := set(values) - set(known):
            parser.error(f"--{what}: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    for module in {"onnx", "onnxruntime"} | {peer.split("-")[0] for peer in arguments.peers}:
        try:
            importlib.import_module(module)
        except ImportError as error:
            print(f"{module} is not installed for {sys.executable} ({error}); --help tells how", file=sys.stderr)
            return 69
    if arguments.export:
        for key in networks:
            export(key, os.path.join(arguments.export, key), arguments)
        return 0
    if not os.access(arguments.glazer, os.X_OK):
        print(f"{arguments.glazer}: no such program: swift build -c release --product glazer", file=sys.stderr)
        return 69
    least = float("inf")
    with tempfile.TemporaryDirectory() as root:
        for key in networks:
            folder = os.path.join(root, key)
            export(key, folder, arguments)
            least = min(least, compare(key, folder, arguments))
    if "openvino-int8" in arguments.peers:
        print(f"\nleast ratio to OpenVINO's 8 bits: {least:.2f}")
    return 0 if least >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
