"""A classifier of one's own labelled sounds: the thesis's 1-D CNN on MFCC, at any width.

DATA holds labels.csv with the columns `file`, `label` and `split` (train, validation, perhaps test), perhaps `subject`, and mfcc.npy,
float32 [rows, 13, frames], in the order of the table: what the product's reader makes of each file (features.py: mfcc). Changed
copies of sounds that are learned from are rows of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import common
import labelled
from features import MFCC
from runner import Failure, Recipe, Run
from speech_networks import Mfcc

OFFSET, SECONDS = 0.5, 2.5


class MfccProduct(nn.Module):
    """What is exported: probabilities, and logits divided by the temperature."""

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("factor", torch.tensor(1 / temperature, dtype=torch.float32))

    def forward(self, mfcc: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(mfcc) * self.factor
        return logits.softmax(1), logits


def run(run: Run) -> None:
    options = run.options
    labels = labelled.labels_of(options)
    stored = run.needs("mfcc.npy")
    values = np.load(stored)
    if values.ndim != 3 or values.dtype != np.float32:
        raise Failure(f"{stored} must be float32 [rows, coefficients, frames].")
    _, coefficients, frames = values.shape
    numbers = {row["file"]: k for k, row in enumerate(labelled.listed(run.data, RECIPE.data))}
    if len(numbers) != len(values):
        raise Failure(f"{stored} has {len(values)} rows, labels.csv {len(numbers)} files.")
    kind = labelled.Kind(
        load=lambda rows: values[[numbers[row["file"]] for row in rows]],
        see=lambda mfcc: mfcc,
        change=lambda mfcc, _: mfcc,
        product=MfccProduct,
        sample=lambda mfcc: {"mfcc": mfcc},
        inputs=[{"name": "mfcc", "type": "float32", "shape": ["n", coefficients, frames], "meaning": "MFCC of 2.5 s"}],
        inputs_text=f"`mfcc` float32 [n, {coefficients}, {frames}]: coefficients of 2.5 s as `features.py` computes them.",
        preprocessing={**MFCC.preprocessing(), "trimDb": 0, "segmentSeconds": SECONDS, "segmentHopSeconds": 0.5, "offsetSeconds": OFFSET},
        summary="The thesis's 1-D CNN on MFCC, made by `recipe.py sounds`.",
        files="sounds",
    )
    parts = labelled.read(run.data, labels, RECIPE.data, kind.load)
    network = Mfcc(len(labels), options.width or 1.0, options.dropout, (coefficients, frames))
    labelled.learn(run, network, labels, parts, kind)


def smoke(folder: Path) -> dict[str, Any]:
    """Two labels that anybody can tell apart: a coefficient that rises, one that falls."""
    random = np.random.default_rng(0)
    rows, values = [], []
    for k in range(24):
        label = ("up", "down")[k % 2]
        slope = np.linspace(-3, 3, 157) * (1 if label == "up" else -1)
        values.append(random.normal(0, 0.5, (13, 157)) + slope)
        rows.append({"file": f"{k}.wav", "label": label, "split": ("train", "train", "validation", "test")[k // 2 % 4], "subject": f"s{k}"})
    np.save(folder / "mfcc.npy", np.array(values, np.float32))
    common.write_table(folder / "labels.csv", rows)
    return {"labels": "up,down", "epochs": 1, "steps": 2, "batch": 4, "width": 0.05, "id": "two-ways"}


RECIPE = Recipe(
    title="A classifier of labelled sounds",
    task="speech",
    data="The folder holds labels.csv (file, label, split: train, validation, perhaps test; perhaps subject) and mfcc.npy in its order.",
    run=run,
    smoke=smoke,
    options={**labelled.OPTIONS, "id": "my-speech", "title": "Speech emotion, of one's own recordings", "task": "speech", "backbone": "mfcc-cnn"},
)
