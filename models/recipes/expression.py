"""Expression networks on FER+ alone: the thesis's VGG16, and ResNet50. The committed weights are float16; every figure is of them.

The committed compact network learns from RAF-DB too: expression_joint.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ferplus
import made_up
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of, without
from common import class_outputs, export_onnx, round_to_half, tensor, write_card
from expression_networks import Product, Resnet50, Standardise, Vgg16
from expression_train import augment, logits_of, sampling, scores
from measures import fit_temperature, softmax
from runner import Failure, Recipe, Run
from training import start_from

# Where FER2013's own frame lies relative to the face square of 68 landmarks: medians over 444 training faces, enlarged
# and labelled with the landmark teacher (quartiles of the scale 1.04 to 1.26, of the shift down -0.23 to -0.15).
CROP_SCALE = 1.15
OFFSET = [0.0, -0.19]

NETWORKS = {"vgg16": (Vgg16, "expression-thesis"), "resnet50": (Resnet50, "expression-resnet50")}
TITLES = {
    "expression-compact": "Expression, compact residual CNN",
    "expression-thesis": "Expression, VGG16 without top at 64x64, no batch norm (thesis), reduced width",
    "expression-resnet50": "Expression, ResNet50 at 64x64",
}
DATA = (
    "FER2013 faces (48x48, grey, found by a detector on the web) with the FER+ votes of ten taggers. Training on votes as "
    "soft labels, single votes zeroed; tests by the majority protocol: more than half of the votes on one of eight labels, "
    "`unknown` and `not a face` dropped."
)
LICENCE = "Weights: for research use, as FER2013 is; FER+ votes: MIT."
LIMITS = (
    "FER2013 has no subject ids, so the same person may be in training and test pictures; copies (exact, mirrored, "
    "re-cropped) were removed by correlation. Contempt, disgust and fear are rare in the data and weak in the network: "
    "see their rows. Posed and acted web pictures; ages, skin tones and cultures are not balanced and not annotated, so "
    "differences between groups of people were not measured. Faces turned by more than about 45 degrees were not tested."
)


def card_limits(*further_sets: str) -> str:
    """The limits of FER+, and that further sets share them."""
    also = f" The same holds of {', '.join(further_sets)}: no names, no ages, no skin tones; infants and the very old are few." if further_sets else ""
    return LIMITS + also


def run(run: Run) -> None:
    options = run.options
    if options.network not in NETWORKS:
        raise Failure(f"There is no network {options.network}: vgg16 or resnet50.")
    training, validation, _, _ = ferplus.splits(run.needs("ferplus"))
    network: nn.Module = NETWORKS[options.network][0](options.width)
    start_from(network, options.start)
    side = network.side
    faces, soft = torch.from_numpy(training.pixels).to(run.device), torch.from_numpy(training.soft).to(run.device)
    chances = sampling(training.soft, options.balance).to(run.device)
    batch = min(options.batch, len(training))
    steps = options.steps or len(training) // batch
    standardise = Standardise().to(run.device)

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = run.generator(epoch)
        for index in torch.multinomial(chances, steps * batch, replacement=True, generator=random).split(batch):
            # The first part of a training may run on smaller pictures: it costs half and loses nothing in the end.
            small = run.share < options.small and options.network != "vgg16"
            yield augment(faces[index].float()[:, None], side * 3 // 4 if small else side, random), soft[index]

    def loss(net: nn.Module, given: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        pixels, wanted = given
        grey = standardise(pixels.expand(-1, 3, -1, -1)).contiguous(memory_format=torch.channels_last)
        with run.autocast():
            logits = net(grey)
        return {"train": F.cross_entropy(logits.float(), wanted)}

    def measure(net: nn.Module) -> dict[str, float]:
        found = scores(logits_of(net, validation.pixels, side), validation.majority)
        return {"accuracy": found["accuracy"], "macroF1": found["macroF1"], "score": found["accuracy"] + 0.25 * found["macroF17"]}

    network = run.fit(network, batches=batches, steps=steps, loss=loss, measure=measure, better="score", ramp=9, warmup=0.15, channels_last=True)
    publish(run, network, side)


def id_of(network: str) -> str:
    return {"compact": "expression-compact", "vgg16": "expression-thesis", "resnet50": "expression-resnet50"}[network]


def scores_of(logits: np.ndarray, truth: np.ndarray, temperature: float) -> dict:
    probabilities = softmax(logits, temperature)
    seven = figures_of(*without(probabilities, truth, 7), ferplus.LABELS[:7])
    return {"eight": figures_of(probabilities, truth, ferplus.LABELS), "seven": seven}


def figures_on_test(network: nn.Module, side: int, data: Path) -> tuple[dict, float]:
    """Temperature from the validation set; figures of the test set, with and without the mirrored face."""
    _, validation, test, counts = ferplus.splits(data)
    temperature = fit_temperature(logits_of(network, validation.pixels, side), validation.majority)
    straight = logits_of(network, test.pixels, side)
    mirrored = logits_of(network, np.ascontiguousarray(test.pixels[:, :, ::-1]), side)
    figures = {
        "split": counts,
        "temperature": temperature,
        "test": scores_of(straight, test.majority, temperature),
        "testWithMirror": scores_of((straight + mirrored) / 2, test.majority, temperature),
    }
    return figures, temperature


def card(entry: str, folder: Path, figures: dict[str, Any], run: Run) -> None:
    eight, seven, twice = figures["test"]["eight"], figures["test"]["seven"], figures["testWithMirror"]
    rows = rows_of(eight, prefix="test, 8 classes: ") + rows_of(seven, prefix="test, 7 classes: ")
    rows += rows_of(twice["eight"], ("accuracy", "macroF1"), "test with the mirrored face averaged in, 8 classes: ")
    rows.append(("majority baseline, 8 classes", f"{eight['majorityBaseline']:.3f}"))
    rows.append(("time of a face, one thread", f"{figures['time']['medianMs']:.2f} ms ({figures['machine']})"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, {figures['parameters'] / 1e6:.2f} M parameters as float16"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += f"\n\nTest set, eight classes:\n\n{class_table(eight)}\n\n![confusion](confusion.png) ![curves](curves.png)"
    split = figures["split"]
    width = f"All layers have {run.options.width} times the channels of the full network. "
    write_card(
        folder / "card.md",
        TITLES[entry],
        f"Reads one of eight expressions from a face crop. {width}The curves show {len(run.history)} epochs.",
        DATA,
        LICENCE,
        f"Training {split['train']} faces, validation {split['validation']} (early stopping, temperature), test {split['test']} "
        f"(the data's `valid` part; {split['testWithoutMajority']} without a majority dropped). {split['droppedCopies']} "
        "training faces were dropped as copies of validation or test faces.",
        table,
        f"`image` float32 [n, 3, {figures['side']}, {figures['side']}], RGB 0..255. Grey conversion and standardisation (zero mean, unit "
        f"deviation of each face) are in the graph. Crop: {CROP_SCALE} times the face square, shifted by {OFFSET} of its side.",
        "`probabilities` [n, 8] (calibrated) and `logits` [n, 8] (divided by the temperature), order "
        + ", ".join(ferplus.LABELS)
        + ". The seven-class output is the renormalised sub-set without contempt.",
        "See [expression-compact](../expression-compact/card.md).",
        f"`{run.command}`. {run.options.how}",
        LIMITS,
    )


def publish(run: Run, network: nn.Module, side: int) -> None:
    """Measures, exports and registers."""
    entry, data = NETWORKS[run.options.network][1], run.needs("ferplus")
    folder = run.out / entry
    network = round_to_half(network)
    figures, temperature = figures_on_test(network, side, data)
    face = ferplus.read(data, "valid").pixels[:1]
    image = np.repeat(np.kron(face, np.ones((1, 2, 2)))[:, None, :side, :side], 3, 1).astype(np.uint8)
    path = export_onnx(Product(network, temperature), {"image": image}, ["probabilities", "logits"], folder / "model.onnx", half=True)
    figures |= {
        "time": milliseconds(path, {"image": image.astype(np.float32)}), "machine": "two shared cores, onnxruntime", "bytes": path.stat().st_size,
        "parameters": sum(weight.numel() for weight in network.parameters()), "side": side,
    }  # fmt: skip
    plot_confusion(figures["test"]["eight"], folder / "confusion.png", f"{entry}, test set")
    card(entry, folder, figures, run)
    run.publish({
        "id": entry, "task": "expression", "role": "thesis", "default": False, "title": TITLES[entry],
        "inputs": [tensor("image", ["n", 3, side, side], "RGB, 0..255")], "outputs": class_outputs(8),
        "labels": ferplus.LABELS, "preprocessing": {"cropScale": CROP_SCALE, "offset": OFFSET, "grey": True},
        "licence": {"weights": "research use", "data": "FER2013: research; FER+ votes: MIT"},
    }, figures)  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    made_up.fer(folder)
    return {"epochs": 1, "steps": 2, "batch": 8, "width": 0.125}


RECIPE = Recipe(
    title=TITLES["expression-thesis"], task="expression", run=run, smoke=smoke,
    data="The folder holds ferplus/: the sheets of FER2013 faces with the votes of FER+ (train and valid, .csv and .png).",
    options={
        "network": "vgg16", "width": 0.25, "epochs": 36, "batch": 128, "rate": 3e-3, "decay": 0.03, "bf16": True, "balance": 0.25, "small": 0.6, "how": "",
    },
)  # fmt: skip
