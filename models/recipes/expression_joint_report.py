"""Measures what expression_joint.py left on both label sets, exports it and registers it.

    python expression_joint_report.py DATA --raf RAFDB_FOLDER --work WORK [--network vgg16] [--average WORK ...] [--mirrored] [--how TEXT]

Every figure is of the stored float16 weights. RAF-DB knows no contempt: its figures are renormalised over its seven labels.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import ferplus
import rafdb
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of, without
from common import MODELS, export_onnx, register, resize_whole, round_to_half, write_card, write_json
from expression import CROP_SCALE, OFFSET, TITLES, card_limits, id_of
from expression_networks import Compact, Product, Vgg16, folded
from measures import ece, fit_temperature, plot_curves, softmax

SIDE = 64
SEVEN = ferplus.LABELS[:7]


@torch.no_grad()
def logits_of(product: torch.nn.Module, pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures that are the crop (any size, grey or colour), sampled as the product samples them."""
    out = []
    for start in range(0, len(pictures), 128):
        images = np.stack([resize_whole(p, (SIDE, SIDE)) for p in pictures[start : start + 128]])
        out.append(product(torch.from_numpy(images))[1].numpy())
    return np.concatenate(out)


def temperature_of(fer: tuple[np.ndarray, np.ndarray], raf: tuple[np.ndarray, np.ndarray]) -> float:
    """One temperature for both sets, each with the same weight (cross-entropy on the faces of validation)."""
    count = min(len(fer[1]), len(raf[1]))
    random = np.random.default_rng(0)
    parts = [random.choice(len(part[1]), count, replace=len(part[1]) < count) for part in (fer, raf)]
    logits = np.concatenate([fer[0][parts[0]], np.concatenate([raf[0][parts[1]], np.full((count, 1), -1e4)], 1)])
    return fit_temperature(logits, np.concatenate([fer[1][parts[0]], raf[1][parts[1]]]))


def measure(product: torch.nn.Module, data: Path, raf_folder: Path) -> tuple[dict, float]:
    _, fer_validation, fer_test, counts = ferplus.splits(data / "ferplus")
    raf_train, raf_validation, raf_test = rafdb.splits(raf_folder)
    fer_held = logits_of(product, list(fer_validation.pixels)), fer_validation.majority
    raf_held = logits_of(product, list(raf_validation.pixels))[:, :7], raf_validation.label
    temperature = temperature_of(fer_held, raf_held)
    fer = softmax(logits_of(product, list(fer_test.pixels)), temperature)
    raf = softmax(logits_of(product, list(raf_test.pixels))[:, :7], temperature)
    figures = {
        "split": {"ferplus": counts, "rafdb": {"train": len(raf_train), "validation": len(raf_validation), "test": len(raf_test)}},
        "temperature": temperature,
        "ferplus": {"eight": figures_of(fer, fer_test.majority, ferplus.LABELS), "seven": figures_of(*without(fer, fer_test.majority, 7), SEVEN)},
        "rafdb": figures_of(raf, raf_test.label, SEVEN, raf_test.group),
        "validationEce": {"ferplus": ece(softmax(fer_held[0], temperature), fer_held[1]), "rafdb": ece(softmax(raf_held[0], temperature), raf_held[1])},
    }
    return figures, temperature


def before(folder: Path, raf_folder: Path) -> dict:
    """What the network of one set, that was committed before, says of the same RAF-DB faces."""
    import onnxruntime

    known = json.loads((folder / "figures.json").read_text())
    if "rafdb" in known:
        return known.get("before", {})
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[2]
    _, _, test = rafdb.splits(raf_folder)
    said = np.concatenate([session.run(["probabilities"], {"image": resize_whole(p, (side, side))[None]})[0] for p in test.pixels])[:, :7]
    found = figures_of(said / said.sum(1, keepdims=True), test.label, SEVEN, test.group)
    return {name: found[name] for name in ("accuracy", "macroF1", "uar", "ece")}


