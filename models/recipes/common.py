"""What every recipe shares: geometry of crops, seeds, splits, export and the manifest.

The geometry is the one of models/README.md; daemon/vision/crop.ts writes it a second time and
test/golden/crop.json holds the two together. Intervals, calibration and curves are in measures.py.
"""

import base64
import contextlib
import csv
import hashlib
import json
import math
import os
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import absent

# ONNX Runtime sends a device id to its vendor unless this is set before its first session.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

MODELS = Path(__file__).resolve().parent.parent
LEFT_BY_A_CRASH = 3600  # seconds

INTENDED_USE = (
    "For research and annotation. The EU AI Act (Art. 5(1)(f)) bans inferring emotions at work and in "
    "education except for medical or safety reasons. A score is never a readout of what a person feels. "
    "Do not use it to identify, rank, hire, grade, police or diagnose people."
)


# Geometry ------------------------------------------------------------------------------------


def samples_per_pixel(scale):
    """Samples along one axis of an output pixel that covers `scale` source pixels."""
    return int(min(4, max(1, math.floor(scale + 0.5))))


def as_rgb(image):
    """Float32 [h, w, 3]; a grey picture has R = G = B, an alpha channel is dropped."""
    image = np.asarray(image)
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.shape[2] == 1:
        image = np.repeat(image, 3, axis=2)
    return image[:, :, :3].astype(np.float32)


def bilinear(image, x, y):
    """Colours of `image` [h, w, 3] at continuous points; outside, the edge is repeated."""
    height, width = image.shape[:2]
    x = np.clip(x - 0.5, 0, width - 1)
    y = np.clip(y - 0.5, 0, height - 1)
    x0 = np.floor(x).astype(np.int64)
    y0 = np.floor(y).astype(np.int64)
    x1 = np.minimum(x0 + 1, width - 1)
    y1 = np.minimum(y0 + 1, height - 1)
    fx = (x - x0)[..., None].astype(np.float32)
    fy = (y - y0)[..., None].astype(np.float32)
    top = image[y0, x0] * (1 - fx) + image[y0, x1] * fx
    bottom = image[y1, x0] * (1 - fx) + image[y1, x1] * fx
    return top * (1 - fy) + bottom * fy


def _sample_grid(size, n_x, n_y):
    """Positions, in output pixels, of the n_x * n_y samples of every output pixel: u [W*n_x], v [H*n_y]."""
    width, height = size
    u = (np.arange(width * n_x) + 0.5) / n_x
    v = (np.arange(height * n_y) + 0.5) / n_y
    return u, v


def _mean_samples(values, size, n_x, n_y):
    """Mean of the samples of each pixel: [H*n_y, W*n_x, 3] -> [3, H, W]."""
    width, height = size
    values = values.reshape(height, n_y, width, n_x, 3).mean(axis=(1, 3), dtype=np.float64)
    return np.ascontiguousarray(values.transpose(2, 0, 1)).astype(np.float32)


def crop(image, cx, cy, side, roll, size):
    """Crop `size` = (W, H) around (cx, cy), `side` source pixels wide, turned by `roll` radians.

    Returns float32 RGB 0..255, [3, H, W].
    """
    image = as_rgb(image)
    width, height = size
    n = samples_per_pixel(side / width)
    u, v = _sample_grid(size, n, n)
    dx = side * (u / width - 0.5)[None, :]
    dy = side * ((v / height - 0.5) * height / width)[:, None]
    cos, sin = math.cos(roll), math.sin(roll)
    return _mean_samples(bilinear(image, cx + cos * dx - sin * dy, cy + sin * dx + cos * dy), size, n, n)


def resize_whole(image, size):
    """The whole picture as the crop: each axis with its own scale and number of samples. [3, H, W]"""
    image = as_rgb(image)
    width, height = size
    scale_x, scale_y = image.shape[1] / width, image.shape[0] / height
    n_x, n_y = samples_per_pixel(scale_x), samples_per_pixel(scale_y)
    u, v = _sample_grid(size, n_x, n_y)
    x, y = np.broadcast_arrays(u[None, :] * scale_x, v[:, None] * scale_y)
    return _mean_samples(bilinear(image, x, y), size, n_x, n_y)


