"""Int8 for a network of pictures: what the cpu runs in place of the float weights (`cpu` in the manifest).

Convolutions compute in whole numbers of 7 bits (of 8, sums would overflow on processors without VNNI). Ranges of
activations are those of faces of training (without the farthest values they were no better). Both forms are measured on the same faces, and int8
that costs half a point of accuracy on either set is not kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from classification import milliseconds
from common import encode, resize_whole, write_json
from measures import class_scores, confusion_matrix

FACES = 600  # from which ranges are taken
MOST_LOST = 0.005
# Another processor rounds otherwise: the last step of an activation may be another one.
TOLERANCE = 0.05


class Faces(CalibrationDataReader):
    def __init__(self, images: np.ndarray) -> None:
        self.batches: Iterator[np.ndarray] = iter(np.array_split(images, max(1, len(images) // 20)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"image": batch}


def as_float32(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights that are stored as float16 and cast in the graph become float32 ones."""
    stored = {weight.name: weight for weight in model.graph.initializer}
    rest = []
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            weight = stored[node.input[0]]
            model.graph.initializer.remove(weight)
            model.graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float32), node.output[0]))
        else:
            rest.append(node)
    del model.graph.node[:]
    model.graph.node.extend(rest)
    return model


def quantise(path: Path, images: np.ndarray, out: Path, floats: int = 0) -> None:
    """`path` (float weights) with its convolutions in int8, at `out`; those of the picture itself and the first `floats` stay as they are.

    images: float32 [n, 3, h, w], from which the ranges of the activations are taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = Path(folder) / "plain.onnx", Path(folder) / "ready.onnx"
        onnx.save(as_float32(onnx.load(path)), plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        graph = onnx.load(ready).graph
        depth = {weight.name: weight.dims[1] for weight in graph.initializer if len(weight.dims) == 4}
        groups = {node.name: next((a.i for a in node.attribute if a.name == "group"), 1) for node in graph.node}
        convolutions = [node for node in graph.node if node.op_type == "Conv"]
        first = list(dict.fromkeys(node.input[1] for node in convolutions))[:floats]
        quantize_static(
            str(ready), str(out), Faces(images), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            nodes_to_quantize=[node.name for node in convolutions if depth[node.input[1]] * groups[node.name] > 3 and node.input[1] not in first],
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )  # fmt: skip


def images_of(pictures: list[np.ndarray], side: int) -> np.ndarray:
    return np.stack([resize_whole(picture, (side, side)) for picture in pictures]).astype(np.float32)


def scores(path: Path, sets: dict[str, tuple[np.ndarray, np.ndarray, int]]) -> dict[str, dict[str, float]]:
    """name -> (images, truth, number of classes) -> accuracy, macro-F1, UAR of the stored network."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = {}
    for name, (images, truth, classes) in sets.items():
        said = np.concatenate([session.run(["probabilities"], {"image": images[k : k + 64]})[0] for k in range(0, len(images), 64)])
        table = class_scores(confusion_matrix(truth, said[:, :classes].argmax(1), classes))
        found[name] = {key: float(table[key]) for key in ("accuracy", "macroF1", "uar")}
    return found


def int8_form(
    folder: Path, training: list[np.ndarray], tests: dict[str, tuple[list[np.ndarray], np.ndarray, int]], floats: int = 0
) -> dict[str, Any] | None:
    """Writes model-int8.onnx and check-int8.json beside `folder`/model.onnx; figures of both forms, or nothing where int8 costs too
    much. `training`: pictures to take ranges from; `tests`: name -> (pictures, truth, number of classes)."""
    path, out = folder / "model.onnx", folder / "model-int8.onnx"
    side = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).get_inputs()[0].shape[2]
    random = np.random.default_rng(0)
    chosen = [training[k] for k in random.permutation(len(training))[:FACES]]
    quantise(path, images_of(chosen, side), out, floats)
    sets = {name: (images_of(pictures, side), truth, classes) for name, (pictures, truth, classes) in tests.items()}
    before, after = scores(path, sets), scores(out, sets)
    if max(before[name]["accuracy"] - after[name]["accuracy"] for name in sets) > MOST_LOST:
        out.unlink()
        return None
    one = {"image": next(iter(sets.values()))[0][:1]}
    write_json(folder / "check-int8.json", check_of(out, {name: value.astype(np.uint8) for name, value in one.items()}))
    return {"float": before, "int8": after, "bytes": out.stat().st_size, "time": {"float": milliseconds(path, one), "int8": milliseconds(out, one)}}


def check_of(path: Path, inputs: dict[str, np.ndarray]) -> dict[str, Any]:
    """A stored input and what this processor makes of it."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {name: value.astype(np.float32) for name, value in inputs.items()})))
    stored = {"inputs": inputs, "outputs": outputs}
    return {part: {name: encode(value) for name, value in arrays.items()} for part, arrays in stored.items()} | {"tolerance": TOLERANCE}


def write_row(card: Path, figures: dict[str, Any]) -> None:
    """The int8 form's row in the card's table of figures."""
    lines = [line for line in card.read_text().split("\n") if not line.startswith("| on the cpu, int8")]
    size = next(i for i, line in enumerate(lines) if line.startswith("| size |"))
    fer, raf = figures["int8"]["ferplus"], figures["int8"]["rafdb"]
    was, now = (figures["time"][form]["medianMs"] for form in ("float", "int8"))
    lines.insert(
        size + 1,
        f"| on the cpu, int8: accuracy FER+, RAF-DB; macro-F1 RAF-DB; time of a face; size | {fer['accuracy']:.3f}, {raf['accuracy']:.3f}; {raf['macroF1']:.3f}; "
        f"{now:.2f} ms (float {was:.2f} in the same minute); {figures['bytes'] / 1e6:.2f} MB |",
    )
    card.write_text("\n".join(lines))
