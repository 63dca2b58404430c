"""Writes test/fixtures/models: a seeded toy network of the task `expression`, with its manifest and check.json.

Run: python3 test/golden/scripts/tiny_model.py (numpy, onnx, onnxruntime)
The tests of the model registry and of the devices use it. It has learnt nothing.
"""

import base64
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

# As daemon/inference/runtime.ts: the library sends nothing.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "models"
LABELS = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust", "contempt"]


def graph():
    rng = np.random.default_rng(20220702)
    weights = {
        "kernel": rng.normal(0, 0.02, (6, 3, 3, 3)),
        "bias": rng.normal(0, 0.1, 6),
        "matrix": rng.normal(0, 0.5, (6, 8)),
    }
    nodes = [
        helper.make_node("Conv", ["image", "kernel", "bias"], ["c"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "matrix"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    return helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 8])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )


def encoded(array, kind):
    return {"shape": list(array.shape), "type": kind, "base64": base64.b64encode(array.tobytes()).decode()}


def main():
    (FOLDER / "tiny").mkdir(parents=True, exist_ok=True)
    model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (FOLDER / "tiny" / "model.onnx").write_bytes(data)
    image = np.random.default_rng(1).integers(0, 256, (2, 3, 16, 16), np.uint8)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (out,) = session.run(None, {"image": image.astype(np.float32)})
    check = {
        "inputs": {"image": encoded(image, "uint8")},
        "outputs": {"probabilities": encoded(out, "float32")},
        "tolerance": 1e-4,
    }
    (FOLDER / "tiny" / "check.json").write_text(json.dumps(check, indent=1) + "\n")
    (FOLDER / "tiny" / "card.md").write_text("# Toy network of the tests\n\nIt has learnt nothing.\n")
    (FOLDER / "tiny" / "figures.json").write_text("{}\n")
    entry = {
        "id": "tiny",
        "task": "expression",
        "role": "compact",
        "default": True,
        "title": "Toy network of the tests",
        "file": "tiny/model.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, 16, 16], "meaning": "RGB, 0..255"}],
        "outputs": [{"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "sum to 1"}],
        "labels": LABELS,
        "preprocessing": {"cropScale": 1},
        "licence": {"weights": "Apache-2.0", "data": "none"},
        "card": "tiny/card.md",
        "figures": "tiny/figures.json",
        "check": "tiny/check.json",
    }
    (FOLDER / "manifest.json").write_text(json.dumps({"version": 1, "models": [entry]}, indent=1) + "\n")


main()
