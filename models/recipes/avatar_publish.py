"""Exports the rig network and the judge of avatars, with cards and figures.

    python3 avatar_publish.py WORK      WORK/rig.pt of avatar_weights.py, WORK/judge.pt and WORK/set*.npz of avatar_judge.py
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

import avatar_rig as rig
from avatar_judge import CAST_SIZE, Judge, load, predict
from avatar_people import CROP_SCALE, OFFSET, SIZE
from avatar_weights import RigNet
from common import MODELS, export_onnx, register, write_card, write_json
from measures import ece, fit_temperature, softmax, wilson

LICENCE = {"weights": "Apache-2.0", "data": "ICT-FaceKit: MIT; backgrounds: LFW, research"}


class GreyRig(nn.Module):
    """RGB 0..255 in, as every network of the product takes it."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.register_buffer("grey", torch.tensor([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1))

    def forward(self, image, points):
        return self.net((image * self.grey).sum(1, keepdim=True), points)


class Calibrated(nn.Module):
    def __init__(self, net, temperature):
        super().__init__()
        self.net, self.temperature = net, temperature

    def forward(self, image):
        return (self.net(image) / self.temperature).softmax(1)


def of_class(confusion, label):
    return confusion[rig.EMOTIONS.index(label)][rig.EMOTIONS.index(label)] / max(1, sum(confusion[rig.EMOTIONS.index(label)]))


def publish_rig(work, models):
    stored = torch.load(work / "rig.pt", weights_only=False)
    net = RigNet()
    net.load_state_dict(stored["state"])
    folder = models / "blend-shapes-compact"
    rng = np.random.default_rng(0)
    sample = {"image": rng.integers(0, 256, (1, 3, SIZE, SIZE), dtype=np.uint8), "points": rng.normal(0, 0.25, (1, 136)).astype(np.float32)}
    path = export_onnx(GreyRig(net.eval()), sample, ["weights"], folder / "model.onnx")
    figures = {k: v for k, v in stored.items() if k != "state"} | {"bytes": path.stat().st_size}
    write_json(folder / "figures.json", figures)
    plain, relative, points = stored["figures"]["plain"], stored["figures"]["relative"], stored["truePoints"]
    shapes = sorted(stored["figures"]["byShape"].items(), key=lambda item: item[1])
    table = (
        "| unseen rendered people | mean absolute error | median correlation over shapes |\n|---|---|---|\n"
        f"| landmarks as the product finds them | {plain['mae']} | {plain['medianR']} |\n"
        f"| the person's neutral taken off | {relative['mae']} | {relative['medianR']} |\n"
        f"| exact landmarks | {points['mae']} | {points['medianR']} |\n\n"
        "Correlation by shape, weakest first: " + ", ".join(f"{name} {value}" for name, value in shapes) + "."
    )
    people = stored["people"]
    write_card(
        folder / "card.md", "Blend shapes of a face, compact",
        "Reads 42 of ARKit's blend shapes from a face's crop and its 68 landmarks. They move the avatar.",
        "Rendered people only (ICT-FaceKit head, `avatar_people.py`): one light, camera and skin a person, twelve states each, landmarks as landmarks-compact finds them.",
        "Weights: Apache-2.0. Data: ICT-FaceKit (MIT), backgrounds from LFW (research).",
        f"By person: {people['train']} to learn, {people['valid']} to report. No photograph of a person is in it.",
        table,
        f"`image` [n, 3, {SIZE}, {SIZE}] RGB 0..255, crop scale {CROP_SCALE}, offset {list(OFFSET)}; grey inside. `points` [n, 136]: landmarks in units of the crop, 0 its middle, roll taken off.",
        f"`weights` [n, {len(rig.PREDICTED)}], 0..1: {', '.join(rig.PREDICTED)}.",
        "", "`avatar_people.py`, `avatar_weights.py`, `avatar_publish.py`.",
        "Learned from renders: wrinkles, beards, teeth and skin of real people are not in it, nor infants. Weights are estimates of shapes, not of muscles; action units that they stand for are estimates twice over. Shapes that move few pixels (mouthPress, noseSneer) are the weakest.",
    )  # fmt: skip
    register({
        "id": "blend-shapes-compact", "task": "blend-shapes", "role": "compact", "default": True,
        "title": "Blend shapes of a face, compact", "file": "blend-shapes-compact/model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, SIZE, SIZE], "meaning": "RGB, 0..255"},
                   {"name": "points", "type": "float32", "shape": ["n", 136], "meaning": "landmarks in units of the crop, 0 its middle"}],
        "outputs": [{"name": "weights", "type": "float32", "shape": ["n", len(rig.PREDICTED)], "meaning": "weights, 0..1"}],
        "labels": rig.PREDICTED, "preprocessing": {"cropScale": CROP_SCALE, "offset": list(OFFSET), "grey": True},
        "licence": LICENCE, "card": "blend-shapes-compact/card.md", "figures": "blend-shapes-compact/figures.json",
        "check": "blend-shapes-compact/check.json",
    }, models)  # fmt: skip


