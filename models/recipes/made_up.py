"""Tiny made-up data in the layout of the real sets: what the smoke run of each recipe is fed with. Nothing here is of a person.

Faces are those of the cast (models/avatars/cast.jpg), with landmarks where an even face of that frame has them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import avatar_rig as rig
import boxes
import common
import ferplus
import marked_faces
import ravdess

Random = np.random.Generator


def shape68() -> np.ndarray:
    """68 points of an even face in cm, x to the picture's right, y up, 0 below the bridge of the nose: [68, 2]."""
    jaw = [(-7 * np.cos(t), 2 - 9.5 * np.sin(t)) for t in np.linspace(0, np.pi, 17)]
    brow = [(x, 5 + 0.4 * np.sin(k)) for k, x in zip(np.linspace(0, np.pi, 5), np.linspace(-5.6, -1.6, 5))]
    nose = [(0, 3.4), (0, 2.3), (0, 1.2), (0, 0.2)] + [(x, -0.9) for x in np.linspace(-1.4, 1.4, 5)]
    eye = [(-4.6, 3.3), (-3.8, 3.8), (-2.7, 3.8), (-1.9, 3.3), (-2.7, 2.9), (-3.8, 2.9)]
    left = [(-eye[k][0], eye[k][1]) for k in (3, 2, 1, 0, 5, 4)]
    outer = [(-2.4, -3.6), (-1.4, -3.0), (-0.6, -2.8), (0, -2.9), (0.6, -2.8), (1.4, -3.0)]
    outer += [(2.4, -3.6), (1.4, -4.3), (0.6, -4.5), (0, -4.55), (-0.6, -4.5), (-1.4, -4.3)]
    inner = [(-1.9, -3.6), (-0.7, -3.4), (0, -3.4), (0.7, -3.4), (1.9, -3.6), (0.7, -3.8), (0, -3.85), (-0.7, -3.8)]
    return np.array(jaw + brow + [(-x, y) for x, y in reversed(brow)] + nose + eye + left + outer + inner)


def faces(count: int, closed: bool = False) -> list[tuple[np.ndarray, np.ndarray]]:
    """(picture uint8 [128, 128, 3], points [68, 2]) of the cast; with `closed` every third has the points of closed eyes."""
    sheet = np.asarray(Image.open(common.MODELS / "avatars" / "cast.jpg").convert("RGB"))
    out = []
    for k in range(count):
        y, x = k // 8 % (len(sheet) // 128) * 128, k % 8 * 128
        points = shape68() * [1, -1] * 80 / 14 + [64, 70.8]
        if closed and k % 3 == 0:
            for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
                points[upper, 1] = points[lower, 1] - 0.4
        out.append((sheet[y : y + 128, x : x + 128], points))
    return out


