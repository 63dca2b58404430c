"""Enhanced Emotion Classifier: the expression network's posterior, corrected by eye openness and gaze.

    python eec.py DATA --work WORK        after the recipes of landmarks, eye state, gaze and expression

It starts as the identity on the expression and learns a correction from FER+ validation faces, which the expression
network has not trained on. How strong the correction may be is chosen by cross-validation, with none among the choices.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import ferplus
from chain import Chain
from classification import figures_of, milliseconds, paired_difference, plot_confusion, rows_of, without
from common import MODELS, export_onnx, register, resize_whole, save_arrays, seed_all, write_card, write_json
from expression import CROP_SCALE, OFFSET
from measures import plot_curves

ENTRY = "eec"
LEAST = 1e-4
STRENGTHS = [0.0, 0.25, 0.5, 1.0]
ENLARGED = 2  # FER+ faces are enlarged before the landmark network sees them
STEPS = 200
DECAY = 0.02


class Eec(nn.Module):
    """log p + strength * V tanh(W [log p, eyes, gaze]); V starts at zero."""

    def __init__(self, strength: float, hidden: int = 24) -> None:
        super().__init__()
        self.hidden = nn.Linear(8 + 2 + 4 + 2, hidden)
        self.out = nn.Linear(hidden, 8)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.strength = strength

    def forward(self, expression: Tensor, eyes: Tensor, gaze: Tensor) -> Tensor:
        logarithm = expression.clamp(min=LEAST).log()
        both = torch.stack([(gaze[:, 0] + gaze[:, 2]) / 2, (gaze[:, 1] + gaze[:, 3]) / 2], 1)
        seen = torch.cat([logarithm / 4 + 1, eyes * 2 - 1, gaze * 2, both * 2], 1)
        return (logarithm + self.strength * self.out(torch.tanh(self.hidden(seen)))).softmax(1)


def eyes_of(chain: Chain, faces: ferplus.Faces) -> dict[str, np.ndarray]:
    """Eye openness and gaze of FER+ faces, whose frame lies around the face square as `expression` has it."""
    out: dict[str, list] = {"eyes": [], "gaze": []}
    side = ferplus.SIDE * ENLARGED
    square_side = side / CROP_SCALE
    square = (side / 2 - OFFSET[0] * square_side, side / 2 - OFFSET[1] * square_side, square_side, 0.0)
    for pixels in faces.pixels:
        large = resize_whole(pixels, (side, side)).transpose(1, 2, 0)
        _, opened, gaze = chain.read_eyes(large, square)
        out["eyes"].append(opened)
        out["gaze"].append(gaze)
    return {name: np.array(values, np.float32) for name, values in out.items()}


def prepared(chain: Chain, faces: ferplus.Faces, path: Path) -> dict[str, np.ndarray]:
    """All inputs. Eyes and gaze are kept on disk together with the hashes of the networks that made them."""
    made_by = " ".join(network.entry["sha256"] for network in (chain.landmarks, chain.eyes, chain.gaze))
    stored = dict(np.load(path)) if path.exists() else {"made_by": ""}
    if str(stored.pop("made_by")) != made_by:
        stored = eyes_of(chain, faces)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_arrays(path, {"made_by": made_by, **stored})
    size = chain.expression.size
    return stored | {"expression": np.concatenate([chain.expression(resize_whole(f, size)[None]) for f in faces.pixels])}


def tensors(features: dict[str, np.ndarray], index: np.ndarray) -> list[Tensor]:
    return [torch.from_numpy(features[name][index]) for name in ("expression", "eyes", "gaze")]


def fit(features: dict[str, np.ndarray], label: np.ndarray, index: np.ndarray, strength: float) -> tuple[Eec, list[float]]:
    torch.manual_seed(4)
    network, losses = Eec(strength), []
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    inputs, target = tensors(features, index), torch.from_numpy(label[index])
    for _ in range(STEPS if strength else 1):
        loss = nn.functional.nll_loss(network(*inputs).clamp(min=1e-7).log(), target)
        optimiser.zero_grad()
        (loss + DECAY * (network.out.weight**2).sum() + DECAY * (network.out.bias**2).sum()).backward()
        optimiser.step()
        losses.append(loss.item())
    return network.eval(), losses


@torch.no_grad()
def run(network: Eec, features: dict[str, np.ndarray], index: np.ndarray) -> np.ndarray:
    return network(*tensors(features, index)).numpy()


def choose(features: dict[str, np.ndarray], faces: ferplus.Faces) -> tuple[float, dict[str, dict[str, float]]]:
    """Strength with the best five-fold accuracy on the validation faces; ties and near-ties go to the weaker one."""
    order = np.random.default_rng(6).permutation(len(faces))
    scores = {}
    for strength in STRENGTHS:
        right, nll = [], []
        for part in np.array_split(order, 5):
            network, _ = fit(features, faces.majority, np.setdiff1d(order, part), strength)
            out = run(network, features, part)
            right.append(out.argmax(1) == faces.majority[part])
            nll.append(-np.log(out[np.arange(len(part)), faces.majority[part]] + 1e-9))
        scores[str(strength)] = {"accuracy": float(np.concatenate(right).mean()), "nll": float(np.concatenate(nll).mean())}
    allowed = [s for s in STRENGTHS if scores[str(s)]["accuracy"] >= scores["0.0"]["accuracy"]]
    return min(allowed, key=lambda s: (round(scores[str(s)]["nll"], 3), s)), scores


def card(folder: Path, figures: dict) -> None:
    rows = rows_of(figures["eec"], prefix="EEC, test, 8 classes: ") + rows_of(figures["expressionAlone"], prefix="expression alone: ")
    rows += rows_of(figures["eecSeven"], ("accuracy", "macroF1"), "EEC, 7 classes: ")
    rows += rows_of(figures["expressionAloneSeven"], ("accuracy", "macroF1"), "expression alone, 7 classes: ")
    for name, key in (("accuracy", "accuracyGain"), ("log likelihood", "likelihoodGain")):
        gain = figures[key]
        rows.append((f"paired gain in {name}, test", f"{gain['difference']:+.4f} ({gain['interval'][0]:+.4f} to {gain['interval'][1]:+.4f})"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    chosen = ", ".join(f"{k}: {v['accuracy']:.4f} ({v['nll']:.4f})" for k, v in figures["crossValidation"].items())
    table += f"\n\nCross-validated accuracy (negative log likelihood) by strength of the correction: {chosen}; chosen {figures['strength']}."
    table += "\n\n![confusion](confusion.png) ![curves](curves.png)"
    write_card(
        folder / "card.md",
        "Enhanced Emotion Classifier",
        "Corrects the expression network's posterior by how open the eyes are and where they look.",
        "FER+ faces (48x48, enlarged twice) run through the committed landmark, eye state, gaze and expression networks.",
        "Weights: research use (FER2013). FER+ votes: MIT.",
        f"Fitted on {figures['validationFaces']} FER+ validation faces, which the expression network did not train on; tested on the test faces. "
        "FER2013 has no subject ids; copies between the parts were removed. Networks (first digits of sha256): "
        + ", ".join(f"{name} {sha[:12]}" for name, sha in figures["networks"].items())
        + ".",
        table,
        "`expression` float32 [n, 8] (probabilities), `eyes` [n, 2] (probability that the right and the left eye is open), `gaze` [n, 4] "
        "(pitch and yaw of the right eye, then of the left, radians; mirrored eyes turned back).",
        "`probabilities` [n, 8], order " + ", ".join(ferplus.LABELS) + ".",
        "The expression network alone is in the table.",
        "`python models/recipes/eec.py DATA --work WORK` after the recipes of landmarks, eye state, gaze and expression.",
        "Eyes are about ten pixels wide in FER+, so eye state and gaze are coarse there.",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="where the networks' outputs are kept")
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    seed_all(4)
    folder = options.models / ENTRY
    chain = Chain(options.models)
    _, validation, test, _ = ferplus.splits(options.data / "ferplus")
    seen = prepared(chain, validation, options.work / "eec_validation.npz")
    held = prepared(chain, test, options.work / "eec_test.npz")
    strength, scores = choose(seen, validation)
    network, losses = fit(seen, validation.majority, np.arange(len(validation)), strength)
    everything, truth = np.arange(len(test)), test.majority
    ours, alone = run(network, held, everything), held["expression"]
    figures: dict[str, Any] = {
        "strength": strength,
        "crossValidation": scores,
        "validationFaces": len(validation),
        "networks": {net.entry["id"]: net.entry["sha256"] for net in (chain.landmarks, chain.eyes, chain.gaze, chain.expression)},
        "eec": figures_of(ours, truth, ferplus.LABELS),
        "expressionAlone": figures_of(alone, truth, ferplus.LABELS),
        "eecSeven": figures_of(*without(ours, truth, 7), ferplus.LABELS[:7]),
        "expressionAloneSeven": figures_of(*without(alone, truth, 7), ferplus.LABELS[:7]),
        "accuracyGain": paired_difference(alone.argmax(1) == truth, ours.argmax(1) == truth),
        "likelihoodGain": paired_difference(*(np.log(p[everything, truth] + 1e-9) for p in (alone, ours))),
    }
    sample = {name: held[name][:1] for name in ("expression", "eyes", "gaze")}
    path = export_onnx(network, sample, ["probabilities"], folder / "model.onnx")
    figures |= {"time": milliseconds(path, sample), "bytes": path.stat().st_size}
    write_json(folder / "figures.json", figures)
    plot_curves({"loss": losses}, folder / "curves.png", ENTRY)
    plot_confusion(figures["eec"], folder / "confusion.png", "eec, test set")
    card(folder, figures)
    print(strength, scores, figures["accuracyGain"], figures["likelihoodGain"], figures["eec"]["ece"])
    entry = {
        "id": ENTRY,
        "task": "eec",
        "role": "aggregator",
        "default": True,
        "title": "Enhanced Emotion Classifier",
        "file": f"{ENTRY}/model.onnx",
        "inputs": [
            {"name": "expression", "type": "float32", "shape": ["n", 8], "meaning": "probabilities of the expression network"},
            {"name": "eyes", "type": "float32", "shape": ["n", 2], "meaning": "probability open: right eye, left eye"},
            {"name": "gaze", "type": "float32", "shape": ["n", 4], "meaning": "pitch, yaw of the right eye, then of the left; radians"},
        ],
        "outputs": [{"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "probabilities"}],
        "labels": ferplus.LABELS,
        "preprocessing": {},
        "licence": {"weights": "research use", "data": "FER2013: research; FER+ votes: MIT"},
        "card": f"{ENTRY}/card.md",
        "figures": f"{ENTRY}/figures.json",
        "check": f"{ENTRY}/check.json",
    }  # fmt: skip
    register(entry, options.models)


if __name__ == "__main__":
    main()
