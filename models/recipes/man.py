"""Multimodal Aggregator Network: fuses the posteriors of a face and of a voice into one of seven emotions.

    python expression.py DATA ..., python speech.py DATA --work WORK, then
    python man.py DATA --work WORK

No labelled audio-visual set is at hand, so pairs are made: a FER+ face and a RAVDESS voice with the same label, drawn at
random. The modalities are then independent given the label, which real recordings are not: the gain of fusion is an
upper limit. Posteriors to train on come from faces and speakers that the networks below have not trained on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

import ferplus
import ravdess
from classification import figures_of, milliseconds, paired_difference, plot_confusion, rows_of, without
from common import MODELS, export_onnx, register, resize_whole, seed_all, write_card, write_json
from measures import plot_curves, softmax
from speech import COMMITTED, temperatures

ENTRY = "man"
LABELS = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust"]
# Columns of the speech posterior (neutral calm happy sad angry fear disgust surprise) that make up each label.
FROM_SPEECH = {"neutral": [0, 1], "happy": [2], "sad": [3], "angry": [4], "surprise": [7], "fear": [5], "disgust": [6]}
LEAST = 1e-3  # probabilities are lifted to this before the logarithm


class Man(nn.Module):
    """Adds up the evidence of the modalities that are there.

    Evidence: the log posterior, through a square map that starts as the identity, times a gate that sees how sure both
    modalities are. What is absent adds nothing, and each of the three cases (both, face only, voice only) has its own
    bias, so that one modality alone is calibrated too."""

    def __init__(self) -> None:
        super().__init__()
        merge = torch.zeros(8, 7)
        for at, label in enumerate(LABELS):
            merge[FROM_SPEECH[label], at] = 1
        self.register_buffer("merge", merge)
        self.face_map = nn.Linear(8, 7, bias=False)
        self.speech_map = nn.Linear(7, 7, bias=False)
        with torch.no_grad():
            self.face_map.weight.copy_(torch.eye(8)[:7])
            self.speech_map.weight.copy_(torch.eye(7))
        self.gate = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 2))
        nn.init.zeros_(self.gate[2].weight)
        nn.init.zeros_(self.gate[2].bias)
        self.bias = nn.Parameter(torch.zeros(3, 7))

    def forward(self, face: Tensor, speech: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        voice = speech @ self.merge
        has_face, has_voice = present[:, :1], present[:, 1:]
        log_face, log_voice = face.clamp(min=LEAST).log(), voice.clamp(min=LEAST).log()
        unsure_face = -(face * log_face).sum(1, keepdim=True) * has_face
        unsure_voice = -(voice * log_voice).sum(1, keepdim=True) * has_voice
        best_face = face.max(1, keepdim=True).values * has_face
        best_voice = voice.max(1, keepdim=True).values * has_voice
        gates = torch.exp(self.gate(torch.cat([unsure_face, best_face, unsure_voice, best_voice, present], 1)))
        from_face = self.face_map(log_face) * gates[:, :1] * has_face
        from_voice = self.speech_map(log_voice) * gates[:, 1:] * has_voice
        cases = torch.cat([has_face * has_voice, has_face * (1 - has_voice), (1 - has_face) * has_voice], 1)
        probabilities = (from_face + from_voice + cases @ self.bias).softmax(1)
        # How far each modality lifts what was decided above its own mean, as shares.
        lift_face = (probabilities * (from_face - from_face.mean(1, keepdim=True))).sum(1, keepdim=True)
        lift_voice = (probabilities * (from_voice - from_voice.mean(1, keepdim=True))).sum(1, keepdim=True)
        lifts = torch.cat([lift_face, lift_voice], 1).clamp(min=1e-3) * present
        return probabilities, lifts / lifts.sum(1, keepdim=True).clamp(min=1e-6)


@dataclass
class Posteriors:
    """Posteriors [n, 8] with the label of seven, and who it is (speaker, or the face's own number)."""

    probabilities: np.ndarray
    label: np.ndarray
    subject: np.ndarray


def faces(folder: Path, part: ferplus.Faces) -> Posteriors:
    """Through the committed default expression network, contempt left out."""
    session = onnxruntime.InferenceSession(str(folder / "expression-compact" / "model.onnx"), providers=["CPUExecutionProvider"])
    chosen = np.flatnonzero((part.majority >= 0) & (part.majority < 7))
    side = session.get_inputs()[0].shape[2]
    out = [session.run(["probabilities"], {"image": resize_whole(part.pixels[i], (side, side))[None]})[0][0] for i in chosen]
    return Posteriors(np.array(out), part.majority[chosen], chosen)


def voices(work: Path, committed: bool, kind: str) -> Posteriors:
    """Posteriors of speakers by the network that has not heard them: of the committed weights' unseen group, or of all
    other groups. `kind` is `whole` or `segment`."""
    held = dict(np.load(work / "held_out.npz"))
    scale, _ = temperatures(held)
    of = np.arange(len(held["emotion"])) if kind == "whole" else held["segmentClip"]
    to_seven = np.array([next(at for at, label in enumerate(LABELS) if k in FROM_SPEECH[label]) for k in range(8)])
    chosen = (held["fold"][of] == COMMITTED) == committed
    probabilities = softmax(held[kind] / scale[of, None]).astype(np.float32)
    return Posteriors(probabilities[chosen], to_seven[held["emotion"][of]][chosen], held["actor"][of][chosen])


def pair(face: Posteriors, voice: Posteriors, labels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """For each label one face and one voice of it, drawn at random: indices."""
    of_face = [np.flatnonzero(face.label == k) for k in range(7)]
    of_voice = [np.flatnonzero(voice.label == k) for k in range(7)]
    return np.array([random.choice(of_face[k]) for k in labels]), np.array([random.choice(of_voice[k]) for k in labels])


def train(face: Posteriors, voice: list[Posteriors], steps: int, random: np.random.Generator) -> tuple[Man, list[float]]:
    """Labels are drawn as often as among the faces. Of the pairs 60 % keep both modalities, 20 % each only one."""
    network, losses = Man(), []
    start = {name: weight.clone() for name, weight in network.named_parameters()}
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        voices_now = voice[step % len(voice)]
        labels = face.label[random.integers(len(face.label), size=512)]
        at_face, at_voice = pair(face, voices_now, labels, random)
        case = random.choice(3, 512, p=[0.6, 0.2, 0.2])
        present = torch.from_numpy(np.array([[1, 1], [1, 0], [0, 1]], np.float32)[case])
        seen = torch.from_numpy(face.probabilities[at_face]), torch.from_numpy(voices_now.probabilities[at_voice])
        probabilities, _ = network(*seen, present)
        loss = nn.functional.nll_loss(probabilities.clamp(min=1e-7).log(), torch.from_numpy(labels))
        pull = sum(((weight - start[name]) ** 2).sum() for name, weight in network.named_parameters())
        optimiser.zero_grad()
        (loss + 1e-3 * pull).backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return network.eval(), losses


@torch.no_grad()
def run(network: Man, face: np.ndarray, speech: np.ndarray, has_face: bool, has_voice: bool) -> np.ndarray:
    present = torch.tensor([[float(has_face), float(has_voice)]]).expand(len(face), 2)
    return network(torch.from_numpy(face), torch.from_numpy(speech), present)[0].numpy()


def test(network: Man, face: Posteriors, voice: Posteriors, labels: np.ndarray, random: np.random.Generator) -> dict:
    at_face, at_voice = pair(face, voice, labels, random)
    f, s, speaker = face.probabilities[at_face], voice.probabilities[at_voice], voice.subject[at_voice]
    both = run(network, f, s, True, True)
    alone_face, alone_voice = run(network, f, s, True, False), run(network, f, s, False, True)
    below_face, _ = without(f, labels, 7)
    right = {
        "both": both.argmax(1) == labels,
        "face": alone_face.argmax(1) == labels,
        "voice": alone_voice.argmax(1) == labels,
        "expression": below_face.argmax(1) == labels,
    }
    better = max(("face", "voice", "expression"), key=lambda name: right[name].mean())
    return {
        "both": figures_of(both, labels, LABELS, speaker),
        "faceOnly": figures_of(alone_face, labels, LABELS),
        "voiceOnly": figures_of(alone_voice, labels, LABELS, speaker),
        "expressionNetworkAlone": figures_of(below_face, labels, LABELS),
        "betterSingle": better,
        "gainOverBetterSingle": paired_difference(right[better], right["both"], speaker),
    }


def card(folder: Path, figures: dict) -> None:
    rows = []
    for name, title in (("natural", "labels as often as in FER+"), ("balanced", "each emotion equally often"), ("segments", "2.5 s of voice, labels as in FER+")):
        part = figures[name]
        rows += rows_of(part["both"], ("accuracy", "uar", "ece"), f"face and voice, {title}: ")
        rows += rows_of(part["faceOnly"], ("accuracy", "uar", "ece"), f"face only, {title}: ")
        rows += rows_of(part["voiceOnly"], ("accuracy", "uar", "ece"), f"voice only, {title}: ")
        gain = part["gainOverBetterSingle"]
        low, high = gain["interval"]
        rows.append((f"gain in accuracy over {part['betterSingle']} alone, {title}", f"{gain['difference']:+.3f} ({low:+.3f} to {high:+.3f})"))
    table = "| figure | value (95 % interval, by speaker where a voice takes part) |\n|---|---|\n"
    table += "\n".join(f"| {a} | {b} |" for a, b in rows) + "\n\n![confusion](confusion.png) ![curves](curves.png)"
    write_card(
        folder / "card.md",
        "Multimodal Aggregator Network",
        "Fuses the posteriors of a face and of a voice into one of seven emotions, and says which modality carried the decision.",
        "Made pairs: a FER+ face and a RAVDESS voice of the same label, drawn at random; calm voices count as neutral, contempt is left out. "
        "The modalities are independent given the label here, which they are not in real recordings: the gain of fusion is an upper limit.",
        "Weights: CC BY-NC-SA 4.0 (RAVDESS), research use (FER2013).",
        "Trained on the posteriors of FER+ validation faces (unseen by the expression network's training) and of speakers "
        "by folds that have not heard them; tested on FER+ test faces and on the five speakers that the committed speech network has not heard.",
        table,
        "`face` float32 [n, 8] (probabilities of the expression network), `speech` float32 [n, 8] (of the speech network), `present` [n, 2] "
        "(1 where face and voice are there, else 0; the values of an absent modality do not matter if they are finite).",
        "`probabilities` [n, 7], order " + ", ".join(LABELS) + "; `carried` [n, 2]: share of face and voice in lifting the decision, sum 1.",
        "The better single modality is in the table; nothing else fuses.",
        "`python models/recipes/man.py DATA --work WORK` after the recipes of expression and speech.",
        "Calibrated for labels as frequent as in FER+ (much neutral and happy). Where rare emotions are frequent it is under-confident in them.",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="where speech.py left held_out.npz")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    random = seed_all(3)
    folder = options.models / ENTRY
    _, validation, test_faces, _ = ferplus.splits(options.data / "ferplus")
    train_face, test_face = faces(options.models, validation), faces(options.models, test_faces)
    network, losses = train(train_face, [voices(options.work, False, kind) for kind in ("whole", "segment")], options.steps, random)
    whole, parts = voices(options.work, True, "whole"), voices(options.work, True, "segment")
    natural, balanced = test_face.label, np.repeat(np.arange(7), 300)
    figures = {
        "natural": test(network, test_face, whole, natural, random),
        "balanced": test(network, test_face, whole, balanced, random),
        "segments": test(network, test_face, parts, natural, random),
    }
    sample = {"face": test_face.probabilities[:1], "speech": whole.probabilities[:1], "present": np.ones((1, 2), np.float32)}
    path = export_onnx(network, sample, ["probabilities", "carried"], folder / "model.onnx")
    figures |= {"time": milliseconds(path, sample), "bytes": path.stat().st_size}
    write_json(folder / "figures.json", figures)
    smooth = np.convolve(losses, np.ones(50) / 50, "valid")[::50].tolist()
    plot_curves({"loss (each 50 steps)": smooth}, folder / "curves.png", ENTRY)
    plot_confusion(figures["natural"]["both"], folder / "confusion.png", "man, held-out pairs")
    card(folder, figures)
    for name in ("natural", "balanced", "segments"):
        part = figures[name]
        print(name, *(f"{k} {part[k]['accuracy']:.3f}/{part[k]['uar']:.3f}/{part[k]['ece']:.3f}" for k in ("both", "faceOnly", "voiceOnly")), part["gainOverBetterSingle"])
    entry = {
        "id": ENTRY,
        "task": "man",
        "role": "aggregator",
        "default": True,
        "title": "Multimodal Aggregator Network",
        "file": f"{ENTRY}/model.onnx",
        "inputs": [
            {"name": "face", "type": "float32", "shape": ["n", 8], "meaning": "probabilities of the expression network"},
            {"name": "speech", "type": "float32", "shape": ["n", 8], "meaning": "probabilities of the speech network"},
            {"name": "present", "type": "float32", "shape": ["n", 2], "meaning": "1 where face and voice are there, else 0"},
        ],
        "outputs": [
            {"name": "probabilities", "type": "float32", "shape": ["n", 7], "meaning": "calibrated probabilities"},
            {"name": "carried", "type": "float32", "shape": ["n", 2], "meaning": "shares of face and voice in the decision"},
        ],
        "labels": LABELS,
        "preprocessing": {"faceLabels": ferplus.LABELS, "speechLabels": ravdess.LABELS},
        "licence": {"weights": "CC BY-NC-SA 4.0, research use", "data": "FER2013: research; FER+ votes: MIT; RAVDESS: CC BY-NC-SA 4.0"},
        "card": f"{ENTRY}/card.md",
        "figures": f"{ENTRY}/figures.json",
        "check": f"{ENTRY}/check.json",
    }  # fmt: skip
    register(entry, options.models)


if __name__ == "__main__":
    main()
