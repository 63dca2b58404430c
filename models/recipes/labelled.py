"""What the recipes for one's own labelled files share: the table of the set, learning, judging, publishing. `pictures` and `sounds`
say what of a file a network sees.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import common
from classification import class_table, figures_of, rows_of
from measures import fit_temperature, softmax
from runner import Failure, Run
from training import adamw

# Every recipe for labelled files has these.
OPTIONS = {
    "labels": "", "width": 0.0, "dropout": 0.2, "balance": True, "smooth": 0.05, "optimizer": "adamw", "stop_after": 0, "licence": "as the data",
    "data_text": "",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One split: what is seen of each file [n, ...], the index of each label [n], the person of each."""

    values: np.ndarray
    label: np.ndarray
    subject: np.ndarray


@dataclass(frozen=True)
class Kind:
    """What tells a recipe for pictures from one for sounds."""

    # Rows of labels.csv -> values [n, ...].
    load: Callable[[list[dict[str, str]]], np.ndarray]
    # Values on the device -> what the network takes.
    see: Callable[[Tensor], Tensor]
    # Changes values that are learned from, drawn anew in each epoch.
    change: Callable[[Tensor, torch.Generator], Tensor]
    # The network and a temperature -> what is exported: probabilities and logits.
    product: Callable[[nn.Module, float], nn.Module]
    # Values [1, ...] -> the inputs that are exported with it.
    sample: Callable[[np.ndarray], dict[str, np.ndarray]]
    # Of the manifest's entry, and as the card describes it.
    inputs: list[dict[str, Any]]
    inputs_text: str
    preprocessing: Mapping[str, Any]
    summary: str
    files: str


OPTIMISERS: Mapping[str, Callable[[nn.Module, float, float], torch.optim.Optimizer]] = {
    "adamw": adamw,
    "adam": lambda network, rate, _: torch.optim.Adam(network.parameters(), lr=rate),
    "sgd": lambda network, rate, _: torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9),
}


def labels_of(options: SimpleNamespace) -> list[str]:
    labels = [label.strip() for label in options.labels.split(",") if label.strip()]
    if len(labels) < 2:
        raise Failure("Two labels are needed at least: --labels neutral,happy,...")
    if options.optimizer not in OPTIMISERS:
        raise Failure(f"There is no optimizer {options.optimizer}: {', '.join(OPTIMISERS)}.")
    return labels


def listed(data: Path, needs: str) -> list[dict[str, str]]:
    """The rows of labels.csv. Raises Failure where there is none."""
    table = data / "labels.csv"
    if not table.is_file():
        raise Failure(f"{data} has no labels.csv. {needs}")
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(data: Path, labels: list[str], needs: str, load: Callable[[list[dict[str, str]]], np.ndarray]) -> dict[str, Part]:
    """The splits of labels.csv. Raises Failure with what is wrong and what to do."""
    table = data / "labels.csv"
    rows = listed(data, needs)
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
        subjects = np.array([row.get("subject") or row["file"] for row in chosen])
        parts[name] = Part(load(chosen), np.array([labels.index(row["label"]) for row in chosen]), subjects)
    common.check_disjoint(**{name: part.subject for name, part in parts.items()})
    return parts


@torch.no_grad()
def logits_of(network: nn.Module, values: np.ndarray, device: torch.device, see: Callable[[Tensor], Tensor]) -> np.ndarray:
    parts = (torch.from_numpy(values[start : start + 256]).to(device) for start in range(0, len(values), 256))
    return np.concatenate([network(see(part)).float().cpu().numpy() for part in parts])