def letterbox(image, size):
    """The picture scaled to fit `size`, centred, the rest 0.

    Returns ([3, H, W], scale, left, top): source point p lies at scale * p + (left, top). A pixel belongs
    to the picture if its centre does.
    """
    image = as_rgb(image)
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    left, top = (width - scale * image.shape[1]) / 2, (height - scale * image.shape[0]) / 2
    n = samples_per_pixel(1 / scale)
    u, v = _sample_grid(size, n, n)
    x, y = np.broadcast_arrays(((u - left) / scale)[None, :], ((v - top) / scale)[:, None])
    out = _mean_samples(bilinear(image, x, y), size, n, n)
    centre_x, centre_y = np.arange(width) + 0.5, np.arange(height) + 0.5
    inside_x = (centre_x >= left) & (centre_x < width - left)
    inside_y = (centre_y >= top) & (centre_y < height - top)
    return out * (inside_y[:, None] & inside_x[None, :]), scale, left, top


def face_square(landmarks) -> tuple[float, float, float, float]:
    """(cx, cy, side, roll) of 68 landmarks [68, 2]."""
    points = np.asarray(landmarks, np.float64).reshape(68, 2)
    right, left = points[36:42].mean(0), points[42:48].mean(0)
    roll = math.atan2(left[1] - right[1], left[0] - right[0])
    cos, sin = math.cos(roll), math.sin(roll)
    turned = points @ np.array([[cos, -sin], [sin, cos]])  # R(-roll) applied to each row
    low, high = turned.min(0), turned.max(0)
    mx, my = (low + high) / 2
    return cos * mx - sin * my, sin * mx + cos * my, float((high - low).max()), roll


def task_crop(square, crop_scale, offset=(0.0, 0.0)) -> tuple[float, float, float, float]:
    """(cx, cy, side, roll) of a task's crop from the face square."""
    cx, cy, side, roll = square
    cos, sin = math.cos(roll), math.sin(roll)
    dx, dy = offset[0] * side, offset[1] * side
    return cx + cos * dx - sin * dy, cy + sin * dx + cos * dy, crop_scale * side, roll


def aligned_crop(landmarks, places) -> tuple[float, float, float, float]:
    """(cx, cy, side, roll) of the crop in which landmarks [68, 2] lie as nearly as they can (least squares) where `places` [51, 2] says of
    the points 17 to 67, in fractions of the crop."""
    inner, places = np.asarray(landmarks, np.float64).reshape(68, 2)[17:], np.asarray(places, np.float64)
    one, none = np.ones(len(places)), np.zeros(len(places))
    rows = np.concatenate([np.stack([places[:, 0], -places[:, 1], one, none], 1), np.stack([places[:, 1], places[:, 0], none, one], 1)])
    cos, sin, dx, dy = np.linalg.lstsq(rows, inner.T.reshape(-1), rcond=None)[0]
    return dx + (cos - sin) / 2, dy + (sin + cos) / 2, float(np.hypot(cos, sin)), float(np.arctan2(sin, cos))


def eye_crop(landmarks, which, crop_scale) -> tuple[float, float, float, float]:
    """(cx, cy, side, roll) of an eye's crop; `which` is "right" (points 36..41) or "left" (42..47).

    Mirroring the left eye is the caller's: crop(...)[:, :, ::-1].
    """
    points = np.asarray(landmarks, np.float64).reshape(68, 2)
    right, left = points[36:42], points[42:48]
    eye = right if which == "right" else left
    corners = float(np.hypot(*(eye[0] - eye[3])))
    inter_ocular = float(np.hypot(*(right.mean(0) - left.mean(0))))
    cx, cy = eye.mean(0)
    return cx, cy, crop_scale * max(corners, 0.5 * inter_ocular / 2.2), face_square(points)[3]


# Seeds and splits ----------------------------------------------------------------------------


def seed_all(seed):
    """Seeds Python, NumPy and PyTorch; returns a NumPy generator."""
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