def publish_judge(work, models):
    stored = torch.load(work / "judge.pt", weights_only=False)
    data = load(sorted(work.glob("set*.npz")))
    cast = data["character"] < CAST_SIZE
    net = Judge()
    net.load_state_dict(stored["state"])
    # The temperature is that of characters that were not learned from.
    logits, truth = predict(net, data["image"][cast]), data["emotion"][cast]
    temperature = float(fit_temperature(logits, np.eye(len(rig.EMOTIONS))[truth]))
    calibration = {"temperature": temperature, "eceBefore": float(ece(softmax(logits), truth)), "eceAfter": float(ece(softmax(logits, temperature), truth))}
    folder = models / "avatar-emotion-compact"
    sample = {"image": data["image"][:1].transpose(0, 3, 1, 2)}
    path = export_onnx(Calibrated(net.eval(), temperature), sample, ["probabilities"], folder / "model.onnx")
    strange, flat = stored["figures"]["strangers"], stored["figures"]["random"]
    write_json(folder / "figures.json", {**stored["figures"], "calibration": calibration, "bytes": path.stat().st_size})
    span = lambda f, key, n: f"{f[key]:.3f} ({wilson(round(f[key] * n), n)[0]:.3f} to {wilson(round(f[key] * n), n)[1]:.3f})"
    seven = round(strange["n"] * 7 / 8)
    by = ", ".join(f"{name} {value}" for name, value in strange["byCharacter7"].items())
    write_card(
        folder / "card.md", "Emotion on an avatar, compact",
        "Reads which of eight emotions a drawn character shows. It judges what of a face's expression survives on an avatar.",
        "Drawn characters only (`avatar_set.py`): random ones and the cast, in displays after Ekman's EMFACS tables with random strength, asymmetry, pose, gaze and light.",
        "Weights: Apache-2.0. Data: ICT-FaceKit (MIT).",
        f"By character: it learned from {stored['characters']} random characters and was asked about the cast of {CAST_SIZE}, none of whom it has ever seen.",
        [(f"characters never seen, 8 classes (n = {strange['n']})", span(strange, "accuracy", strange["n"])),
         (f"characters never seen, 7 classes without contempt (n = {seven})", span(strange, "accuracy7", seven)),
         (f"random split, the one that flatters (n = {flat['n']})", span(flat, "accuracy", flat["n"])),
         ("ECE on characters never seen, before and after temperature", f"{calibration['eceBefore']:.3f}, {calibration['eceAfter']:.3f}"),
         ("recall by emotion, characters never seen", ", ".join(f"{k} {v}" for k, v in strange["perClass"].items())),
         ("7 classes by character of the cast (0 to 7, as in avatar_mesh.py)", by)],
        "`image` [n, 3, 64, 64] RGB 0..255: the drawn avatar, averaged down.",
        f"`probabilities` [n, 8] in the order {', '.join(rig.EMOTIONS)}.",
        "", "`avatar_set.py`, `avatar_judge.py`, `avatar_publish.py`.",
        "It knows characters of one rig. Other heads (VRM) look different: take its answer on them as a sign. What it says of an avatar says of the person only what the rig has kept.",
    )  # fmt: skip
    register({
        "id": "avatar-emotion-compact", "task": "avatar-emotion", "role": "compact", "default": True,
        "title": "Emotion on an avatar, compact", "file": "avatar-emotion-compact/model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, 64, 64], "meaning": "RGB, 0..255"}],
        "outputs": [{"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "calibrated probabilities"}],
        "labels": rig.EMOTIONS, "preprocessing": {}, "licence": LICENCE, "card": "avatar-emotion-compact/card.md",
        "figures": "avatar-emotion-compact/figures.json", "check": "avatar-emotion-compact/check.json",
    }, models)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--only", choices=["rig", "judge"])
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.only != "judge":
        publish_rig(args.work, args.models)
    if args.only != "rig":
        publish_judge(args.work, args.models)


if __name__ == "__main__":
    main()