def learn(run: Run, network: nn.Module, labels: list[str], parts: Mapping[str, Part], kind: Kind) -> None:
    """Fits the network to the training part, publishes what was best on the validation part."""
    options = run.options
    training, validation = parts["train"], parts["validation"]
    inputs, truth = torch.from_numpy(training.values), torch.from_numpy(training.label)
    counts = np.bincount(training.label, minlength=len(labels))
    if (counts == 0).any():
        raise Failure(f"The training part has no file of {labels[int(counts.argmin())]}.")
    chances = torch.from_numpy((len(truth) / counts[training.label]) ** (0.5 if options.balance else 0.0))
    steps = options.steps or max(1, len(truth) // options.batch)
    # What is learned from is judged on as many as are validated: a curve, not a figure.
    seen = np.random.default_rng(0).permutation(len(truth))[: len(validation.label)]
    half = run.device.type == "cuda" and torch.cuda.is_bf16_supported()

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = torch.Generator().manual_seed(options.seed * 100_003 + epoch)
        for _ in range(steps):
            index = torch.multinomial(chances, min(options.batch, len(truth)), replacement=True, generator=random)
            yield kind.change(inputs[index], random), truth[index]

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        values, wanted = (part.to(run.device) for part in batch)
        with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=half):
            logits = net(kind.see(values))
        return {"train": F.cross_entropy(logits.float(), wanted, label_smoothing=options.smooth)}

    def measure(net: nn.Module) -> dict[str, float]:
        logits = logits_of(net, validation.values, run.device, kind.see)
        scores = figures_of(softmax(logits), validation.label, labels)
        wrong = float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(validation.label)))
        right = logits_of(net, training.values[seen], run.device, kind.see).argmax(1) == training.label[seen]
        return {"loss": wrong, "accuracy": scores["accuracy"], "macroF1": scores["macroF1"], "trainAccuracy": float(right.mean())}

    network = run.fit(
        network, batches=batches, steps=steps, loss=loss, measure=measure, better="macroF1",
        make=OPTIMISERS[options.optimizer], patience=options.stop_after,
    )  # fmt: skip
    publish(run, network, labels, validation, parts.get("test", validation), kind)


def publish(run: Run, network: nn.Module, labels: list[str], validation: Part, test: Part, kind: Kind) -> None:
    options = run.options
    network = common.round_to_half(network)
    cpu = torch.device("cpu")
    see = kind.see
    temperature = fit_temperature(logits_of(network, validation.values, cpu, see), validation.label)
    probabilities = softmax(logits_of(network, test.values, cpu, see), temperature)
    clusters = test.subject if len(np.unique(test.subject)) > 1 else None
    figures = figures_of(probabilities, test.label, labels, clusters) | {"temperature": temperature}
    folder = run.out / options.id
    common.export_onnx(
        kind.product(network, temperature), kind.sample(test.values[:1]), ["probabilities", "logits"], folder / "model.onnx", half=True, tolerance=1e-3
    )
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows_of(figures))
    common.write_card(
        folder / "card.md",
        title=options.title,
        summary=kind.summary,
        data=f"{options.data_text or f'Labelled {kind.files} of the user.'} {len(test.label)} test {kind.files}.",
        licence=options.licence,
        split="By labels.csv; no subject is in two splits.",
        figures=f"{table}\n\n{class_table(figures)}\n\n![curves](curves.png)",
        inputs=kind.inputs_text,
        outputs=f"`probabilities` and `logits` [n, {len(labels)}], calibrated: {', '.join(labels)}.",
        comparison="",
        recipe=f"`python models/recipes/recipe.py {run.name} --data DATA --out OUT --seed {options.seed}` with the options of figures.json.",
    )
    outputs = [("probabilities", "calibrated probabilities"), ("logits", "logits over the temperature")]
    entry = {
        "id": options.id,
        "task": options.task,
        "role": "compact",
        "default": True,
        "title": options.title,
        "file": f"{options.id}/model.onnx",
        "inputs": kind.inputs,
        "outputs": [{"name": name, "type": "float32", "shape": ["n", len(labels)], "meaning": text} for name, text in outputs],
        "labels": labels,
        "preprocessing": dict(kind.preprocessing),
        "licence": {"weights": options.licence, "data": options.licence},
        "card": f"{options.id}/card.md",
        "figures": f"{options.id}/figures.json",
        "check": f"{options.id}/check.json",
    }
    run.publish(entry, figures)
