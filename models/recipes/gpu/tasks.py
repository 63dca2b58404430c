"""What a run on a GPU is about: for each task what it needs, how it is trained on that, what it leaves.

A task packs what its recipe's own reading gives, and trains by its recipe's own `fit`: nothing of data, networks or losses is
written twice. `recipe.py NAME --start weights.pt --epochs 0` measures and publishes at home what comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

import boxes
import common
import expression_joint
import landmarks_marked
import ravdess
import speech_train
from avatar_animation import Animation, Source
from avatar_animation import fit as fit_animation
from avatar_pairs import pairs
from expression_networks import Compact, Product
from face import SsdLite
from face import fit as fit_detector
from landmark_renders import renders
from landmarks import NETS
from landmarks import fit as fit_landmarks
from runner import Run
from speech_networks import CompactProduct
from teachers import boxes_of_lfw, names_of_lfw

Arrays = dict[str, np.ndarray]
Train = Callable[["Stage"], nn.Module]


class Stage:
    """One training of a task: its run (options, minutes, device), the packed arrays, and what earlier stages of the task left."""

    def __init__(self, run: Run, arrays: Arrays, made: list[nn.Module]) -> None:
        self.run = run
        self.arrays = arrays
        self.made = made


@dataclass(frozen=True)
class Task:
    recipe: str  # that publishes what comes back
    data: Callable[[Run, SimpleNamespace], Arrays]
    # Name -> (share of the task's time, training). The last one's network is what comes back, with `several` all of them.
    stages: Mapping[str, tuple[float, Train]]
    export: Callable[[nn.Module, Path], None]
    value: float  # share of the whole time, if all tasks are there
    several: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def grey_image(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, 3, side, side), dtype=np.uint8)


# Expression: wide networks teach the compact one ----------------------------------------------

WIDE = (32, 64, 128, 256, 448)


def teach(number: int) -> Train:
    def train(stage: Stage) -> nn.Module:
        torch.manual_seed(number)
        return expression_joint.fit(stage.run, Compact(WIDE, 0.3, True, 64), stage.arrays)

    return train


def student(stage: Stage) -> nn.Module:
    torch.manual_seed(1)
    return expression_joint.fit(stage.run, Compact(deep=True, side=64), stage.arrays, stage.made)


def export_expression(network: nn.Module, path: Path) -> None:
    common.export_onnx(Product(network, mirrored=True), {"image": grey_image(64)}, ["probabilities", "logits"], path, tolerance=1e-3)


# Speech, landmarks, detector, avatar ----------------------------------------------------------


TILE = 512  # frames of a picture of log-mels


def speech_data(run: Run, amounts: SimpleNamespace) -> Arrays:
    """Log-mels of the first copies of each clip, end to end in half decibels, cut into pictures `tiles` [n, 64, 512]: as WebP a tenth of
    the bytes, for an error of 1.7 dB."""
    prepared = run.derived("ravdess-logmel-8", lambda: speech_train.prepare(run.needs("ravdess")))
    mels, copies = prepared.pop("mels"), prepared.pop("copies")
    number = np.arange(len(copies)) - np.searchsorted(copies[:, 0], copies[:, 0])
    copies = copies[number < amounts.copies]
    strip = np.concatenate([mels[:, start:end] for _, start, end, _, _ in copies.tolist()], 1).astype(np.float32)
    ends = np.cumsum(copies[:, 2] - copies[:, 1])
    copies[:, 1], copies[:, 2] = ends - (copies[:, 2] - copies[:, 1]), ends
    half_db = np.clip(np.round(2 * (strip + 100)), 0, 255).astype(np.uint8)
    padded = np.pad(half_db, ((0, 0), (0, -half_db.shape[1] % TILE)))
    return {**prepared, "copies": copies, "tiles": padded.reshape(64, -1, TILE).swapaxes(0, 1)}


def mels_of(tiles: np.ndarray) -> np.ndarray:
    """The strip [64, frames] that was cut into tiles, in decibels."""
    return (tiles.swapaxes(0, 1).reshape(64, -1).astype(np.float32) / 2 - 100).astype(np.float16)


def speech(name: str, held_out: list[int]) -> Train:
    def train(stage: Stage) -> nn.Module:
        arrays = dict(stage.arrays)
        arrays["mels"] = mels_of(arrays.pop("tiles"))
        return speech_train.train_fold(stage.run, speech_train.clips_of(arrays), held_out, (name, 0, 1))

    return train


# All that the recipe publishes: four networks, each without the speakers that it is measured on, and one of all.
SPEECH: dict[str, tuple[float, Train]] = {f"fold{k}": (0.2, speech(f"fold{k}", group)) for k, group in enumerate(ravdess.GROUPS)}
SPEECH["final"] = (0.2, speech("final", []))


def export_speech(network: nn.Module, path: Path) -> None:
    sample = np.random.default_rng(0).normal(-40, 10, (1, 64, 120)).astype(np.float32)
    axes = {"logmel": {2: "t"}}
    common.export_onnx(CompactProduct(network, 1.0), {"logmel": sample}, ["probabilities", "logits"], path, tolerance=1e-3, dynamic=axes)


def landmark_data(run: Run, amounts: SimpleNamespace) -> Arrays:
    marked, rendered = run.unpacked("landmarks300w_train.zip"), renders(run, amounts.renders, 77)
    training, held = landmarks_marked.read(marked, "train"), landmarks_marked.read(marked, "test")
    seen = rendered["split"] == "train"
    return {
        "cuts": training.cuts, "points": training.points, "heldCuts": held.cuts, "heldPoints": held.points,
        "renders": rendered["images"][seen], "renderPoints": rendered["landmarks"][seen],
    }  # fmt: skip


def landmarks(stage: Stage) -> nn.Module:
    a, net = stage.arrays, NETS["compact"]["make"]()
    faces = landmarks_marked.Faces(a["cuts"], a["points"], [])
    seen = {"images": a["renders"], "landmarks": a["renderPoints"]}
    samples = landmarks_marked.Samples(stage.run.random, faces, seen, net.side)
    measure = landmarks_marked.measured(landmarks_marked.Faces(a["heldCuts"], a["heldPoints"], []), net.side)
    return fit_landmarks(stage.run, net, samples, "l1", measure)


def export_landmarks(network: nn.Module, path: Path) -> None:
    common.export_onnx(network, {"image": grey_image(network.side)}, ["landmarks", "presence"], path, tolerance=1e-3)


def detector_data(run: Run, amounts: SimpleNamespace) -> Arrays:
    """Pictures of LFW's train people with YuNet's boxes (x1 y1 x2 y2), at random; `first`: where a picture's boxes begin."""
    archive = run.needs("lfw_A-H.zip")
    train = [name for name in names_of_lfw(archive) if boxes.split_of(boxes.person_of(name)) == "train"]
    chosen = [train[i] for i in np.random.default_rng(1).permutation(len(train))[: amounts.pictures]]
    pictures, faces = boxes_of_lfw(run, chosen)
    return {
        "pictures": pictures, "first": np.cumsum([0, *(len(scores) for _, scores in faces)]),
        "boxes": np.concatenate([box for box, _ in faces]), "scores": np.concatenate([scores for _, scores in faces]),
    }  # fmt: skip


