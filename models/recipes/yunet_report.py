"""Measures detectors on faces that people marked, on LFW and on pictures without a face, and publishes YuNet.

No teacher is asked: a detector cannot be judged by its own answers. The truth is
- 300-W: the points that people set. A detection is right if the face square that it gives overlaps the square of the points;
- sheets: 300-W test faces laid over face-free pictures at 4 to 20 % of the sheet's longer side, like a photograph of a group;
- LFW: the face in the middle, which the file's name is of; a box there must be centred on it;
- pictures without a face: frames of a clip and crops of walls and streets; whatever is found there is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from PIL import Image

import boxes as B
import common
import made_up
import marked_faces
import yunet
from face_report import milliseconds, one_thread, store_check
from measures import wilson
from runner import Failure, Recipe, Run

LONGER = 640  # pixels of the longer side that is searched
MOST_ENLARGED = 2.0
OVERLAP_LIMIT = 0.3
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SIZES = ((0.03, 0.05), (0.05, 0.08), (0.08, 0.13), (0.13, 0.21))


def searched_size(width: int, height: int, longer: int = LONGER) -> tuple[int, int]:
    """Input of a detector of any size: the picture's longer side at `longer` pixels, enlarged at most twice; multiples of 32."""
    scale = min(longer / max(width, height), MOST_ENLARGED)

    def rounded(side: int) -> int:
        return max(32, int(np.ceil(side * scale / 32 - 1e-9)) * 32)

    return rounded(width), rounded(height)


class Detector:
    """A detector of the manifest (fixed square input), or YuNet at `longer`."""

    def __init__(self, path: Path, size: int | None = None, longer: int = LONGER) -> None:
        self.session, self.size, self.longer = one_thread(path), size, longer

    def __call__(self, picture: np.ndarray, threshold: float = 0.2):
        height, width = picture.shape[:2]
        if self.size is not None:
            return B.detect(self.session, picture, self.size, threshold, OVERLAP_LIMIT)
        inner, outer = searched_size(width, height, self.longer)
        scale = min(inner / width, outer / height)
        left, top = (inner - scale * width) / 2, (outer - scale * height) / 2
        matrix = np.array([[scale, 0, left + 0.5 * scale - 0.5], [0, scale, top + 0.5 * scale - 0.5]])
        source = picture
        if scale < 1:  # averages, as the product's sampler does
            resized = (round(width * scale), round(height * scale))
            source = cv2.resize(picture, resized, interpolation=cv2.INTER_AREA)
            matrix = np.array([[1, 0, left], [0, 1, top]], np.float64)
        image = cv2.warpAffine(source, matrix, (inner, outer), flags=cv2.INTER_LINEAR)
        found, scores, points = self.session.run(["boxes", "scores", "keypoints"], {"image": image.transpose(2, 0, 1)[None].astype(np.float32)})
        sure = np.flatnonzero(scores[0] >= threshold)
        kept = sure[B.remove_overlaps(found[0][sure], scores[0][sure], OVERLAP_LIMIT)] if len(sure) else sure
        boxes = (found[0][kept] - [left, top, left, top]) / scale
        return boxes, scores[0][kept], (points[0][kept].reshape(len(kept), 5, 2) - [left, top]) / scale


def square_of(box: np.ndarray, place: dict) -> np.ndarray:
    """Upright face square [x1, y1, x2, y2] from a box."""
    longer = max(box[2] - box[0], box[3] - box[1])
    cx, cy = (box[0] + box[2]) / 2 + place["dx"] * longer, (box[1] + box[3]) / 2 + place["dy"] * longer
    half = place["scale"] * longer / 2
    return np.array([cx - half, cy - half, cx + half, cy + half])


def true_square(points: np.ndarray) -> np.ndarray:
    cx, cy, side, _ = common.face_square(points)
    return np.array([cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2])


def fit_place(detector: Detector, faces: list[marked_faces.Marked]) -> np.ndarray:
    """[k, 3]: dx, dy, scale from the box around the marked face to its square, in sides of the box."""
    rows = []
    for face in faces:
        found, scores, _ = detector(face.picture(), 0.5)
        middle = face.points[30]
        inside = [b for b in found if b[0] < middle[0] < b[2] and b[1] < middle[1] < b[3]]
        if inside:
            box = inside[0]
            longer = max(box[2] - box[0], box[3] - box[1])
            cx, cy, side, _ = common.face_square(face.points)
            rows.append([(cx - (box[0] + box[2]) / 2) / longer, (cy - (box[1] + box[3]) / 2) / longer, side / longer])
    if not rows:
        raise Failure("The detector found none of the marked faces: is it YuNet, and are these faces?")
    return np.array(rows)