def check_disjoint(**splits):
    """Raises if a subject is in two splits: check_disjoint(train=ids, valid=ids, test=ids)."""
    names = list(splits)
    groups = {name: set(splits[name]) for name in names}
    for i, a in enumerate(names):
        if not groups[a]:
            raise ValueError(f"split {a} is empty")
        for b in names[i + 1 :]:
            shared = groups[a] & groups[b]
            if shared:
                raise ValueError(f"splits {a} and {b} share {len(shared)} subjects, for example {sorted(shared)[:3]}")


# Export --------------------------------------------------------------------------------------


def store_half(path):
    """Stores large weights as float16 with a Cast; the arithmetic stays float32."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "_half")
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def round_to_half(module, **arguments):
    """A copy for inference: batch norms folded into convolutions, and the weights that `half` stores as float16 rounded.

    Measure and export this copy, so that the figures are those of the stored network. `arguments`: arguments of
    `forward` that are fixed, such as `mask=None`.
    """
    from torch import fx
    from torch.fx.experimental.optimization import fuse

    copy = fuse(fx.symbolic_trace(module.eval(), concrete_args=arguments or None), no_trace=True)
    for weight in copy.state_dict().values():
        if weight.dtype.is_floating_point and weight.numel() >= 256:
            weight.copy_(weight.half().float())
    return copy.eval()


def encode(array):
    """An array as check.json holds it."""
    kind = "uint8" if array.dtype == np.uint8 else "float32"
    data = np.ascontiguousarray(array.astype("<f4") if kind == "float32" else array)
    return {"shape": list(array.shape), "type": kind, "base64": base64.b64encode(data.tobytes()).decode()}


def export_onnx(module, inputs, outputs, path, half=False, tolerance=1e-4, opset=17, dynamic=None):
    """Writes `path` and check.json beside it; raises if ONNX and PyTorch differ by more than `tolerance`.

    `inputs`: name -> array [n, ...] (uint8 or float32; the graph takes float32); `outputs`: names in the order
    of the module's outputs. The first axis is dynamic, and so are those that `dynamic` names (input -> {axis: name}).
    With `half`, large weights are stored as float16 (round the module first: `round_to_half`).
    """
    import onnxruntime
    import torch

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    module = module.eval().float().cpu()
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    tensors = tuple(torch.from_numpy(value.astype(np.float32)) for value in arrays.values())
    names = list(arrays)
    axes = {name: {0: "n", **(dynamic or {}).get(name, {})} for name in [*names, *outputs]}
    torch.onnx.export(
        module, tensors, str(path), opset_version=opset, dynamo=False, input_names=names,
        output_names=list(outputs), dynamic_axes=axes,
    )
    if half:
        store_half(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = module(*tensors)
        tripled = module(*(torch.cat([t, t, t]) for t in tensors))
    expected = [e.numpy() for e in (expected if isinstance(expected, (tuple, list)) else [expected])]
    tripled = [e.numpy() for e in (tripled if isinstance(tripled, (tuple, list)) else [tripled])]
    feed = {name: t.numpy() for name, t in zip(names, tensors)}
    for repeat, wanted in ((1, expected), (3, tripled)):
        got = session.run(list(outputs), {k: np.concatenate([v] * repeat) for k, v in feed.items()})
        for name, a, b in zip(outputs, got, wanted):
            worst = float(np.abs(a - b).max())
            if a.shape != b.shape or not worst <= tolerance:
                raise ValueError(f"{path.parent.name}: {name} differs from PyTorch by {worst}, tolerance {tolerance}")
    check = {
        "inputs": {name: encode(value) for name, value in arrays.items()},
        "outputs": {name: encode(value) for name, value in zip(outputs, expected)},
        "tolerance": tolerance,
    }
    write_json(path.parent / "check.json", check)
    return path


def decode(value):
    """An array of check.json."""
    kind = "<f4" if value["type"] == "float32" else np.uint8
    return np.frombuffer(base64.b64decode(value["base64"]), kind).reshape(value["shape"])


# Files ---------------------------------------------------------------------------------------


def write_text(path, text):
    """Writes to a temporary name, then renames."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def save_arrays(path, arrays):
    """Writes `name -> array` as .npz, to a temporary name at first."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.stem + ".part.npz")
    np.savez(temporary, **arrays)
    os.replace(temporary, path)


def write_json(path, value):
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def tensor(name, shape, meaning):
    """A line of a manifest entry's `inputs` or `outputs`."""
    return {"name": name, "type": "float32", "shape": list(shape), "meaning": meaning}