def write_zip(path: Path, pictures: Mapping[str, np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, picture in pictures.items():
            data = io.BytesIO()
            Image.fromarray(picture).save(data, "JPEG" if name.endswith(".jpg") else "PNG")
            archive.writestr(name, data.getvalue())


def lfw(folder: Path, people: int = 3) -> None:
    """lfw_A-H.zip with two pictures each of `people` persons of every part, and lfw_labels.npz as teachers.py makes it."""
    names: dict[str, list[str]] = {part: [] for part in ("train", "valid", "test")}
    number = 0
    while min(map(len, names.values())) < people:
        person = f"Nobody_{number:03d}"
        number += 1
        if len(names[boxes.split_of(person)]) < people:
            names[boxes.split_of(person)].append(person)
    files = [f"{person}_{k:04d}.jpg" for part in names.values() for person in part for k in (1, 2)]
    pictures, labels = {}, []
    for file, (face, points) in zip(files, faces(len(files))):
        canvas = np.full((250, 250, 3), 90, np.uint8)
        canvas[61:189, 61:189] = face
        pictures[f"lfw/{file}"] = canvas
        labels.append(points + 61)
    write_zip(folder / "lfw_A-H.zip", pictures)
    count = len(files)
    low = np.array([points.min(0) - [0, 22] for points in labels])
    box = np.concatenate([low, np.array([points.max(0) for points in labels]) - low], 1).astype(np.float32)
    five = np.stack([[p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]] for p in labels]).astype(np.float32)
    common.save_arrays(
        folder / "lfw_labels.npz",
        {
            "names": np.array(files), "landmarks": np.array(labels, np.float32), "boxes": box, "scores": np.full(count, 0.95, np.float32),
            "good": np.ones(count, bool), "all_names": np.array(files), "all_picture": np.arange(count, dtype=np.int32), "all_boxes": box,
            "all_points": five, "all_scores": np.full(count, 0.95, np.float32),
        },
    )  # fmt: skip
    np.save(folder / "lfw_labels.pictures.npy", np.stack([pictures[f"lfw/{file}"] for file in files]))


def marked(folder: Path, count: int = 12, closed: bool = False) -> None:
    """landmarks300w_train/: faces with .pts files, of both parts."""
    inside = folder / "landmarks300w_train" / "helen"
    inside.mkdir(parents=True, exist_ok=True)
    parts = {"train": 0, "test": 0}
    number = 0
    for picture, points in faces(count, closed):
        # A third of them is for testing.
        wanted = "test" if sum(parts.values()) % 3 == 2 else "train"
        while marked_faces.part_of(marked_faces.Marked(f"helen/{number:04d}", inside, points)) != wanted:
            number += 1
        parts[wanted] += 1
        Image.fromarray(np.pad(picture, ((40, 40), (40, 40), (0, 0)), mode="edge")).save(inside / f"{number:04d}_1.jpg")
        rows = "\n".join(f"{x:.3f} {y:.3f}" for x, y in points + 40.5)
        (inside / f"{number:04d}_1.pts").write_text(f"version: 1\nn_points: 68\n{{\n{rows}\n}}\n")
        number += 1


def fer(folder: Path, training: int = 160, testing: int = 24) -> None:
    """ferplus/: noise with the votes of ten taggers."""
    random = np.random.default_rng(0)
    (folder / "ferplus").mkdir(parents=True, exist_ok=True)
    for part, count in (("train", training), ("valid", testing)):
        sheet = random.integers(0, 256, (-(-count // 64) * ferplus.SIDE, 64 * ferplus.SIDE), dtype=np.uint8)
        Image.fromarray(sheet).save(folder / "ferplus" / f"{part}_0.png")
        columns = [*ferplus.VOTE_COLUMNS, *ferplus.REST_COLUMNS]
        rows = [{"index": at, **dict.fromkeys(columns, 0), ferplus.VOTE_COLUMNS[at % 8]: 10} for at in range(count)]
        common.write_table(folder / "ferplus" / f"{part}.csv", rows)


def raf(folder: Path, count: int = 112) -> None:
    """rafdb_train/: noise with one of seven labels."""
    random = np.random.default_rng(1)
    inside = folder / "rafdb_train"
    inside.mkdir(parents=True, exist_ok=True)
    labels = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust"]
    rows = []
    for k in range(count):
        Image.fromarray(random.integers(0, 256, (100, 100, 3), dtype=np.uint8)).save(inside / f"{k}.jpg", quality=60)
        rows.append({"path": f"{k}.jpg", "label": labels[k % 7]})
    common.write_table(inside / "labels.csv", rows)


def voice(random: Random, seconds: float, hertz: float) -> np.ndarray:
    """Harmonics of a pitch, in syllables, with a little noise."""
    t = np.arange(int(seconds * ravdess.RATE)) / ravdess.RATE
    tone = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 12)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * t))
    return (0.1 * tone + 0.002 * random.standard_normal(len(t))).astype(np.float32)


def voices(folder: Path, seconds: float = 0.5) -> None:
    """ravdess/: one clip of each emotion of two actors of every group."""
    import soundfile

    random = np.random.default_rng(2)
    for actor in (actor for group in ravdess.GROUPS for actor in group[:2]):
        inside = folder / "ravdess" / f"Actor_{actor:02d}"
        inside.mkdir(parents=True, exist_ok=True)
        for emotion in range(1, 9):
            sound = voice(random, seconds, 90 + 10 * emotion + 60 * (actor % 2 == 0))
            soundfile.write(inside / f"03-01-{emotion:02d}-01-01-01-{actor:02d}.flac", sound, ravdess.RATE)


def clip(path: Path, frames: int = 12, face: bool = True) -> None:
    """A short film of one of the cast, or of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = faces(1)[0][0] if face else np.random.default_rng(3).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    big = cv2.resize(np.ascontiguousarray(picture[:, :, ::-1]), (320, 320))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (320, 320))
    for _ in range(frames):
        writer.write(big)
    writer.release()


# The head ------------------------------------------------------------------------------------


def ball(centre: Sequence[float], radii: Sequence[float], rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and quads of an ellipsoid whose poles lie above and below."""
    polar, around = np.meshgrid(np.linspace(0.02, np.pi - 0.02, rows), np.arange(columns) * 2 * np.pi / columns, indexing="ij")
    unit = np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], -1).reshape(-1, 3)
    quads = [
        (i * columns + j, (i + 1) * columns + j, (i + 1) * columns + (j + 1) % columns, i * columns + (j + 1) % columns)
        for i in range(rows - 1)
        for j in range(columns)
    ]
    return unit * radii + centre, np.array(quads)