def backgrounds(film: Path, count: int, seed: int) -> list[np.ndarray]:
    """Frames without a face, cut and enlarged: [1067, 1600, 3]."""
    random, out, frames = np.random.default_rng(seed), [], []
    video = cv2.VideoCapture(str(film))
    while True:
        more, frame = video.read()
        if not more:
            break
        frames.append(frame[:, :, ::-1])
    for _ in range(count):
        frame = frames[random.integers(len(frames))]
        h, w = frame.shape[:2]
        share = random.uniform(0.5, 1)
        y, x = random.integers(0, int(h * (1 - share)) + 1), random.integers(0, int(w * (1 - share)) + 1)
        cut = frame[y : y + int(h * share), x : x + int(w * share)]
        out.append(cv2.resize(np.ascontiguousarray(cut), (1600, 1067), interpolation=cv2.INTER_LINEAR))
    return out


def sheets(faces: list[marked_faces.Marked], empty: list[np.ndarray], seed: int = 3) -> list[tuple[np.ndarray, np.ndarray]]:
    """(picture, squares [k, 4]): up to 14 faces a sheet, 4 to 20 % of its longer side, blended in by an oval."""
    random, out = np.random.default_rng(seed), []
    for canvas in empty:
        canvas = canvas.astype(np.float32).copy()
        height, width = canvas.shape[:2]
        squares: list[np.ndarray] = []
        for _ in range(14):
            face = faces[random.integers(len(faces))]
            picture = face.picture().astype(np.float32)
            square = true_square(face.points)
            side = width * np.exp(random.uniform(np.log(0.034), np.log(0.17)))  # the face's own box is about 1.2 times the square
            zoom = side / (square[2] - square[0])
            resized = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
            ph, pw = resized.shape[:2]
            if ph >= height or pw >= width:
                continue
            y, x = random.integers(0, height - ph), random.integers(0, width - pw)
            if any(x < s[2] + 0.4 * side and x + pw > s[0] - 0.4 * side and y < s[3] + 0.4 * side and y + ph > s[1] - 0.4 * side for s in squares):
                continue
            centre = (square[:2] + square[2:]) / 2 * zoom
            yy, xx = np.mgrid[0:ph, 0:pw]
            far = np.hypot((xx - centre[0]) / (0.95 * side), (yy - centre[1] + 0.12 * side) / (1.1 * side))
            mask = np.clip((1 - far) / 0.25, 0, 1)[..., None]
            canvas[y : y + ph, x : x + pw] = canvas[y : y + ph, x : x + pw] * (1 - mask) + resized * mask
            squares.append(square * zoom + [x, y, x, y])
        out.append((canvas.astype(np.uint8), np.array(squares).reshape(-1, 4)))
    return out


def rows_of(detector: Detector, pictures: list[tuple[np.ndarray, np.ndarray]], place: dict) -> tuple[np.ndarray, np.ndarray]:
    """Every detection as (score, right) and every true face as (size of the box over the longer side, best score or 0)."""
    detections, truths = [], []
    for picture, squares in pictures:
        found, scores, _ = detector(picture)
        placed = np.array([square_of(box, place) for box in found]).reshape(-1, 4)
        matched = B.match(placed, scores, squares, np.ones(len(squares), bool))
        detections.append(matched)
        shared = B.overlap(placed, squares) if len(placed) and len(squares) else np.zeros((len(placed), len(squares)))
        for k, square in enumerate(squares):
            hit = scores[shared[:, k] >= 0.5]
            truths.append((1.2 * (square[2] - square[0]) / max(picture.shape[:2]), hit.max() if len(hit) else 0.0))
    return np.concatenate(detections) if detections else np.zeros((0, 2)), np.array(truths)


