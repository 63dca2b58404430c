"""Exports the rig network and the judge of avatars, with cards and figures."""

import numpy as np
import torch
from torch import nn

import avatar_rig as rig
from avatar_people import CROP_SCALE, OFFSET, SIZE
from common import export_onnx, tensor, write_card
from measures import ece, fit_temperature, softmax, wilson

LICENCE = {"weights": "Apache-2.0", "data": "ICT-FaceKit: MIT; backgrounds: LFW, research"}
RIG_LICENCE = {"weights": "Apache-2.0", "data": "ICT-FaceKit: MIT; LFW, FER2013, RAF-DB: research; FER+ votes: MIT"}


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


def photograph_table(found):
    """What the weights of photographs stand for, before and after they were learned from."""
    rows = "\n".join(
        f"| {title} (n = {found['after'][name]['n']}) | {found['before'][name]['uar']} | {found['after'][name]['uar']} | {found['before'][name]['strength']} | {found['after'][name]['strength']} |"
        for name, title in (("ferplus", "FER+"), ("rafdb", "RAF-DB"))
    )
    return (
        "Photographs that were not learned from, seven emotions: mean recall of the emotion that the weights stand for, and how strong they are (mean length), by the network before and by this one.\n\n"
        f"| set | recall before | recall | strength before | strength |\n|---|---|---|---|---|\n{rows}\n\n"
        "What neutral faces of FER+ and RAF-DB (of those that were learned from) show in the mean is in the manifest (`preprocessing.neutral`); avatars take it off. "
        "What is then seen on a drawn avatar is measured by `edin evaluate avatar`; ARCHITECTURE.md has the figures."
    )


def publish_rig(run, net, found):
    """`found`: figures, truePoints and people, as avatar_weights.py has them."""
    folder = run.out / "blend-shapes-compact"
    rng = np.random.default_rng(0)
    sample = {"image": rng.integers(0, 256, (1, 3, SIZE, SIZE), dtype=np.uint8), "points": rng.normal(0, 0.25, (1, 136)).astype(np.float32)}
    path = export_onnx(GreyRig(net.eval()), sample, ["weights"], folder / "model.onnx")
    plain, relative, points = found["figures"]["plain"], found["figures"]["relative"], found["truePoints"]
    shapes = sorted(found["figures"]["byShape"].items(), key=lambda item: item[1])
    table = (
        "| unseen rendered people | mean absolute error | median correlation over shapes |\n|---|---|---|\n"
        f"| landmarks as the product finds them | {plain['mae']} | {plain['medianR']} |\n"
        f"| the person's neutral taken off | {relative['mae']} | {relative['medianR']} |\n"
        f"| exact landmarks | {points['mae']} | {points['medianR']} |\n\n"
        "Correlation by shape, weakest first: " + ", ".join(f"{name} {value}" for name, value in shapes) + ".\n\n" + photograph_table(found["photographs"])
    )
    people = found["people"]
    write_card(
        folder / "card.md", "Blend shapes of a face, compact",
        "Reads 42 of ARKit's blend shapes from a face's crop and its 68 landmarks. They move the avatar.",
        "Rendered people (ICT-FaceKit head, `avatar_people.py`) in known states: one light, camera and skin a person, twelve states each, landmarks as landmarks-compact finds them. "
        "Photographs (FER+ and RAF-DB, the parts for training) with the emotion that people saw in them: weights are to stand for it, as a small network reads them that knows the rig's displays alone (`avatar_faces.py`; after EMOCA, 2022).",
        "Weights: Apache-2.0. Data: ICT-FaceKit (MIT), LFW, FER2013, RAF-DB (research), votes of FER+ (MIT).",
        f"Rendered people: {people['train']} to learn, {people['valid']} to report. Photographs: those held out by the expression recipes (no copies across; the sets name no people).",
        table,
        f"`image` [n, 3, {SIZE}, {SIZE}] RGB 0..255, crop scale {CROP_SCALE}, offset {list(OFFSET)}; grey inside. `points` [n, 136]: landmarks in units of the crop, 0 its middle, roll taken off.",
        f"`weights` [n, {len(rig.PREDICTED)}], 0..1: {', '.join(rig.PREDICTED)}.",
        "", f"`{run.command}`.",
        "What a photograph does not tell is filled in from what annotators call such faces: a face that is taken for an emotion is given shapes of its display. Where it is unsure weights are small (see the strengths above), and avatars show them twice as strong. "
        "So weights are no measurement of muscles, and action units that they stand for are estimates twice over. Infants, beards and occlusion are hardly in the data. Shapes that move few pixels (mouthPress, mouthRoll) are the weakest.",
    )  # fmt: skip
    run.publish({
        "id": "blend-shapes-compact", "task": "blend-shapes", "role": "compact", "default": True, "title": "Blend shapes of a face, compact",
        "inputs": [tensor("image", ["n", 3, SIZE, SIZE], "RGB, 0..255"), tensor("points", ["n", 136], "landmarks in units of the crop, 0 its middle")],
        "outputs": [tensor("weights", ["n", len(rig.PREDICTED)], "weights, 0..1")],
        "labels": rig.PREDICTED, "preprocessing": {"cropScale": CROP_SCALE, "offset": list(OFFSET), "grey": True, "neutral": found["neutral"]}, "licence": RIG_LICENCE,
    }, found | {"bytes": path.stat().st_size})  # fmt: skip