def detector(stage: Stage) -> nn.Module:
    a, options = stage.arrays, stage.run.options
    spans = list(zip(a["first"][:-1], a["first"][1:]))
    faces = [(a["boxes"][start:end], a["scores"][start:end]) for start, end in spans]
    return fit_detector(stage.run, SsdLite(options.side, options.width), a["pictures"], faces, list(range(len(faces))))


def export_detector(network: nn.Module, path: Path) -> None:
    common.export_onnx(network, {"image": grey_image(network.side)}, ["boxes", "scores"], path, tolerance=5e-3)


def avatar_data(run: Run, amounts: SimpleNamespace) -> Arrays:
    data = pairs(run, amounts.characters, amounts.people, amounts.states, 1)
    people, states = data["image"].shape[:2]
    return {**data, "image": data["image"].reshape(people * states, *data["image"].shape[2:])}


def avatar(stage: Stage) -> nn.Module:
    data = dict(stage.arrays)
    data["image"] = data["image"].reshape(*data["code"].shape[:2], *data["image"].shape[1:])
    held = np.arange(len(data["code"])) % 13 == 0
    train, valid = ({k: v[rows] for k, v in data.items()} for rows in (~held, held))
    return fit_animation(stage.run, nn.ModuleList([Source(), Animation()]), train, valid)


def export_avatar(networks: nn.Module, path: Path) -> None:
    """What is computed for each frame; the still picture's part comes with the weights."""
    source, animation = networks
    picture = grey_image(128)
    with torch.no_grad():
        known = dict(zip(("features", "keypoints", "jacobians"), (t.numpy() for t in source(torch.from_numpy(picture.astype(np.float32))))))
    inputs = {"picture": picture, **known, "code": np.zeros((1, 56), np.float32)}
    common.export_onnx(animation, inputs, ["frame"], path, tolerance=0.05)


# By value: what comes first gets its time first, and the place in the pack.
TASKS: Mapping[str, Task] = {
    "expression": Task(
        "expression-compact", lambda run, _: expression_joint.read(run),
        {"teacher-1": (0.2, teach(1)), "teacher-2": (0.2, teach(2)), "teacher-3": (0.2, teach(3)), "student": (0.4, student)}, export_expression, 0.45, False,
        {"batch": 512, "rate": 3e-3, "decay": 0.05, "balance": 0.3, "raf_share": 0.45, "smooth": 0.08, "mix": 0.0, "steps": 100},
    ),
    "speech": Task(
        "speech-compact", speech_data, SPEECH, export_speech, 0.15, True,
        {"batch": 16, "rate": 2e-3, "decay": 0.03},
    ),
    "landmarks": Task(
        "landmarks-compact", landmark_data, {"landmarks": (1, landmarks)}, export_landmarks, 0.15, False,
        {"batch": 128, "rate": 2e-3, "decay": 0.02, "steps": 100},
    ),
    "detector": Task(
        "face-ssdlite", detector_data, {"detector": (1, detector)}, export_detector, 0.1, False,
        {"batch": 32, "rate": 2e-3, "decay": 0.01, "steps": 50, "side": 224, "width": 0.5},
    ),
    "avatar": Task(
        "animation-compact", avatar_data, {"avatar": (1, avatar)}, export_avatar, 0.15, False,
        {"batch": 16, "rate": 1e-3, "decay": 0.01, "steps": 200, "small": 0.5, "validation": 32},
    ),
}  # fmt: skip

# How much of what is rendered or drawn goes into a pack.
AMOUNTS = {"copies": 4, "renders": 1500, "pictures": 1500, "characters": 130, "people": 60, "states": 11}
SMALL = {"copies": 2, "renders": 16, "pictures": 8, "characters": 1, "people": 1, "states": 2}
# A training that only shows that it works.
TINY = {"epochs": 1, "steps": 2, "batch": 4, "validation": 8, "width": 0.25}
