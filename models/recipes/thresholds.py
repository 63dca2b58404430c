"""Where the limits of presence and of a gaze that is away lie: shares of right and of false answers for each limit, measured on people whom the
networks never saw, as the tables of models/THRESHOLDS.md.

Run: python thresholds.py DATA CACHE. DATA holds landmarks300w_train.zip, ict_facekit.npz, lfw_A-H.zip and mpiigaze_p00.zip; renders are
kept in CACHE. Those of voice and quality are measured by test/eval/voiceActivity.ts and test/eval/faceQuality.ts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import marked_faces
from chain import Network, find_landmarks
from common import MODELS, crop, face_square, task_crop
from eye_renders import eyes
from gaze import SIZE, VALID_SEED, centre, real_patches
from measures import cluster_bootstrap
from runner import SHARED, Run

VALID = 2000
SEED = 3


def with_interval(share: np.ndarray, cluster: Sequence[str]) -> str:
    low, high = cluster_bootstrap(lambda i: share[i].mean(), cluster, draws=500)
    return f"{share.mean():.4f} ({low:.4f} to {high:.4f})"


def table(title: str, limits: Sequence[float], columns: dict[str, tuple[np.ndarray, Sequence[str]]], unit: str = "") -> None:
    """`columns`: what is counted -> for each limit and case whether it is so [limits, n], and the cluster of each case."""
    print(f"\n{title}\n\n| limit | " + " | ".join(f"{name} (n = {cases.shape[1]})" for name, (cases, _) in columns.items()) + " |")
    print("|---|" + "---|" * len(columns))
    for row, limit in enumerate(limits):
        print(f"| {limit}{unit} | " + " | ".join(with_interval(cases[row], cluster) for cases, cluster in columns.values()) + " |")


def presence(run: Run) -> None:
    """Faces of pictures that are not in training, from squares as unsure as a detector's, and squares beside every face that is marked."""
    random = np.random.default_rng(SEED)
    network = Network(MODELS, "landmarks")
    faces = [face for face in marked_faces.read(run.unpacked("landmarks300w_train.zip")) if marked_faces.part_of(face) == "test"]
    of_source: dict[str, list[marked_faces.Marked]] = {}
    for face in faces:
        of_source.setdefault(face.source, []).append(face)

    def read(picture: np.ndarray, square: tuple[float, float, float, float]) -> float:
        """As readFoundFace of the product: the presence in the square of the first reading's points."""
        cx, cy, side, roll = task_crop(face_square(find_landmarks(network, picture, square, rounds=1)), network.settings["cropScale"])
        image = crop(picture, cx, cy, side, roll, network.size)
        return float(network.session.run(["presence"], {"image": image[None].astype(np.float32)})[0][0, 0])

    def covered(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The face grey from the nose down."""
        out, (x, y, side, _) = picture.copy(), face_square(points)
        out[int(max(0, points[30, 1])) : int(max(0, y + side)), int(max(0, x - side)) : int(max(0, x + side))] = 128
        return out

    def soft(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """As blurred as a face of 16 pixels is when it is enlarged."""
        height, width = picture.shape[:2]
        share = min(1.0, 16 / face_square(points)[2])
        small = Image.fromarray(picture).resize((max(1, round(width * share)), max(1, round(height * share))), Image.Resampling.BOX)
        return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))

    found: list[float] = []
    hard: dict[str, list[float]] = {"covered from the nose down": [], "of 16 pixels": []}
    empty: list[float] = []
    sources: list[str] = []
    empty_sources: list[str] = []
    for source, shown in of_source.items():
        for face in shown:
            picture = face.picture()
            cx, cy, side, roll = face_square(face.points)
            moved = random.normal(0, 0.06, 2) * side
            unsure = (cx + moved[0], cy + moved[1], side * np.exp(random.normal(0, 0.1)), roll + random.normal(0, 0.1))
            found.append(read(picture, unsure))
            for values, make in zip(hard.values(), (covered, soft)):
                values.append(read(make(picture, face.points), unsure))
            sources.append(source)
            height, width = picture.shape[:2]
            for _ in range(20):
                x, y, other = random.uniform(0, width), random.uniform(0, height), side * np.exp(random.uniform(-1.5, 0.3))
                if all(np.abs(face_square(one.points)[:2] - np.array([x, y])).max() > (face_square(one.points)[2] + other) / 2 for one in shown):
                    empty.append(read(picture, (x, y, other, random.normal(0, 0.2))))
                    empty_sources.append(source)
                    break
    limits = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
    at = np.array(limits)[:, None]
    table("Presence: 300-W, pictures not in training; squares beside the marked faces may hold a face that nobody marked", limits,
          {"faces kept": (np.array(found) >= at, sources), **{f"faces {name}, kept": (np.array(values) >= at, sources) for name, values in hard.items()}, "squares beside faces taken for a face": (np.array(empty) >= at, empty_sources)})  # fmt: skip


def away(run: Run) -> None:
    network = Network(MODELS, "gaze")
    rendered = eyes(run, VALID, VALID_SEED)
    pictures = centre(torch.from_numpy(rendered["image"])).numpy()
    patches, looks = real_patches(run.needs("mpiigaze_p00.zip"))
    assert patches.shape[2:] == SIZE[::-1]
    said, real = (np.degrees(np.concatenate([network(x[k : k + 100]) for k in range(0, len(x), 100)])) for x in (pictures, patches))
    truth = np.degrees(rendered["gaze"])
    person = [str(identity) for identity in rendered["identity"]]
    seen = rendered["openness"] > 0.08
    screen = seen & (np.abs(truth[:, 1]) <= 17) & (truth[:, 0] <= 2) & (truth[:, 0] >= -20)
    chosen = lambda rows: [name for name, kept in zip(person, rows) if kept]
    groups = np.arange(len(looks)) // 50  # one person: patches of a day lie together
    for name, axis, sign, limits, off in (
        ("Away, sideways", 1, 0, [15, 20, 25, 30, 35], seen & (np.abs(truth[:, 1]) >= 35)),
        ("Away, up", 0, 1, [8, 12, 15, 18, 22, 26], seen & (truth[:, 0] >= 26)),
        ("Away, down", 0, -1, [20, 25, 30, 35], seen & (truth[:, 0] <= -35)),
    ):
        value = lambda angles: np.abs(angles[:, axis]) if sign == 0 else sign * angles[:, axis]
        over = lambda angles: value(angles)[None] > np.array(limits)[:, None]
        beyond = {0: "35 degrees sideways", 1: "26 up", -1: "35 down"}[sign]
        table(f"{name}: one eye", limits, {
            "renders that look at a screen called away": (over(said[screen]), chosen(screen)),
            f"renders that look at least {beyond} called away": (over(said[off]), chosen(off)),
            "p00's looks at a screen called away": (over(real), [str(group) for group in groups]),
        }, " degrees")  # fmt: skip


def main() -> None:
    data, cache = Path(sys.argv[1]), Path(sys.argv[2])
    run = Run("thresholds", data, cache, {**SHARED, "cache": str(cache)}, print)
    presence(run)
    away(run)


if __name__ == "__main__":
    main()