JUDGES = {"compact": "compact", "resnet50": "ResNet50"}


def publish_judge(run, net, found, characters, logits, truth, example):
    """`logits` and `truth` of the cast: the temperature is that of characters that were not learned from."""
    compact = run.options.network == "compact"
    name, title = f"avatar-emotion-{run.options.network}", f"Emotion on an avatar, {JUDGES[run.options.network]}"
    temperature = float(fit_temperature(logits, np.eye(len(rig.EMOTIONS))[truth]))
    calibration = {"temperature": temperature, "eceBefore": float(ece(softmax(logits), truth)), "eceAfter": float(ece(softmax(logits, temperature), truth))}
    folder = run.out / name
    sample = {"image": example.transpose(0, 3, 1, 2)}
    path = export_onnx(Calibrated(net.eval(), temperature), sample, ["probabilities"], folder / "model.onnx")
    strange, flat = found["strangers"], found["random"]
    span = lambda f, key, n: f"{f[key]:.3f} ({wilson(round(f[key] * n), n)[0]:.3f} to {wilson(round(f[key] * n), n)[1]:.3f})"
    seven = round(strange["n"] * 7 / 8)
    by = ", ".join(f"{name} {value}" for name, value in strange["byCharacter7"].items())
    write_card(
        folder / "card.md", title,
        "Reads which of eight emotions a drawn character shows. It judges what of a face's expression survives on an avatar.",
        "Drawn characters only (`avatar_set.py`): random ones and the cast, in displays after Ekman's EMFACS tables with random strength, asymmetry, pose, gaze and light.",
        "Weights: Apache-2.0. Data: ICT-FaceKit (MIT).",
        f"By character: it learned from {characters} random characters and was asked about the cast of {len(strange['byCharacter7'])}, none of whom it has ever seen.",
        [(f"characters never seen, 8 classes (n = {strange['n']})", span(strange, "accuracy", strange["n"])),
         (f"characters never seen, 7 classes without contempt (n = {seven})", span(strange, "accuracy7", seven)),
         (f"random split, the one that flatters (n = {flat['n']})", span(flat, "accuracy", flat["n"])),
         ("ECE on characters never seen, before and after temperature", f"{calibration['eceBefore']:.3f}, {calibration['eceAfter']:.3f}"),
         ("recall by emotion, characters never seen", ", ".join(f"{k} {v}" for k, v in strange["perClass"].items())),
         ("7 classes by character of the cast (0 to 7, as in avatar_mesh.py)", by)],
        "`image` [n, 3, 64, 64] RGB 0..255: the drawn avatar, averaged down.",
        f"`probabilities` [n, 8] in the order {', '.join(rig.EMOTIONS)}.",
        "", f"`{run.command}`.",
        "It knows characters of one rig. Other heads (VRM) look different: take its answer on them as a sign. What it says of an avatar says of the person only what the rig has kept.",
    )  # fmt: skip
    run.publish({
        "id": name, "task": "avatar-emotion", "role": "compact" if compact else "thesis", "default": compact, "title": title,
        "inputs": [tensor("image", ["n", 3, 64, 64], "RGB, 0..255")], "outputs": [tensor("probabilities", ["n", 8], "calibrated probabilities")],
        "labels": rig.EMOTIONS, "preprocessing": {}, "licence": LICENCE,
    }, {**found, "calibration": calibration, "bytes": path.stat().st_size})  # fmt: skip