def class_outputs(count):
    """The outputs of a network that gives classes."""
    return [
        tensor("probabilities", ["n", count], "calibrated probabilities"),
        tensor("logits", ["n", count], "logits over the temperature"),
    ]


def _measured(models, file):
    data = (Path(models) / file).read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


@contextlib.contextmanager
def locked(path):
    """Nobody else is within it meanwhile, on any system: whoever made the file is in. One that is an hour old was left by a crash."""
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except (FileExistsError, PermissionError):
            # Windows refuses a file that is just being removed.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > LEFT_BY_A_CRASH:
                    path.unlink(missing_ok=True)
            if not os.access(path.parent, os.W_OK):
                raise
            time.sleep(0.05)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def register(entry, models=MODELS):
    """Merges `entry` (all of a manifest entry but sha256 and bytes, also those of its `cpu`) into manifest.json, sorted by id.

    A new default of a task takes the flag from the old one.
    """
    manifest = Path(models) / "manifest.json"
    complete = {**entry, **_measured(models, entry["file"])}
    if "cpu" in entry:
        complete["cpu"] = {**entry["cpu"], **_measured(models, entry["cpu"]["file"])}
    for key in ("card", "figures", "check"):
        if not (Path(models) / entry[key]).is_file():
            raise FileNotFoundError(f"{entry['id']}: {key} {entry[key]} is missing")
    with locked(Path(models) / ".manifest.lock"):
        known = json.loads(manifest.read_text())["models"] if manifest.exists() else []
        others = [m for m in known if m["id"] != entry["id"]]
        if complete["default"]:
            others = [{**m, "default": False} if m["task"] == entry["task"] else m for m in others]
        ordered = sorted([*others, complete], key=lambda m: m["id"])
        write_json(manifest, {"version": 1, "models": ordered})
    return complete


def adopt(folder, models=MODELS):
    """Takes the networks of an OUT folder into `models`: their folders and manifest entries, the weights as float16 where that changes
    nothing (halve.py). Returns their ids."""
    from halve import halve

    taken = json.loads((Path(folder) / "manifest.json").read_text())["models"]
    for entry in taken:
        shutil.copytree(Path(folder) / entry["id"], Path(models) / entry["id"], dirs_exist_ok=True)
        if entry["role"] != "external":
            halve(Path(models) / entry["file"], Path(models) / entry["check"])
        register({key: value for key, value in entry.items() if key not in ("sha256", "bytes")}, models)
    return [entry["id"] for entry in taken]


def write_card(path, title, summary, data, licence, split, figures, inputs, outputs, comparison, recipe, limits=""):
    """Writes card.md. `figures` is a list of (name, value with its interval) or ready Markdown."""
    if not isinstance(figures, str):
        rows = "\n".join(f"| {name} | {value} |" for name, value in figures)
        figures = f"| figure | value (95 % interval) |\n|---|---|\n{rows}"
    sections = [
        ("Data", data), ("Licence of data and weights", licence), ("Split", split), ("Figures", figures),
        ("Inputs", inputs), ("Outputs", outputs), ("Compared with the sibling network", comparison),
        ("Known limits", limits), ("Who is not in the data", absent.ABSENT.get(Path(path).parent.name, absent.OWN)), ("What it must not be used for", INTENDED_USE), ("How to repeat", recipe),
    ]
    body = "\n\n".join(f"## {name}\n\n{text.strip()}" for name, text in sections if text)
    write_text(path, f"# {title}\n\n{summary.strip()}\n\n{body}\n")


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes rows that have the same columns as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
