"""Expression networks on FER+: measures what `expression_train.py` left, exports it and registers it.

    python expression_train.py DATA --work WORK            (add --network vgg16 --width 0.25 for the thesis's network)
    python expression.py DATA --work WORK                  (the same options)

The committed weights are float16; every figure is of them. `--network resnet50` runs through the same code.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import ferplus
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of, without
from common import MODELS, export_onnx, register, round_to_half, write_card, write_json
from expression_networks import Product
from expression_train import build, logits_of
from measures import fit_temperature, plot_curves, softmax

# Where FER2013's own frame lies relative to the face square of 68 landmarks: medians over 444 training faces, enlarged
# and labelled with the landmark teacher (quartiles of the scale 1.04 to 1.26, of the shift down -0.23 to -0.15).
CROP_SCALE = 1.15
OFFSET = [0.0, -0.19]

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


def id_of(network: str) -> str:
    return {"compact": "expression-compact", "vgg16": "expression-thesis", "resnet50": "expression-resnet50"}[network]


def scores_of(logits: np.ndarray, truth: np.ndarray, temperature: float) -> dict:
    probabilities = softmax(logits, temperature)
    seven = figures_of(*without(probabilities, truth, 7), ferplus.LABELS[:7])
    return {"eight": figures_of(probabilities, truth, ferplus.LABELS), "seven": seven}


def measure(network: torch.nn.Module, side: int, data: Path) -> tuple[dict, float]:
    """Temperature from the validation set; figures of the test set, with and without the mirrored face."""
    _, validation, test, counts = ferplus.splits(data / "ferplus")
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


def card(entry: str, folder: Path, figures: dict, curves: list[dict]) -> None:
    eight, seven, twice = figures["test"]["eight"], figures["test"]["seven"], figures["testWithMirror"]
    rows = rows_of(eight, prefix="test, 8 classes: ") + rows_of(seven, prefix="test, 7 classes: ")
    rows += rows_of(twice["eight"], ("accuracy", "macroF1"), "test with the mirrored face averaged in, 8 classes: ")
    rows.append(("majority baseline, 8 classes", f"{eight['majorityBaseline']:.3f}"))
    rows.append(("time of a face, one thread", f"{figures['time']['medianMs']:.2f} ms ({figures['machine']})"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, {figures['parameters'] / 1e6:.2f} M parameters as float16"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += f"\n\nTest set, eight classes:\n\n{class_table(eight)}\n\n![confusion](confusion.png) ![curves](curves.png)"
    split = figures["split"]
    sibling = "expression-thesis" if entry == "expression-compact" else "expression-compact"
    write_card(
        folder / "card.md",
        TITLES[entry],
        f"Reads one of eight expressions from a face crop. {figures['width']}Trained on a CPU; the curves show the last run, {len(curves)} epochs.",
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
        f"See [{sibling}](../{sibling}/card.md).",
        f"`python models/recipes/expression_train.py DATA --work WORK{figures['options']}`, then "
        f"`python models/recipes/expression.py DATA --work WORK{figures['options']}`. {figures['how']}",
        LIMITS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="what expression_train.py wrote")
    parser.add_argument("--network", choices=["compact", "vgg16", "resnet50"], default="compact")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--how", default="", help="what the card says of how these weights were trained")
    parser.add_argument("--models", type=Path, default=MODELS)
    publish(parser.parse_args())


def publish(options: argparse.Namespace) -> str:
    """Measures what training left in `work`, exports and registers it in `models`. Returns the id."""
    entry = id_of(options.network)
    folder = options.models / entry
    network = build(options.network, options.width)
    stored = torch.load(options.work / "best.pt")
    network.load_state_dict(stored["state"])
    side = network.side
    network = round_to_half(network)
    figures, temperature = measure(network, side, options.data)
    curves = json.loads((options.work / "curves.json").read_text())
    face = ferplus.read(options.data / "ferplus", "valid").pixels[:1]
    image = np.repeat(np.kron(face, np.ones((1, 2, 2)))[:, None, :side, :side], 3, 1).astype(np.uint8)
    product = Product(network, temperature)
    path = export_onnx(product, {"image": image}, ["probabilities", "logits"], folder / "model.onnx", half=True)
    shape = ["n", 3, side, side]
    figures |= {
        "time": milliseconds(path, {"image": image.astype(np.float32)}),
        "machine": "two shared cores, onnxruntime",
        "bytes": path.stat().st_size,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "side": side,
        "how": options.how,
        "width": "" if options.network == "compact" else f"All layers have {options.width} times the channels of the full network. ",
        "epoch": stored["epoch"],
        "options": "" if options.network == "compact" else f" --network {options.network} --width {options.width}",
    }
    write_json(folder / "figures.json", figures)
    seen = [line for line in curves if "accuracy" in line]
    names = {"score accuracy": "accuracy", "score macro-F1 (7)": "macroF17"}
    history = {"loss train": [c["loss"] for c in curves]} | {k: [c[v] for c in seen] for k, v in names.items()}
    plot_curves(history, folder / "curves.png", f"{entry} (scores: each validation)")
    plot_confusion(figures["test"]["eight"], folder / "confusion.png", f"{entry}, test set")
    card(entry, folder, figures, curves)
    register(
        {
            "id": entry,
            "task": "expression",
            "role": "compact" if entry == "expression-compact" else "thesis",
            "default": entry == "expression-compact",
            "title": TITLES[entry],
            "file": f"{entry}/model.onnx",
            "inputs": [{"name": "image", "type": "float32", "shape": shape, "meaning": "RGB, 0..255"}],
            "outputs": [
                {"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "calibrated probabilities"},
                {"name": "logits", "type": "float32", "shape": ["n", 8], "meaning": "logits over the temperature"},
            ],
            "labels": ferplus.LABELS,
            "preprocessing": {"cropScale": CROP_SCALE, "offset": OFFSET, "grey": True},
            "licence": {"weights": "research use", "data": "FER2013: research; FER+ votes: MIT"},
            "card": f"{entry}/card.md",
            "figures": f"{entry}/figures.json",
            "check": f"{entry}/check.json",
        },
        options.models,
    )
    return entry


if __name__ == "__main__":
    main()