def card(folder: Path, figures: dict, how: str, settings: str) -> None:
    eight, seven, raf = figures["ferplus"]["eight"], figures["ferplus"]["seven"], figures["rafdb"]
    rows = rows_of(eight, prefix="FER+ test, 8 classes: ") + rows_of(seven, ("accuracy", "macroF1"), "FER+ test, 7 classes: ")
    rows += rows_of(raf, prefix="RAF-DB, held-out part, 7 classes: ")
    if figures["before"]:
        old = figures["before"]
        rows.append(("the network of before (FER+ alone) on the same RAF-DB faces: accuracy, macro-F1, ECE", f"{old['accuracy']:.3f}, {old['macroF1']:.3f}, {old['ece']:.3f}"))
    rows.append(("majority baseline, FER+ and RAF-DB", f"{eight['majorityBaseline']:.3f}, {raf['majorityBaseline']:.3f}"))
    rows.append(("time of a face, one thread", f"{figures['time']['medianMs']:.2f} ms (two shared cores, onnxruntime)"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, {figures['parameters'] / 1e6:.2f} M parameters as float16"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += f"\n\nFER+ test, eight classes:\n\n{class_table(eight)}\n\nRAF-DB, held-out part:\n\n{class_table(raf)}\n\n![FER+](confusion.png) ![RAF-DB](confusion-rafdb.png) ![curves](curves.png)"
    split = figures["split"]
    write_card(
        folder / "card.md", TITLES[folder.name],
        "Reads one of eight expressions from a face crop. " + ("" if settings == "" else "VGG16 without its top; the batch norms that it was trained with are multiplied into the convolutions. ")
        + "One trunk and one answer, trained on two sets that were labelled by different people, so that it says what "
        "both would say more often than a network of one set does.",
        "FER2013 faces (48x48, grey) with the FER+ votes of ten taggers, as soft labels, single votes zeroed; tests by the majority protocol. RAF-DB basic, the published training part: 12,271 aligned "
        "colour faces 100x100 of the web, one label of seven by about forty taggers.",
        "Weights: research use, not commercial, as FER2013 and RAF-DB are; FER+ votes: MIT.",
        f"FER+: training {split['ferplus']['train']} faces, validation {split['ferplus']['validation']}, test {split['ferplus']['test']} (the data's `valid` part); copies of validation and test faces dropped. RAF-DB: "
        f"{split['rafdb']['train']}, {split['rafdb']['validation']}, {split['rafdb']['test']}; copies (perceptual signatures, mirrored too) stay in one part. Neither set names its people: the same person may be on both "
        "sides. The last weights of the schedule are taken (no stopping by validation); the temperature is one for both sets, from their validation parts.",
        table,
        f"`image` float32 [n, 3, {SIDE}, {SIDE}], RGB 0..255. Grey conversion, standardisation (zero mean, unit deviation of each face) and, where it was exported so, the mean with the mirror image are in the graph. Crop: {CROP_SCALE} times the face square, "
        f"shifted by {OFFSET} of its side.",
        "`probabilities` [n, 8] (calibrated) and `logits` [n, 8] (divided by the temperature), order " + ", ".join(ferplus.LABELS) + ". The seven-class answer is the renormalised sub-set without contempt.",
        "[expression-compact](../expression-compact/card.md), [expression-thesis](../expression-thesis/card.md): figures of the same faces.",
        f"`python models/recipes/expression_joint.py DATA --raf RAFDB --work WORK{settings}`, then `python models/recipes/expression_joint_report.py DATA --raf RAFDB --work WORK{settings}`. {how}",
        card_limits("RAF-DB"),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--raf", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--average", type=Path, nargs="*", default=[], help="folders of earlier parts of the same run: the mean of the weights is taken")
    parser.add_argument("--network", choices=["compact", "vgg16"], default="compact")
    parser.add_argument("--width", type=float, default=0.25, help="share of the full channels (vgg16)")
    parser.add_argument("--mirrored", action="store_true", help="the face and its mirror image are both read, inside the graph")
    parser.add_argument("--how", default="", help="what the card says of how these weights were trained")
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    compact, entry = options.network == "compact", id_of(options.network)
    folder = options.models / entry
    network = Compact(deep=True, side=SIDE) if compact else Vgg16(options.width, norm=True)
    states = [torch.load(folder / "last.pt")["state"] for folder in [options.work, *options.average]]
    mean = {name: sum(s[name] for s in states) / len(states) if value.dtype.is_floating_point else value for name, value in states[0].items()}
    network.load_state_dict(mean)
    network = round_to_half(network if compact else folded(network))
    figures, temperature = measure(Product(network, mirrored=options.mirrored), options.data, options.raf)
    figures["before"] = before(folder, options.raf)
    face = ferplus.read(options.data / "ferplus", "valid").pixels[:1]
    image = np.repeat(np.kron(face, np.ones((1, 2, 2)))[:, None, :SIDE, :SIDE], 3, 1).astype(np.uint8)
    path = export_onnx(Product(network, temperature, options.mirrored), {"image": image}, ["probabilities", "logits"], folder / "model.onnx", half=True)
    figures |= {
        "time": milliseconds(path, {"image": image.astype(np.float32)}, 100), "bytes": path.stat().st_size,
        "parameters": sum(weight.numel() for weight in network.parameters()), "side": SIDE,
    }  # fmt: skip
    write_json(folder / "figures.json", figures)
    curves = json.loads((options.work / "curves.json").read_text())
    names = {"score FER+": "accuracy", "score RAF-DB": "raf", "score RAF-DB macro-F1": "rafMacroF1"}
    plot_curves({"loss train": [c["loss"] for c in curves]} | {k: [c[v] for c in curves] for k, v in names.items()}, folder / "curves.png", f"{entry}: validation")
    plot_confusion(figures["ferplus"]["eight"], folder / "confusion.png", f"{entry}, FER+ test")
    plot_confusion(figures["rafdb"], folder / "confusion-rafdb.png", f"{entry}, RAF-DB held-out part")
    card(folder, figures, options.how, "" if compact else f" --network vgg16 --width {options.width}")
    print(json.dumps({name: {k: part[k] for k in ("accuracy", "macroF1", "uar", "ece")} for name, part in (("fer", figures["ferplus"]["eight"]), ("raf", figures["rafdb"]))}), figures["before"], figures["time"])
    register({
        "id": entry, "task": "expression", "role": "compact" if compact else "thesis", "default": compact, "title": TITLES[entry], "file": f"{entry}/model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, SIDE, SIDE], "meaning": "RGB, 0..255"}],
        "outputs": [
            {"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "calibrated probabilities"},
            {"name": "logits", "type": "float32", "shape": ["n", 8], "meaning": "logits over the temperature"},
        ],
        "labels": ferplus.LABELS, "preprocessing": {"cropScale": CROP_SCALE, "offset": OFFSET, "grey": True},
        "licence": {"weights": "research use, not commercial", "data": "FER2013: research; FER+ votes: MIT; RAF-DB: non-commercial research"},
        "card": f"{entry}/card.md", "figures": f"{entry}/figures.json", "check": f"{entry}/check.json",
    }, options.models)  # fmt: skip


if __name__ == "__main__":
    main()
