"""Does the expression network hold on faces that our own detector finds in larger colour pictures?

    python expression_wild.py DATA LABELS.npz [--faces 600]

FER+ test faces are laid over the heads of LFW pictures: enlarged to the size of that head, turned with it, tinted with
its mean colour, their border faded out, the whole picture then scaled at random. Detector, landmarks and crop are the
committed networks. A face that is not found counts as an error; the same faces taken as they are give the reference.
The figures are merged into figures.json and the card of expression-compact. LABELS.npz comes from teachers.py.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

import boxes
import ferplus
from chain import Network, find_landmarks
from classification import DRAWS, figures_of, paired_difference
from common import MODELS, as_rgb, crop, face_square, resize_whole, task_crop, write_json, write_text
from expression import CROP_SCALE, OFFSET

FADE = 0.12  # share of the face's side over which its border fades into the picture
MARKER = "## Faces found in larger colour pictures"


def lay_over(picture: np.ndarray, landmarks: np.ndarray, face: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The picture with the FER+ face over its head, and the four corners of that face in it."""
    cx, cy, side, roll = task_crop(face_square(landmarks), CROP_SCALE, OFFSET)
    cos, sin = np.cos(roll), np.sin(roll)
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * side @ np.array([[cos, sin], [-sin, cos]]) + [cx, cy]
    height, width = picture.shape[:2]
    # OpenCV's pixel centres lie on whole numbers.
    frame = np.array([[0, 0], [ferplus.SIDE, 0], [ferplus.SIDE, ferplus.SIDE]], np.float32) - 0.5
    matrix = cv2.getAffineTransform(frame, (corners[:3] - 0.5).astype(np.float32))
    border = cv2.BORDER_REPLICATE
    grey = cv2.warpAffine(face.astype(np.float32), matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=border)
    fade = np.minimum(1, np.minimum(np.arange(ferplus.SIDE) + 0.5, ferplus.SIDE - 0.5 - np.arange(ferplus.SIDE)) / (FADE * ferplus.SIDE))
    mask = cv2.warpAffine(np.minimum(fade[:, None], fade[None]).astype(np.float32), matrix, (width, height))[..., None]
    covered = picture[mask[..., 0] > 0.5].reshape(-1, 3).astype(np.float32).mean(0)
    tint = covered / max(float(covered @ [0.299, 0.587, 0.114]), 1)
    coloured = np.clip(grey, 0, 255)[..., None] * tint * random.uniform(0.8, 1.1)
    out = picture * (1 - mask) + np.clip(coloured, 0, 255) * mask
    zoom = random.uniform(0.6, 2)
    size = (round(width * zoom), round(height * zoom))
    resized = cv2.resize(out, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    return np.clip(resized, 0, 255).astype(np.uint8), corners * zoom


def square_from_box(box: np.ndarray, points: np.ndarray | None, settings: dict) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    longer, place = max(x2 - x1, y2 - y1), settings["toFaceSquare"]
    roll = 0.0 if points is None else float(np.arctan2(*(points[1] - points[0])[::-1]))
    return (x1 + x2) / 2 + place["dx"] * longer, (y1 + y2) / 2 + place["dy"] * longer, place["scale"] * longer, roll


def find(detector: Network, landmarks: Network, picture: np.ndarray, corners: np.ndarray) -> np.ndarray | None:
    """Landmarks of the face found on the laid-over one; none where no found box is centred on it."""
    settings = detector.settings
    found, _, points = boxes.detect(detector.session, picture, detector.size[0], settings["scoreThreshold"], settings["overlapLimit"])
    middle, reach = corners.mean(0), np.linalg.norm(corners[0] - corners[1]) / 3
    for at, box in enumerate(found):
        centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        if np.linalg.norm(centre - middle) < reach:
            square = square_from_box(box, None if points is None else points[at], settings)
            return find_landmarks(landmarks, picture, square)
    return None


def measure(options: argparse.Namespace) -> dict:
    random = np.random.default_rng(9)
    detector, landmarks, expression = (Network(options.models, task) for task in ("face", "landmarks", "expression"))
    settings = expression.settings
    _, _, test, _ = ferplus.splits(options.data / "ferplus")
    labels = np.load(options.labels)
    pictures = boxes.pictures_beside(options.labels)
    index = {str(name): at for at, name in enumerate(labels["all_names"])}
    heads = [at for at in np.flatnonzero(labels["good"]) if boxes.split_of(boxes.person_of(str(labels["names"][at]))) == "test"]
    chosen = random.choice(np.flatnonzero(test.majority < 7), options.faces, replace=False)
    through, direct, found = [], [], []
    for at in chosen:
        head = random.choice(heads)
        name = str(labels["names"][head])
        picture, corners = lay_over(np.asarray(pictures[index[name]]), labels["landmarks"][head], test.pixels[at], random)
        direct.append(expression(resize_whole(test.pixels[at], expression.size)[None])[0])
        shape = find(detector, landmarks, picture, corners)
        found.append(shape is not None)
        if shape is None:
            through.append(np.full(8, 1 / 8))
            continue
        place = task_crop(face_square(shape), settings["cropScale"], settings.get("offset", (0, 0)))
        through.append(expression(crop(as_rgb(picture), *place, size=expression.size)[None])[0])
    truth, got, kept = test.majority[chosen], np.array(through), np.array(found)
    direct_scores = np.array(direct)
    right = (got.argmax(1) == truth) & kept
    low, high = np.percentile([right[np.random.default_rng([2, d]).integers(0, len(right), len(right))].mean() for d in range(DRAWS)], [2.5, 97.5])
    return {
        "n": len(truth),
        "missed": int((~kept).sum()),
        "accuracyMissesAsErrors": float(right.mean()),
        "accuracyMissesAsErrorsInterval": [float(low), float(high)],
        "found": figures_of(got[kept], truth[kept], ferplus.LABELS),
        "sameFacesAsTheyAre": figures_of(direct_scores, truth, ferplus.LABELS),
        "difference": paired_difference(direct_scores.argmax(1) == truth, right),
        "networks": {net.entry["task"]: net.entry["id"] for net in (detector, landmarks, expression)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--faces", type=int, default=600)
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    figures = measure(options)
    folder = options.models / "expression-compact"
    stored = json.loads((folder / "figures.json").read_text())
    write_json(folder / "figures.json", stored | {"wild": figures})
    low, high = figures["accuracyMissesAsErrorsInterval"]
    change, same = figures["difference"], figures["sameFacesAsTheyAre"]
    text = (
        f"{MARKER}\n\n{figures['n']} FER+ test faces (without contempt) laid over the heads of LFW pictures of people the detector and the landmark "
        "network have not seen: tinted, turned, scaled; found, landmarked and cropped by the committed networks "
        f"({', '.join(figures['networks'].values())}).\n\n| figure | value (95 % interval) |\n|---|---|\n"
        f"| faces missed by the detector | {figures['missed']} of {figures['n']} |\n"
        f"| accuracy, a miss is an error | {figures['accuracyMissesAsErrors']:.3f} ({low:.3f} to {high:.3f}) |\n"
        f"| accuracy of the found faces | {figures['found']['accuracy']:.3f} |\n"
        f"| ECE of the found faces | {figures['found']['ece']:.3f} |\n"
        f"| the same faces as FER+ cuts them | {same['accuracy']:.3f} |\n"
        f"| paired difference, misses as errors | {change['difference']:+.3f} ({change['interval'][0]:+.3f} to {change['interval'][1]:+.3f}) |\n\n"
        "How to repeat: `python models/recipes/expression_wild.py DATA LABELS.npz`.\n"
    )
    card = (folder / "card.md").read_text().split(MARKER)[0].rstrip()
    write_text(folder / "card.md", f"{card}\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
