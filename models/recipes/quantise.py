"""Int8 for a network of pictures: what the cpu runs in place of the float weights (`cpu` in the manifest).

    python quantise.py expression-compact DATA --raf RAFDB_FOLDER

Convolutions compute in whole numbers of 7 bits (of 8, sums would overflow on processors without VNNI). Ranges of
activations are those of faces of training, but for one in 100,000 values. Measures both forms on the test parts of FER+
and RAF-DB, and refuses int8 that costs half a point of accuracy on either.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import ferplus
import rafdb
from classification import milliseconds
from common import MODELS, encode, register, resize_whole, write_json
from measures import class_scores, confusion_matrix

FACES = 600
PERCENTILE = 99.999
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


def quantise(path: Path, images: np.ndarray, out: Path) -> None:
    """`path` (float weights) with its convolutions in int8, at `out`; those of the picture itself stay as they are.

    images: float32 [n, 3, h, w], from which the ranges of the activations are taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = Path(folder) / "plain.onnx", Path(folder) / "ready.onnx"
        onnx.save(as_float32(onnx.load(path)), plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        graph = onnx.load(ready).graph
        depth = {weight.name: weight.dims[1] for weight in graph.initializer if len(weight.dims) == 4}
        quantize_static(
            str(ready), str(out), Faces(images), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            nodes_to_quantize=[node.name for node in graph.node if node.op_type == "Conv" and depth[node.input[1]] > 3],
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile, extra_options={"CalibPercentile": PERCENTILE},
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("id")
    parser.add_argument("data", type=Path)
    parser.add_argument("--raf", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    known = json.loads((options.models / "manifest.json").read_text())["models"]
    entry = next(model for model in known if model["id"] == options.id)
    folder, path = options.models / options.id, options.models / entry["file"]
    side = entry["inputs"][0]["shape"][2]
    fer_train, _, fer_test, _ = ferplus.splits(options.data / "ferplus")
    raf_train, _, raf_test = rafdb.splits(options.raf)
    random = np.random.default_rng(0)
    chosen = [pixels[i] for pixels in (fer_train.pixels, raf_train.pixels) for i in random.choice(len(pixels), FACES // 2, replace=False)]
    out = folder / "model-int8.onnx"
    quantise(path, images_of(chosen, side), out)
    sets = {
        "ferplus": (images_of(list(fer_test.pixels), side), fer_test.majority, 8),
        "rafdb": (images_of(list(raf_test.pixels), side), raf_test.label, 7),
    }
    before, after = scores(path, sets), scores(out, sets)
    lost = {name: before[name]["accuracy"] - after[name]["accuracy"] for name in sets}
    print(json.dumps({"float": before, "int8": after}))
    if max(lost.values()) > MOST_LOST:
        out.unlink()
        raise SystemExit(f"int8 costs too much accuracy: {lost}")
    one = {"image": sets["ferplus"][0][:1]}
    write_json(folder / "check-int8.json", check_of(out, {name: value.astype(np.uint8) for name, value in one.items()}))
    figures = json.loads((folder / "figures.json").read_text())
    figures["int8"] = {"float": before, "int8": after, "bytes": out.stat().st_size, "time": {"float": milliseconds(path, one), "int8": milliseconds(out, one)}}
    write_json(folder / "figures.json", figures)
    register(entry | {"cpu": {"file": f"{options.id}/model-int8.onnx", "check": f"{options.id}/check-int8.json"}}, options.models)
    write_row(folder / "card.md", figures["int8"])


def check_of(path: Path, inputs: dict[str, np.ndarray]) -> dict:
    """A stored input and what this processor makes of it."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {name: value.astype(np.float32) for name, value in inputs.items()})))
    stored = {"inputs": inputs, "outputs": outputs}
    return {part: {name: encode(value) for name, value in arrays.items()} for part, arrays in stored.items()} | {"tolerance": TOLERANCE}


def write_row(card: Path, figures: dict) -> None:
    """The int8 form's row in the card's table of figures."""
    lines = [line for line in card.read_text().split("\n") if not line.startswith("| on the cpu, int8")]
    size = next(i for i, line in enumerate(lines) if line.startswith("| size |"))
    fer, raf = figures["int8"]["ferplus"], figures["int8"]["rafdb"]
    was, now = (figures["time"][form]["medianMs"] for form in ("float", "int8"))
    lines.insert(
        size + 1,
        f"| on the cpu, int8 (quantise.py): accuracy FER+, RAF-DB; macro-F1 RAF-DB; time of a face; size | {fer['accuracy']:.3f}, {raf['accuracy']:.3f}; {raf['macroF1']:.3f}; "
        f"{now:.2f} ms (float {was:.2f} in the same minute); {figures['bytes'] / 1e6:.2f} MB |",
    )
    card.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