def lfw_recall(detector: Detector, folder: Path, count: int, threshold: float) -> tuple[int, int, int]:
    """(faces in the middle found, pictures, further detections): the person of the file stands in the middle."""
    files = sorted(folder.rglob("*.jpg"))
    files = files[:: max(1, len(files) // count)][:count]
    hits = others = 0
    for file in files:
        found, _, _ = detector(np.asarray(Image.open(file).convert("RGB")), threshold)
        centres = (found[:, :2] + found[:, 2:]) / 2
        sides = (found[:, 2:] - found[:, :2]).max(1) if len(found) else np.zeros(0)
        good = (np.abs(centres - 125).max(1) < 30) & (sides > 70) & (sides < 190) if len(found) else np.zeros(0, bool)
        hits += bool(good.any())
        others += len(found) - bool(good.any())
    return hits, len(files), others


def measure(detector: Detector, threshold: float, place: dict, marked, sheet, empty, lfw: Path) -> dict:
    single = [(face.picture(), true_square(face.points)[None]) for face in marked]
    _, alone = rows_of(detector, single, place)
    detections, truths = rows_of(detector, sheet, place)
    found, pictures, others = lfw_recall(detector, lfw, 1500, threshold)
    wrong = sum(len(detector(picture, threshold)[0]) for picture in empty)
    hits = int((alone[:, 1] >= threshold).sum())
    out = {
        "threshold": threshold,
        "marked": {"faces": len(alone), "found": hits, "recall": hits / len(alone), "interval": list(wilson(hits, len(alone)))},
        "sheets": {
            "faces": len(truths), "ap50": B.average_precision(detections, len(truths)),
            "recall": float((truths[:, 1] >= threshold).mean()),
            "wrong": int(((detections[:, 0] >= threshold) & (detections[:, 1] == 0)).sum()), "pictures": len(sheet),
            "bySize": [
                {"from": low, "to": high, "faces": int(part.sum()), "recall": float((truths[part, 1] >= threshold).mean())}
                for low, high in SIZES if (part := (truths[:, 0] >= low) & (truths[:, 0] < high)).sum() >= 20
            ],
            "recallAt": {str(t): float((truths[:, 1] >= t).mean()) for t in THRESHOLDS},
            "wrongAt": {str(t): int(((detections[:, 0] >= t) & (detections[:, 1] == 0)).sum()) for t in THRESHOLDS},
        },
        "lfw": {"pictures": pictures, "found": found, "recall": found / pictures, "interval": list(wilson(found, pictures)), "others": others},
        "empty": {"pictures": len(empty), "wrong": wrong},
    }
    return out


def card_of(figures: dict, others: dict[str, dict], place: dict, longer: int) -> tuple[list[tuple[str, str]], str]:
    """Rows of the card's table, and the table beside the other detectors."""
    marked, sheet, lfw = figures["marked"], figures["sheets"], figures["lfw"]
    rows = [
        (f"300-W test, faces marked by people, found ({marked['found']} of {marked['faces']})", f"{marked['recall']:.3f} ({marked['interval'][0]:.3f} to {marked['interval'][1]:.3f})"),
        (f"sheets like photographs of groups, ap50 ({sheet['faces']} faces of 4 to 20 % of {sheet['pictures']} pictures)", f"{sheet['ap50']:.3f}"),
        (f"the same, found at {figures['threshold']}", f"{sheet['recall']:.3f}, {sheet['wrong']} wrong boxes in {sheet['pictures']} pictures"),
        *((f"the same, faces of {100 * s['from']:.0f} to {100 * s['to']:.0f} % of the longer side ({s['faces']})", f"{s['recall']:.3f}") for s in sheet["bySize"]),
        (f"LFW, the person in the middle found ({lfw['found']} of {lfw['pictures']})", f"{lfw['recall']:.3f} ({lfw['interval'][0]:.3f} to {lfw['interval'][1]:.3f})"),
        (f"boxes in {figures['empty']['pictures']} pictures without a face", f"{figures['empty']['wrong']}"),
        ("face square from the box: mean error of the centre, of the side (sides of the box, 300-W test)", f"{figures['toFaceSquareError']['shift']:.3f}, {figures['toFaceSquareError']['scale']:.3f}"),
        *((f"onnxruntime, CPU time on one thread, {name}", f"{ms} ms") for name, ms in figures["msOneThread"].items()),
    ]
    table = ["| detector | found, 300-W | ap50, sheets | found of 5 to 8 % | found, LFW | wrong, no face |", "|---|---|---|---|---|---|"]
    for name, f in others.items():
        small = next((s["recall"] for s in f["sheets"]["bySize"] if s["from"] == 0.05), None)
        table.append(f"| {name} | {f['marked']['recall']:.3f} | {f['sheets']['ap50']:.3f} | {'' if small is None else f'{small:.3f}'} | {f['lfw']['recall']:.3f} | {f['empty']['wrong']} |")
    return rows, "\n".join(table)


def run(run: Run) -> None:
    entry, options = "face-yunet", run.options
    source = run.needs("teachers/yunet_n.onnx")
    if options.verify:
        yunet.verified(source)
    faces = marked_faces.read(run.unpacked("landmarks300w_train.zip"))
    lfw, film, models = run.unpacked("lfw_A-H.zip"), run.needs("video/no_face.mp4"), Path(options.models or common.MODELS)
    common.check_disjoint(**{part: [f.source for f in faces if marked_faces.part_of(f) == part] for part in ("train", "test")})
    train = [f for f in faces if marked_faces.part_of(f) == "train"][:: options.every]
    test = [f for f in faces if marked_faces.part_of(f) == "test"]
    folder = run.out / entry
    folder.mkdir(parents=True, exist_ok=True)
    model = yunet.convert(source)
    worst = yunet.check_against(source, model.SerializeToString(), [f.picture() for f in test[::20]])
    onnx.save(model, str(folder / "model.onnx"))
    empty, sheet = backgrounds(film, options.empty, 1), sheets(test, backgrounds(film, options.sheets, 2))
    detector = Detector(folder / "model.onnx")
    placed, placed_test = fit_place(detector, train), fit_place(detector, test)
    mean = np.median(placed, 0)
    place = dict(zip(("dx", "dy", "scale"), (round(float(v), 4) for v in mean)))
    spread = np.abs(placed_test - mean)
    figures = measure(detector, options.threshold, place, test, sheet, empty, lfw)
    figures["toFaceSquareError"] = {"n": len(spread), "shift": float(np.hypot(*spread[:, :2].T).mean()), "scale": float(spread[:, 2].mean())}
    figures["differenceFromOpenCV"] = worst
    blank = {name: {"image": np.zeros((1, 3, *size), np.float32)} for name, size in (("640x384", (384, 640)), ("640x640", (640, 640)))}
    figures["msOneThread"] = {name: milliseconds(detector.session, feed) for name, feed in blank.items()}
    known = json.loads((models / "manifest.json").read_text())["models"]
    others = {f"{entry}, {LONGER} px": figures}
    for at, longer in enumerate((320, 480)):
        run.progress(at + 1, 0, (at + 1) / 4, figures={"recall": figures["marked"]["recall"], "ap50": figures["sheets"]["ap50"]})
        others[f"{entry}, {longer} px"] = measure(Detector(folder / "model.onnx", None, longer), options.threshold, place, test, sheet, empty, lfw)
    for other in known:
        if other["task"] == "face" and other["id"] != entry:
            settings = other["preprocessing"]
            peer = Detector(models / other["file"], settings["size"][0])
            others[other["id"]] = measure(peer, settings["scoreThreshold"], settings["toFaceSquare"], test, sheet, empty, lfw)
    figures["others"] = {name: f for name, f in others.items() if f is not figures}
    rows, table = card_of(figures, others, place, LONGER)
    run.progress(3, 0, 1, figures={"recall": figures["marked"]["recall"], "ap50": figures["sheets"]["ap50"]})
    picture = cv2.resize(test[0].picture(), (128, 128), interpolation=cv2.INTER_AREA)
    store_check(detector.session, folder, 128, picture)
    outputs: list[dict] = [
        common.tensor("boxes", ["n", "anchors", 4], "x1 y1 x2 y2 of every cell of the three grids, pixels of the input; forehead to chin, as WIDER FACE draws it; not yet thinned"),
        common.tensor("scores", ["n", "anchors"], "geometric mean of class and objectness"),
        common.tensor("keypoints", ["n", "anchors", 10], f"x y of {', '.join(yunet.KEYPOINTS)} (the person's right and left), pixels of the input"),
    ]  # fmt: skip
    licence = {
        "weights": "Apache-2.0 (YuNet, Wu et al. 2023, OpenCV Zoo)",
        "data": "WIDER FACE: published for research without a licence of its own; its pictures come from the web",
    }
    common.write_card(
        folder / "card.md", "YuNet (OpenCV Zoo)",
        "The tiny anchor-free detector YuNet-n (75,856 parameters; Wu, Peng, Yu, YuNet, Machine Intelligence Research 2023) as OpenCV Zoo publishes it, with boxes and five points. "
        f"The weights are unchanged (the file's sha256 is verified); the decoding is inside the graph and agrees with OpenCV's to {worst:.0e} pixels. "
        f"Pictures of any size: the product scales a picture's longer side to {LONGER} pixels (enlarging it at most twice) and pads each side to a multiple of 32.",
        "Trained by its authors on the training part of WIDER FACE: 12,880 web pictures with 159,424 faces of events, crowds, sports, news. Nothing was trained here.",
        f"Weights: {licence['weights']}. Data: {licence['data']}. The licence covers the weights; whether weights inherit conditions of pictures from the web is not settled, and "
        "neither the authors nor we hold rights in those pictures.",
        "300-W faces by a hash of the source picture: a part of 80 % places the face square in the box, 20 % are measured. No teacher is asked, since YuNet would be its own. Sheets: "
        "300-W test faces in ovals over face-free frames. LFW: every file's person stands in the middle, further faces of a picture are not judged. The threshold was chosen on the sheets: see `recallAt` and `wrongAt` in figures.json.",
        rows,
        "`image` [n, 3, height, width]: RGB 0..255, letterboxed; height and width are multiples of 32.",
        "\n".join(f"- `{o['name']}` {o['shape']}: {o['meaning']}." for o in outputs)
        + f"\n\nKeep scores of at least {options.threshold}, then remove overlaps over {OVERLAP_LIMIT}, best first.",
        "All by the protocol above, each at its own threshold:\n\n" + table,
        f"`{run.command}`",
        limits="The sheets are made, not photographed: real groups hide faces behind others and are less sharp. Faces under 3 % of the longer side, upside down, from behind or turned by more than 60 degrees were "
        "not measured. Who is in WIDER FACE is not annotated by age, skin or sex; other studies of detectors find more misses for dark skin, in bad light and for the very old and very young: not measured here. Drawn faces and dolls may be found.",
    )  # fmt: skip
    run.publish({
        "id": entry, "task": "face", "role": "external", "default": True, "title": "YuNet (OpenCV Zoo), 640 px",
        "inputs": [common.tensor("image", ["n", 3, "height", "width"], "RGB 0..255, letterboxed, sides multiples of 32")],
        "outputs": outputs, "labels": [],
        "preprocessing": {"size": [LONGER, LONGER], "scoreThreshold": options.threshold, "overlapLimit": OVERLAP_LIMIT, "toFaceSquare": place, "keypoints": yunet.KEYPOINTS},
        "licence": licence,
    }, figures, curves={})  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    """A network of YuNet's shape that sees a face of 96 pixels in each middle cell."""
    import torch
    from torch import nn

    class Made(nn.Module):
        def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
            out = []
            for part, width in zip(yunet.PARTS, (1, 1, 4, 10)):
                for stride in yunet.STRIDES:
                    cells = torch.nn.functional.avg_pool2d(image, stride)[:, :1].flatten(2).permute(0, 2, 1) * 1e-3
                    level = {"cls": 0.9, "obj": 0.9, "bbox": float(np.log(96 / stride)), "kps": 0.0}[part]
                    out.append(level + 1e-3 * cells.expand(-1, -1, width))
            return out

    made_up.lfw(folder, 1)
    made_up.marked(folder, 9)
    made_up.clip(folder / "video" / "no_face.mp4", face=False)
    path = folder / "teachers" / "yunet_n.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [f"{part}_{stride}" for part in yunet.PARTS for stride in yunet.STRIDES]
    axes = {"input": {0: "n", 2: "h", 3: "w"}, **{name: {0: "n", 1: name} for name in names}}
    torch.onnx.export(
        nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), Made()), (torch.zeros(1, 3, 64, 64),), str(path), opset_version=13, dynamo=False, input_names=["input"], output_names=names,
        dynamic_axes=axes,
    )  # fmt: skip
    return {"verify": False, "sheets": 2, "empty": 2, "every": 1}


RECIPE = Recipe(
    title="YuNet (OpenCV Zoo)", task="face", run=run, smoke=smoke,
    data="The folder holds teachers/yunet_n.onnx, landmarks300w_train.zip, lfw_A-H.zip and video/no_face.mp4.",
    options={"threshold": 0.6, "sheets": 60, "empty": 40, "every": 3, "models": "", "verify": True},
)  # fmt: skip
