"""A classifier of one's own labelled pictures, on one of the backbones of backbones.py.

DATA holds labels.csv with the columns `file`, `label` and `split` (train, validation, perhaps test), perhaps `subject`; files
are relative to DATA and show the crop already: faces of any size, resized by common.resize_whole. Without a test part the
figures are those of the validation part.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

import common
from backbones import WIDTHS, build
from classification import class_table, figures_of, rows_of
from expression_faces import augment
from expression_networks import Product, Standardise
from measures import fit_temperature, softmax
from runner import Failure, Recipe, Run
from training import adamw


@dataclass(frozen=True)
class Part:
    """Pictures of one split: grey 0..255 [n, side, side] and the index of each label [n]."""

    pixels: np.ndarray
    label: np.ndarray
    subject: np.ndarray


def read(data: Path, side: int, labels: list[str]) -> dict[str, Part]:
    """The splits of labels.csv. Raises Failure with what is wrong and what to do."""
    table = data / "labels.csv"
    if not table.is_file():
        raise Failure(f"{data} has no labels.csv. {RECIPE.data}")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "label", "split"} <= set(rows[0]):
        raise Failure(f"{table} needs the columns file, label and split, and at least one row.")
    parts: dict[str, Part] = {}
    for name in ("train", "validation", "test"):
        chosen = [row for row in rows if row["split"] == name]
        if not chosen and name == "test":
            break
        if not chosen:
            raise Failure(f"{table} has no row of the split {name}.")
        strange = {row["label"] for row in chosen} - set(labels)
        if strange:
            raise Failure(f"{table}: {', '.join(sorted(strange))} is none of the labels {', '.join(labels)}.")
        pixels = np.stack([grey(data / row["file"], side) for row in chosen])
        subjects = np.array([row.get("subject") or row["file"] for row in chosen])
        parts[name] = Part(pixels, np.array([labels.index(row["label"]) for row in chosen]), subjects)
    common.check_disjoint(**{name: part.subject for name, part in parts.items()})
    return parts


def grey(file: Path, side: int) -> np.ndarray:
    with Image.open(file) as image:
        rgb = common.resize_whole(np.asarray(image.convert("RGB")), (side, side))
    return np.tensordot(np.array([0.299, 0.587, 0.114]), rgb, 1).astype(np.float32)


OPTIMISERS: Mapping[str, Callable[[nn.Module, float, float], torch.optim.Optimizer]] = {
    "adamw": adamw,
    "adam": lambda network, rate, _: torch.optim.Adam(network.parameters(), lr=rate),
    "sgd": lambda network, rate, _: torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9),
}


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


@torch.no_grad()
def logits_of(network: nn.Module, pixels: np.ndarray, device: torch.device) -> np.ndarray:
    standardise = Standardise().to(device)
    out = []
    for start in range(0, len(pixels), 256):
        faces = torch.from_numpy(pixels[start : start + 256]).to(device)[:, None]
        out.append(network(standardise(faces.expand(-1, 3, -1, -1))).float().cpu().numpy())
    return np.concatenate(out)


def run(run: Run) -> None:
    options = run.options
    labels = [label.strip() for label in options.labels.split(",") if label.strip()]
    if len(labels) < 2:
        raise Failure("Two labels are needed at least: --labels neutral,happy,...")
    parts = read(run.data, options.side, labels)
    training, validation = parts["train"], parts["validation"]
    if options.backbone not in WIDTHS:
        raise Failure(f"There is no backbone {options.backbone}: {', '.join(WIDTHS)}.")
    if options.optimizer not in OPTIMISERS:
        raise Failure(f"There is no optimizer {options.optimizer}: {', '.join(OPTIMISERS)}.")
    network = build(options.backbone, options.width, options.side, len(labels), options.dropout)
    faces, truth = torch.from_numpy(training.pixels), torch.from_numpy(training.label)
    counts = np.bincount(training.label, minlength=len(labels))
    if (counts == 0).any():
        raise Failure(f"The training part has no picture of {labels[int(counts.argmin())]}.")
    chances = torch.from_numpy((len(truth) / counts[training.label]) ** (0.5 if options.balance else 0.0))
    steps = options.steps or max(1, len(truth) // options.batch)
    standardise = Standardise().to(run.device)
    # What is learned from is judged on as many as are validated: a curve, not a figure.
    seen = np.random.default_rng(0).permutation(len(truth))[: len(validation.label)]
    changes = options.flip or options.rotate or options.resize or options.noise
    half = run.device.type == "cuda" and torch.cuda.is_bf16_supported()

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = torch.Generator().manual_seed(options.seed * 100_003 + epoch)
        for _ in range(steps):
            index = torch.multinomial(chances, min(options.batch, len(truth)), replacement=True, generator=random)
            drawn = faces[index][:, None]
            if options.augment:
                drawn = augment(drawn, options.side, random)
            elif changes:
                drawn = change(drawn, options, random)
            yield drawn, truth[index]

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        pixels, wanted = (part.to(run.device) for part in batch)
        with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=half):
            logits = net(standardise(pixels.expand(-1, 3, -1, -1)))
        return {"train": F.cross_entropy(logits.float(), wanted, label_smoothing=options.smooth)}

    def measure(net: nn.Module) -> dict[str, float]:
        logits = logits_of(net, validation.pixels, run.device)
        scores = figures_of(softmax(logits), validation.label, labels)
        wrong = float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(validation.label)))
        right = logits_of(net, training.pixels[seen], run.device).argmax(1) == training.label[seen]
        return {"loss": wrong, "accuracy": scores["accuracy"], "macroF1": scores["macroF1"], "trainAccuracy": float(right.mean())}

    network = run.fit(
        network, batches=batches, steps=steps, loss=loss, measure=measure, better="macroF1",
        make=OPTIMISERS[options.optimizer], patience=options.stop_after,
    )  # fmt: skip
    publish(run, network, labels, validation, parts.get("test", validation))


def publish(run: Run, network: nn.Module, labels: list[str], validation: Part, test: Part) -> None:
    options = run.options
    network = common.round_to_half(network)
    cpu = torch.device("cpu")
    temperature = fit_temperature(logits_of(network, validation.pixels, cpu), validation.label)
    probabilities = softmax(logits_of(network, test.pixels, cpu), temperature)
    clusters = test.subject if len(np.unique(test.subject)) > 1 else None
    figures = figures_of(probabilities, test.label, labels, clusters) | {"temperature": temperature}
    folder = run.out / options.id
    image = np.repeat(test.pixels[:1, None], 3, 1).clip(0, 255).round().astype(np.uint8)
    common.export_onnx(
        Product(network, temperature), {"image": image}, ["probabilities", "logits"], folder / "model.onnx", half=True, tolerance=1e-3
    )
    side, rows = options.side, rows_of(figures)
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    common.write_card(
        folder / "card.md",
        title=options.title,
        summary=f"Made by `recipe.py pictures` with the backbone {options.backbone}.",
        data=f"{options.data_text or 'Labelled pictures of the user.'} {len(test.label)} test pictures.",
        licence=options.licence,
        split="By labels.csv; no subject is in two splits.",
        figures=f"{table}\n\n{class_table(figures)}\n\n![curves](curves.png)",
        inputs=f"`image` float32 [n, 3, {side}, {side}], RGB 0..255; grey and standardised inside the graph.",
        outputs=f"`probabilities` and `logits` [n, {len(labels)}], calibrated: {', '.join(labels)}.",
        comparison="",
        recipe=f"`python models/recipes/recipe.py pictures --data DATA --out OUT --backbone {options.backbone} --seed {options.seed}`",
    )
    outputs = [("probabilities", "calibrated probabilities"), ("logits", "logits over the temperature")]
    entry = {
        "id": options.id,
        "task": options.task,
        "role": "compact",
        "default": True,
        "title": options.title,
        "file": f"{options.id}/model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, side, side], "meaning": "RGB, 0..255"}],
        "outputs": [{"name": name, "type": "float32", "shape": ["n", len(labels)], "meaning": text} for name, text in outputs],
        "labels": labels,
        "preprocessing": {"cropScale": options.crop_scale, "offset": [0.0, options.offset_y], "grey": True},
        "licence": {"weights": options.licence, "data": options.licence},
        "card": f"{options.id}/card.md",
        "figures": f"{options.id}/figures.json",
        "check": f"{options.id}/check.json",
    }
    run.publish(entry, figures)


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
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return {"labels": "left,right", "epochs": 1, "steps": 2, "batch": 4, "side": 32, "augment": False, "id": "two-sides"}


RECIPE = Recipe(
    title="A classifier of labelled pictures",
    task="expression",
    data="The folder holds labels.csv (file, label, split: train, validation, perhaps test; perhaps subject) and the pictures.",
    run=run,
    smoke=smoke,
    options={
        "id": "my-expression", "title": "Expression, of one's own pictures", "task": "expression", "labels": "", "backbone": "compact",
        "width": 0.0, "side": 64, "dropout": 0.2, "balance": True, "smooth": 0.05, "crop_scale": 1.15, "offset_y": -0.19,
        "augment": True, "flip": False, "rotate": 0.0, "resize": 0.0, "noise": 0.0, "optimizer": "adamw", "stop_after": 0,
        "licence": "as the data", "data_text": "",
    },
)