def head(folder: Path) -> None:
    """ict_facekit.npz: an egg with eyeballs, gums, teeth and lashes; its landmarks are vertices, its shapes move what they name."""
    random = np.random.default_rng(4)
    names = ["M_Face", "M_BackHead", "M_GumsTongue", "M_Teeth", "M_EyeLashes", "M_ScleraLeft", "M_ScleraRight"]
    egg, quads = ball((0, 0, 0), (7.5, 11, 9.5), 36, 56)
    front = egg[:, 2] > 0
    marks = shape68()
    depth = 9.5 * np.sqrt(np.maximum(0.05, 1 - (marks[:, 0] / 7.5) ** 2 - (marks[:, 1] / 11) ** 2))
    landmark = np.full(68, -1)
    for k, (x, y) in enumerate(marks):
        away = np.linalg.norm(egg - [x, y, depth[k]], axis=1)
        away[landmark[landmark >= 0]] = np.inf
        landmark[k] = away.argmin()
        egg[landmark[k]] = (x, y, depth[k] + 1.2 * np.exp(-((x / 1.5) ** 2) - ((y - 0.2) / 1.5) ** 2))
    points, faces_, material = [egg], [quads], [np.where(front[quads].all(1), 0, 1)]
    extra = [(ball((0, -3.6, 5), (2, 1, 1), 6, 8), 2), (ball((0, -3.6, 6), (1.6, 0.5, 0.8), 6, 8), 3)]
    for side, kind in ((1, 5), (-1, 6)):
        extra.append((ball((side * 3.2, 3.3, 6.9), (1.2, 1.2, 1.2), 9, 12), kind))
        card = np.array([(side * (3.2 + dx), 3.3 + dy, 8.2 + dz) for dx in (-1, 0, 1) for dy, dz in ((0.5, 0), (0.9, 0.4), (-0.3, 0), (-0.5, 0.3))])
        extra.append(((card, np.array([(0, 4, 5, 1), (4, 8, 9, 5), (2, 6, 7, 3), (6, 10, 11, 7)])), 4))
    for (more, order), kind in extra:
        faces_.append(order + sum(map(len, points)))
        points.append(more)
        material.append(np.full(len(order), kind))
    neutral = np.concatenate(points)
    shapes = sorted({part for name in rig.SHAPES for part in rig.ict(np.eye(len(rig.SHAPES))[rig.INDEX[name]])} | {"tongueOut"})
    deltas = np.stack([moved(neutral, name) for name in shapes])
    waves = random.normal(0, 0.25, (100, 3, 3))
    identity = np.stack([0.4 * np.sin(neutral @ wave + k) for k, wave in enumerate(waves)])
    common.save_arrays(
        folder / "ict_facekit.npz",
        {
            "neutral": neutral.astype(np.float32), "faces": np.concatenate(faces_).astype(np.int32), "landmark68": landmark.astype(np.int32),
            "face_material": np.concatenate(material).astype(np.uint8), "materials": np.array(names), "expression_names": np.array(shapes),
            "identity": np.round(identity * 1000).astype(np.int16), "identity_scale": np.full(100, 1e-3, np.float32) / 4,
            "expression": np.round(deltas * 1000).astype(np.int16), "expression_scale": np.full(len(shapes), 1e-3, np.float32),
        },
    )  # fmt: skip


def moved(points: np.ndarray, name: str) -> np.ndarray:
    """What a shape moves: a bump where its name says, to where its name says."""
    side = 1 if name.endswith("_L") else -1 if name.endswith("_R") else 0
    places = {"brow": (3.4 * side, 5), "eye": (3.2 * side, 3.6), "cheek": (4.5 * side, 0.5), "nose": (1.2 * side, 0), "mouth": (2.2 * side, -3.6)}
    x, y = next((place for part, place in places.items() if name.startswith(part)), (0, -6))
    downward = any(word in name for word in ("Down", "Frown", "Blink", "Open", "Lower", "Squint"))
    way = np.array([0.0, -0.9 if downward else 0.8, 0.1])
    near = np.exp(-(((points[:, 0] - x) / 1.5) ** 2) - ((points[:, 1] - y) / 1.2) ** 2) * (points[:, 2] > 0)
    return near[:, None] * way
