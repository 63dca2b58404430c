"""A classifier of one's own labelled pictures, on one of the backbones of backbones.py.

DATA holds labels.csv with the columns `file`, `label` and `split` (train, validation, perhaps test), perhaps `subject`; files
are relative to DATA and show the crop already: faces of any size, resized by common.resize_whole. Without a test part the
figures are those of the validation part.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

import common
import labelled
from backbones import WIDTHS, build
from expression_faces import augment
from expression_networks import Product, Standardise
from runner import Failure, Recipe, Run


def grey(file: Path, side: int) -> np.ndarray:
    with Image.open(file) as image:
        rgb = common.resize_whole(np.asarray(image.convert("RGB")), (side, side))
    return np.tensordot(np.array([0.299, 0.587, 0.114]), rgb, 1).astype(np.float32)


def change(faces: Tensor, options: SimpleNamespace, random: torch.Generator) -> Tensor:
    """Grey 0..255 [n, 1, side, side]: mirrored, turned by up to `rotate` degrees, larger or smaller by up to the share
    `resize`, with noise of the deviation `noise` of 255. Beyond the edge the edge goes on."""
    n = len(faces)

    def spread() -> Tensor:
        return torch.rand(n, generator=random) * 2 - 1

    angle = spread() * math.radians(options.rotate)
    zoom = 1 / (1 + spread() * options.resize)
    mirror = torch.where(torch.rand(n, generator=random) < 0.5, -1.0, 1.0) if options.flip else torch.ones(n)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = torch.cos(angle) * zoom * mirror, -torch.sin(angle) * zoom
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(angle) * zoom * mirror, torch.cos(angle) * zoom
    grid = F.affine_grid(theta, list(faces.shape), align_corners=False)
    out = F.grid_sample(faces, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return out + torch.randn(out.shape, generator=random) * (255 * options.noise)


def run(run: Run) -> None:
    options = run.options
    side = options.side
    labels = labelled.labels_of(options)
    if options.backbone not in WIDTHS:
        raise Failure(f"There is no backbone {options.backbone}: {', '.join(WIDTHS)}.")
    network = build(options.backbone, options.width, side, len(labels), options.dropout)
    changes = options.flip or options.rotate or options.resize or options.noise

    def changed(faces: Tensor, random: torch.Generator) -> Tensor:
        if options.augment:
            return augment(faces[:, None], side, random)[:, 0]
        return change(faces[:, None], options, random)[:, 0] if changes else faces

    kind = labelled.Kind(
        load=lambda rows: np.stack([grey(run.data / row["file"], side) for row in rows]),
        see=lambda faces: Standardise().to(faces.device)(faces[:, None].expand(-1, 3, -1, -1)),
        change=changed,
        product=Product,
        sample=lambda faces: {"image": np.repeat(faces[:, None], 3, 1).clip(0, 255).round().astype(np.uint8)},
        inputs=[{"name": "image", "type": "float32", "shape": ["n", 3, side, side], "meaning": "RGB, 0..255"}],
        inputs_text=f"`image` float32 [n, 3, {side}, {side}], RGB 0..255; grey and standardised inside the graph.",
        preprocessing={"cropScale": options.crop_scale, "offset": [0.0, options.offset_y], "grey": True},
        summary=f"Made by `recipe.py pictures` with the backbone {options.backbone}.",
        files="pictures",
    )
    parts = labelled.read(run.data, labels, RECIPE.data, kind.load)
    labelled.learn(run, network, labels, parts, kind)


def smoke(folder: Path) -> dict[str, Any]:
    """Two labels that anybody can tell apart: light on the left, light on the right."""
    random = np.random.default_rng(0)
    rows = []
    for k in range(24):
        label = ("left", "right")[k % 2]
        ramp = np.linspace(200, 40, 32) if label == "left" else np.linspace(40, 200, 32)
        noisy = np.clip(ramp[None, :] + random.normal(0, 12, (32, 32)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{k}.png")
        rows.append({"file": f"{k}.png", "label": label, "split": ("train", "train", "validation", "test")[k // 2 % 4], "subject": f"s{k}"})
    common.write_table(folder / "labels.csv", rows)
    return {"labels": "left,right", "epochs": 1, "steps": 2, "batch": 4, "side": 32, "augment": False, "id": "two-sides"}


RECIPE = Recipe(
    title="A classifier of labelled pictures",
    task="expression",
    data="The folder holds labels.csv (file, label, split: train, validation, perhaps test; perhaps subject) and the pictures.",
    run=run,
    smoke=smoke,
    options={
        **labelled.OPTIONS, "id": "my-expression", "title": "Expression, of one's own pictures", "task": "expression", "backbone": "compact",
        "side": 64, "crop_scale": 1.15, "offset_y": -0.19, "augment": True, "flip": False, "rotate": 0.0, "resize": 0.0, "noise": 0.0,
    },
)  # fmt: skip
