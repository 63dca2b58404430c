"""The core loop of amplitude magnification as an ONNX graph, to be timed against the typed-array code: pools the luma and
the two chroma planes, band-passes them, doubles them back and adds. `python3 test/bench/evmGraph.py` writes
test/bench/evmGraph.onnx (256 x 256, two levels)."""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, LEVELS, SECTIONS = 256, 2, 2
KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16

nodes, initializers = [], []


def constant(name, array):
    initializers.append(numpy_helper.from_array(np.asarray(array), name))
    return name


def node(op, inputs, output, **attributes):
    nodes.append(helper.make_node(op, inputs, [output], **attributes))
    return output


def plane(name, channels, size, levels):
    rows = constant(f"{name}_rows", np.tile(KERNEL.reshape(1, 1, 5, 1), (channels, 1, 1, 1)))
    columns = constant(f"{name}_columns", np.tile(KERNEL.reshape(1, 1, 1, 5), (channels, 1, 1, 1)))
    up_rows = constant(f"{name}_up_rows", np.tile(2 * KERNEL.reshape(1, 1, 5, 1), (channels, 1, 1, 1)))
    up_columns = constant(f"{name}_up_columns", np.tile(2 * KERNEL.reshape(1, 1, 1, 5), (channels, 1, 1, 1)))
    pads = constant(f"{name}_pads", np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64))
    edge = constant(f"{name}_edge", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
    x = name
    for k in range(levels):
        x = node("Pad", [x, pads], f"{name}_p{k}", mode="reflect")
        x = node("Conv", [x, columns], f"{name}_c{k}", strides=[1, 2], group=channels)
        x = node("Conv", [x, rows], f"{name}_d{k}", strides=[2, 1], group=channels)
    small = [1, channels, size >> levels, size >> levels]
    for s in range(SECTIONS):
        at = lambda c: f"{c}_{s}"
        z1, z2 = f"{name}_z1_{s}", f"{name}_z2_{s}"
        y = node("Add", [node("Mul", [x, at("b0")], f"{name}_b0x{s}"), z1], f"{name}_y{s}")
        a1y = node("Mul", [y, at("a1")], f"{name}_a1y{s}")
        node("Sub", [z2, a1y], f"{name}_next_z1_{s}")
        b2x = node("Mul", [x, at("b2")], f"{name}_b2x{s}")
        node("Sub", [b2x, node("Mul", [y, at("a2")], f"{name}_a2y{s}")], f"{name}_next_z2_{s}")
        x = y
    for k in range(levels):
        x = node("Pad", [x, edge], f"{name}_e{k}", mode="edge")
        x = node("ConvTranspose", [x, up_rows], f"{name}_ur{k}", strides=[2, 1], group=channels)
        x = node("ConvTranspose", [x, up_columns], f"{name}_uc{k}", strides=[1, 2], group=channels)
        # From 2 (n + 2) + 3 values to 2 n: the pad's two and the kernel's two at the start.
        n = (size >> levels) << (k + 1)
        starts = constant(f"{name}_s{k}", np.array([4, 4], np.int64))
        ends = constant(f"{name}_t{k}", np.array([4 + n, 4 + n], np.int64))
        axes = constant(f"{name}_a{k}", np.array([2, 3], np.int64))
        x = node("Slice", [x, starts, ends, axes], f"{name}_u{k}")
    moved = node("Add", [name, node("Mul", [x, "alpha"], f"{name}_m")], f"{name}_sum")
    node("Clip", [moved, "low", "high"], f"{name}_out")
    full = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, size, size])
    states = [f"{name}_z{i}_{s}" for s in range(SECTIONS) for i in (1, 2)]
    inputs = [full] + [helper.make_tensor_value_info(s, TensorProto.FLOAT, small) for s in states]
    outputs = [helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, [1, channels, size, size])]
    outputs += [helper.make_tensor_value_info(s.replace("_z", "_next_z"), TensorProto.FLOAT, small) for s in states]
    return inputs, outputs


def main():
    from scipy import signal
    for s, (b0, _, b2, _, a1, a2) in enumerate(signal.butter(2, [0.5, 1.5], "bandpass", fs=30, output="sos")):
        # scipy leaves b1 to one section; the product's sections have zeros at +1 and -1 each, with the same work.
        for name, value in (("b0", b0), ("b2", b2), ("a1", a1), ("a2", a2)):
            constant(f"{name}_{s}", np.float32(value))
    constant("low", np.float32(0))
    constant("high", np.float32(255))
    luma = plane("luma", 1, SIZE, LEVELS)
    chroma = plane("chroma", 2, SIZE // 2, LEVELS - 1)
    alpha = helper.make_tensor_value_info("alpha", TensorProto.FLOAT, [1])
    graph = helper.make_graph(nodes, "evm", luma[0] + chroma[0] + [alpha], luma[1] + chroma[1], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, pathlib.Path(__file__).with_name("evmGraph.onnx"))


if __name__ == "__main__":
    main()
