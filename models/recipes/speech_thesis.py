"""The thesis's speech network: a 1-D CNN on 13 MFCC of 2.5 s, sixteen outputs (eight emotions of women and of men).

It is trained twice: by speaker (actors 8, 17, 21, 23 and 24 never heard; these weights are committed) and on a random
split of the clips, where every speaker is on both sides, to show what that overlap is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import made_up
import ravdess
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of
from common import check_disjoint, export_onnx, round_to_half, tensor, write_card
from features import MFCC, mfcc
from measures import fit_temperature
from runner import Recipe, Run
from speech_networks import Thesis, ThesisProduct, folded
from training import answers, start_from

ENTRY = "speech-thesis"
HELD_OUT = ravdess.GROUPS[3]
TUNE = [2, 5]  # actors of the training groups on whom the temperature is fitted
OFFSET, SECONDS = 0.5, 2.5
SHIFT = 20  # frames of 16 ms by which the cut of a copy may begin earlier or later


def window(sound: np.ndarray, more: float = 0) -> np.ndarray:
    """2.5 s from 0.5 s on and `more` seconds at each end, zeros after the sound."""
    start, length = int((OFFSET - more) * ravdess.RATE), int((SECONDS + 2 * more) * ravdess.RATE)
    cut = sound[start : start + length]
    return np.pad(cut, (0, length - len(cut)))


def prepare(folder: Path) -> dict[str, np.ndarray]:
    """MFCC of all clips, `mfcc` [clips, 13, 157], and of eight copies to train on with SHIFT frames more at each end, `copies` [clips, 8, 13, 197]."""
    clips = ravdess.read(folder)
    more = SHIFT * MFCC.hopSamples / ravdess.RATE
    return {
        "mfcc": np.array([mfcc(window(clip.sound)) for clip in clips], np.float32),
        "copies": np.array([
            [mfcc(window(sound, more)) for sound in ravdess.copies(clip.sound, np.random.default_rng([13, at]))] for at, clip in enumerate(clips)
        ], np.float32),
        "emotion": np.array([clip.emotion for clip in clips]),
        "actor": np.array([clip.actor for clip in clips]),
    }


def emotions(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = torch.from_numpy(logits / temperature).softmax(1).numpy()
    return scaled[:, :8] + scaled[:, 8:]


def cut(copies: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A window of each copy [n, 13, 197] -> [n, 13, 157]; in half of them up to 24 frames are their mean, as if nothing was said."""
    out = np.stack([copy[:, at : at + Thesis.frames] for copy, at in zip(copies, random.integers(0, 2 * SHIFT + 1, len(copies)))])
    for one in out:
        if random.random() < 0.5:
            at = random.integers(0, Thesis.frames - 25)
            one[:, at : at + random.integers(5, 25)] = one.mean(1, keepdims=True)
    return out


def train(run: Run, prepared: dict[str, np.ndarray], inside: np.ndarray, outside: np.ndarray, part: tuple[str, int, int]) -> nn.Module:
    joint = prepared["emotion"] + 8 * (prepared["actor"] % 2)
    batch = min(run.options.batch, len(inside))
    steps = run.options.steps or len(inside) // batch

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = run.random
        order = np.concatenate([random.permutation(inside) for _ in range(-(-steps * batch // len(inside)))])
        for at in range(0, steps * batch, batch):
            chosen = order[at : at + batch]
            features, labels = cut(prepared["copies"][chosen, random.integers(0, 8, len(chosen))], random), np.eye(16, dtype=np.float32)[joint[chosen]]
            # Each with some of another one, mostly little.
            share, other = np.float32(max(x := random.beta(0.3, 0.3), 1 - x)), random.permutation(len(chosen))
            features, labels = (share * one + (1 - share) * one[other] for one in (features, labels))
            yield torch.from_numpy(features).to(run.device), torch.from_numpy(labels).to(run.device)

    def loss(network: nn.Module, given: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        features, wanted = given
        with run.autocast():
            logits = network(features)
        return {"train": F.cross_entropy(logits.float(), wanted, label_smoothing=0.05)}

    def measure(network: nn.Module) -> dict[str, float]:
        said = emotions(answers(network, prepared["mfcc"][outside])[0], 1).argmax(1)
        return {"accuracy": float((said == prepared["emotion"][outside]).mean())}

    hidden = tuple(int(size) for size in run.options.hidden.split(","))
    torch.manual_seed(run.options.seed)
    network = Thesis(hidden)
    start_from(network, run.options.start, part=part[0])
    return round_to_half(folded(run.fit(network, batches=batches, steps=steps, loss=loss, measure=measure, keep=0.995, ramp=9, part=part)))


def card(folder: Path, figures: dict[str, Any], run: Run) -> None:
    speaker, overlap = figures["bySpeaker"], figures["randomSplit"]
    rows = rows_of(speaker, ("uar", "accuracy", "ece"), "committed weights, unseen speakers: ")
    rows += rows_of(overlap, ("uar", "accuracy"), "random split of clips (speakers on both sides; other weights): ")
    rows.append(("majority baseline", f"{speaker['majorityBaseline']:.3f}"))
    rows.append(("time of 2.5 s, one thread", f"{figures['time']['medianMs']:.2f} ms (two shared cores, onnxruntime)"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, float16 weights"))
    table = "| figure | value (95 % interval, by speaker) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += "\n\nAccuracy by unseen speaker: " + ", ".join(f"{k}: {v:.2f}" for k, v in figures["accuracyBySpeaker"].items()) + "."
    table += f"\n\nUnseen speakers:\n\n{class_table(speaker)}\n\n![confusion](confusion.png) ![curves](curves.png)"
    write_card(
        folder / "card.md",
        "Speech emotion, 1-D CNN on 13 MFCC (thesis)",
        f"The thesis's network with fully connected layers of {run.options.hidden} instead of 4096, 4096, 1024; the full form is "
        "`--hidden 4096,4096,1024`. Batch norms behind all layers but the last (the thesis has two) are there while it is trained and multiplied into them afterwards: "
        "without them little is learned of so few voices. The mean of each coefficient over the 2.5 s is taken off inside.",
        "RAVDESS speech of 20 actors, 1,200 clips, 16 kHz (the thesis: 44.1 kHz), with seven copies of each: noisy, higher, lower, faster, slower, stretched, far away.",
        "Weights and data: CC BY-NC-SA 4.0 (RAVDESS, Livingstone and Russo 2018).",
        f"By speaker: actors {HELD_OUT} were never heard; actors {TUNE} were left out of the training for the temperature. "
        f"{run.options.epochs} epochs, fixed beforehand. {run.options.how} "
        "The random-split figure belongs to other weights and flatters: it is there to show by how much.",
        table,
        "`mfcc` float32 [n, 13, 157]: coefficients 0 to 12 of 2.5 s as `features.py` computes them (16 kHz, 64 ms Hamming window, 16 ms hop). "
        "Whole clips: the 2.5 s from 0.5 s on. Not trimmed.",
        "`probabilities` [n, 8] (calibrated, both sexes summed), order " + ", ".join(ravdess.LABELS) + "; `joint` [n, 16]: the same order for women, then for men.",
        "See [speech-compact](../speech-compact/card.md), the default: same held-out speakers.",
        f"`{run.command}`.",
        "Acted emotions of professional actors who say two sentences; level is not normalised, so loud and quiet recordings differ.",
    )


def run(run: Run) -> None:
    folder = run.out / ENTRY
    prepared = run.derived("ravdess-mfcc-copies", lambda: prepare(run.needs("ravdess")))
    actor, emotion = prepared["actor"], prepared["emotion"]
    held, tune = np.isin(actor, HELD_OUT), np.isin(actor, TUNE)
    inside, outside = np.flatnonzero(~held & ~tune), np.flatnonzero(held)
    check_disjoint(train=actor[inside], tune=actor[tune], test=actor[outside])
    order = np.random.default_rng(5).permutation(len(actor))
    mixed_in, mixed_out = order[len(outside) :], order[: len(outside)]
    other = train(run, prepared, mixed_in, mixed_out, ("random", 0, 2))
    network = train(run, prepared, inside, outside, ("speaker", 1, 2))
    (tuned,) = answers(network, prepared["mfcc"][tune])
    temperature = fit_temperature(tuned, emotion[tune] + 8 * (actor[tune] % 2))
    scores = emotions(answers(network, prepared["mfcc"][outside])[0], temperature)
    right = scores.argmax(1) == emotion[outside]
    mixed = emotions(answers(other, prepared["mfcc"][mixed_out])[0], 1)
    figures: dict[str, Any] = {
        "heldOut": HELD_OUT,
        "temperature": temperature,
        "bySpeaker": figures_of(scores, emotion[outside], ravdess.LABELS, actor[outside]),
        "accuracyBySpeaker": {str(a): float(right[actor[outside] == a].mean()) for a in np.unique(actor[outside])},
        "randomSplit": figures_of(mixed, emotion[mixed_out], ravdess.LABELS, actor[mixed_out]),
    }
    product = ThesisProduct(network, temperature)
    sample = {"mfcc": prepared["mfcc"][outside[:1]]}
    path = export_onnx(product, sample, ["probabilities", "joint"], folder / "model.onnx", half=True)
    figures |= {"time": milliseconds(path, sample), "bytes": path.stat().st_size}
    plot_confusion(figures["bySpeaker"], folder / "confusion.png", f"{ENTRY}, unseen speakers")
    card(folder, figures, run)
    run.publish({
        "id": ENTRY, "task": "speech", "role": "thesis", "default": False, "title": "Speech emotion, 1-D CNN on 13 MFCC (thesis)",
        "inputs": [tensor("mfcc", ["n", 13, Thesis.frames], "MFCC of 2.5 s")],
        "outputs": [tensor("probabilities", ["n", 8], "calibrated probabilities"), tensor("joint", ["n", 16], "eight emotions of women, then of men")],
        "labels": ravdess.LABELS,
        "preprocessing": {**MFCC.preprocessing(), "trimDb": 0, "segmentSeconds": SECONDS, "segmentHopSeconds": 0.5, "offsetSeconds": OFFSET},
        "licence": {"weights": "CC BY-NC-SA 4.0", "data": "RAVDESS: CC BY-NC-SA 4.0"},
    }, figures)  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    made_up.voices(folder)
    return {"epochs": 1, "steps": 2, "batch": 4, "hidden": "16,16"}


RECIPE = Recipe(
    title="Speech emotion, 1-D CNN on 13 MFCC (thesis)", task="speech", run=run, smoke=smoke, data="The folder holds ravdess/Actor_NN/*.flac.",
    options={"epochs": 40, "steps": 100, "batch": 32, "rate": 2e-3, "bf16": True, "hidden": "512,512,256", "how": ""},
)  # fmt: skip
