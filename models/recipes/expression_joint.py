"""Joint training on FER+ (votes as soft labels) and RAF-DB (one label a face): one trunk, one answer for both.

Each step draws faces of both sets; those of FER+ are grey, those of RAF-DB too unless the network sees colours. A label set without
contempt cannot teach against it: RAF-DB's loss is over its seven labels. The first weights may be those of an exported network
(--start model.onnx), other networks may teach (--teacher), the weights of earlier parts of one training may be averaged in
(--average), and the compact network may stand beside the mobile one (--beside). The last weights are taken, not those that were best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import expression_joint_report
import ferplus
import made_up
import rafdb
from expression import TITLES, id_of
from expression_faces import augment, plain, planes, scores
from expression_networks import Compact, Resnet50, Vgg16, standardise_of
from face_mobilenet import FIXED, Beside, FaceMobileNet, start_from_faceres
from measures import class_scores, confusion_matrix
from runner import Failure, Recipe, Run
from training import start_from

RAF_SIDE = 88


def grey_of(pixels: np.ndarray, side: int = RAF_SIDE) -> np.ndarray:
    """Colour faces as grey ones [n, side, side]."""
    return np.stack([cv2.resize(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), (side, side), interpolation=cv2.INTER_AREA) for p in pixels])


@torch.no_grad()
def logits_of(network: nn.Module, faces: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """Faces of any side [n, s, s] or [n, s, s, 3] -> logits [n, 8]; `mirrored` averages those of the mirror image in."""
    network.eval()
    device = next(network.parameters()).device
    standardise = standardise_of(network).to(device)
    out = []
    for start in range(0, len(faces), 256):
        x = plain(planes(torch.from_numpy(faces[start : start + 256]).to(device)), network.side)
        face = standardise(x.expand(-1, 3, -1, -1)).contiguous(memory_format=torch.channels_last)
        logits = network(face)
        out.append(((logits + network(face.flip(3))) / 2 if mirrored else logits).float().cpu().numpy())
    return np.concatenate(out)


def raf_scores(logits: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    found = class_scores(confusion_matrix(truth, logits[:, :7].argmax(1), 7))
    return {"raf": found["accuracy"], "rafMacroF1": found["macroF1"], "rafUar": found["uar"]}


def draws(weights: np.ndarray, power: float) -> Tensor:
    """Chance of each face to be drawn, given its label weights [n, classes]: rare labels more often."""
    frequency = weights.sum(0) / weights.sum()
    chance = (weights * np.maximum(frequency, 1e-6) ** -power).sum(1)
    return torch.from_numpy(chance / chance.sum())


def build(network: str, width: float, side: int = 0) -> nn.Module:
    """`side` of the faces in pixels; 0 is what the network usually takes."""
    if network == "compact":
        return Compact(deep=True, side=side or 64)
    if network == "mobile":
        return FaceMobileNet(side=side or 96)
    if network not in ("vgg16", "resnet50"):
        raise Failure(f"There is no network {network}: compact, mobile, vgg16 or resnet50.")
    if side not in (0, 64):
        raise Failure(f"{network} takes faces of 64 pixels.")
    return Vgg16(width, norm=True) if network == "vgg16" else Resnet50(width)


def read(run: Run, colour: bool = False) -> dict[str, np.ndarray]:
    """What is trained on and, `held`, validated on: faces of both sets (those of RAF-DB grey unless `colour`), votes of FER+ and labels."""
    fer, fer_held, _, _ = ferplus.splits(run.needs("ferplus"))
    raf, raf_held, _ = rafdb.splits(run.unpacked("rafdb_train.zip"))
    return {
        "fer": fer.pixels, "ferSoft": fer.soft, "ferHeld": fer_held.pixels, "ferHeldLabel": fer_held.majority,
        "raf": raf.pixels if colour else grey_of(raf.pixels), "rafLabel": raf.label,
        "rafHeld": raf_held.pixels if colour else grey_of(raf_held.pixels), "rafHeldLabel": raf_held.label,
    }  # fmt: skip


def fit(run: Run, network: nn.Module, data: dict[str, np.ndarray], teachers: Sequence[nn.Module] = ()) -> nn.Module:
    """`data` as `read` gives it. `teachers`: half of the loss is what they say of the same faces, on the mean."""
    options, device = run.options, run.device
    batch = min(options.batch, len(data["fer"]), len(data["raf"]))
    shares = batch - int(batch * options.raf_share), int(batch * options.raf_share)
    faces = [torch.from_numpy(data[name]).to(device) for name in ("fer", "raf")]
    fer_soft = torch.from_numpy(data["ferSoft"]).to(device)
    raf_soft = (F.one_hot(torch.from_numpy(data["rafLabel"]), 7).float() * (1 - options.smooth) + options.smooth / 7).to(device)
    chances = [draws(weights, options.balance).to(device) for weights in (data["ferSoft"], np.eye(7)[data["rafLabel"]])]
    steps = options.steps or len(data["fer"]) // shares[0]
    teachers = [teacher.eval().requires_grad_(False).to(device, memory_format=torch.channels_last) for teacher in teachers]
    side = max(network.side, *(teacher.side for teacher in teachers)) if teachers else network.side
    standards = {type(one): standardise_of(one).to(device) for one in (network, *teachers)}

    def logits_of_drawn(net: nn.Module, drawn: Tensor) -> Tensor:
        face = standards[type(net)](plain(drawn, net.side)).contiguous(memory_format=torch.channels_last)
        with run.autocast():
            logits: Tensor = net(face)
        return logits.float()

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        random = run.generator(epoch)
        for _ in range(steps):
            index = [torch.multinomial(chance, n, replacement=True, generator=random) for chance, n in zip(chances, shares)]
            drawn = [augment(planes(part[i]), side, random).expand(-1, 3, -1, -1) for part, i in zip(faces, index)]
            labels = [fer_soft[index[0]], raf_soft[index[1]]]
            if options.mix:
                pairs = [mixed(f, y, options.mix, random) for f, y in zip(drawn, labels)]
                drawn, labels = [f for f, _ in pairs], [y for _, y in pairs]
            yield torch.cat(drawn), *labels

    def loss(net: nn.Module, given: tuple[Tensor, Tensor, Tensor]) -> Mapping[str, Tensor]:
        drawn, soft, hard = given
        logits = logits_of_drawn(net, drawn)
        weight = 0.5 if teachers else 1.0
        parts = {
            "FER+": weight * F.cross_entropy(logits[: shares[0]], soft) * shares[0] / batch,
            "RAF-DB": weight * F.cross_entropy(logits[shares[0] :, :7], hard) * shares[1] / batch,
        }
        if teachers:
            with torch.no_grad():
                wanted = torch.stack([logits_of_drawn(teacher, drawn).softmax(1) for teacher in teachers]).mean(0)
            parts["teacher"] = 0.5 * F.cross_entropy(logits, wanted)
        return parts

    def measure(net: nn.Module) -> dict[str, float]:
        found = scores(logits_of(net, data["ferHeld"]), data["ferHeldLabel"])
        return {"accuracy": found["accuracy"], "macroF1": found["macroF1"]} | raf_scores(logits_of(net, data["rafHeld"]), data["rafHeldLabel"])

    return run.fit(network, batches=batches, steps=steps, loss=loss, measure=measure, keep=0.999, ramp=9, warmup=0.08, channels_last=True)


def run(run: Run) -> None:
    options, network = run.options, build(run.options.network, run.options.width, run.options.side)
    teachers, files = [], []
    for path in (path for path in options.teacher.split(",") if path):
        # Such as mobile@160:OUT/weights.pt; a path alone is of the compact network.
        named, _, file = path.rpartition(":")
        kind, _, side = named.partition("@")
        teachers.append(build(kind or "compact", 1, int(side or 0)))
        files.append(file)
    data = read(run, any(getattr(one, "colour", False) for one in (network, *teachers)))
    for one, file in zip((network, *teachers), (options.start, *files)):
        begin_with(one, file, data)
    network = fit(run, network, data, teachers)
    average_in(network, [Path(name) for name in options.average.split(",") if name])
    if options.beside:
        second = build("compact", 1)
        begin_with(second, options.beside, data)
        network = Beside(network, second)
    expression_joint_report.publish(run, network)


def begin_with(network: nn.Module, path: str, data: dict[str, np.ndarray]) -> None:
    """First weights: those of an earlier run or export, or of the network of faces (faceres-deep.json)."""
    some = plain(planes(torch.from_numpy(data["raf"][:512])), network.side).expand(-1, 3, -1, -1)
    inputs = standardise_of(network)(some)
    if path.endswith(".json"):
        start_from_faceres(network, Path(path), inputs)
    else:
        start_from(network, path, inputs, "network.")


def mixed(faces: Tensor, labels: Tensor, power: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Each face with up to half of another one, and its label likewise: mixup; the smaller the power, the less of the other."""
    n, device = len(faces), faces.device
    other = 0.5 * torch.rand(n, generator=random, device=device) ** (1 / power)
    order = torch.randperm(n, generator=random, device=device)
    share = other.view(n, 1, 1, 1)
    return faces * (1 - share) + faces[order] * share, labels * (1 - other[:, None]) + labels[order] * other[:, None]


def average_in(network: nn.Module, files: list[Path]) -> None:
    """The mean of the network's weights and of those in `files` (weights.pt of earlier parts of the same training)."""
    states = [network.state_dict(), *(torch.load(file, map_location="cpu", weights_only=True)["state"] for file in files)]
    mean = {name: sum(s[name] for s in states) / len(states) if value.dtype.is_floating_point else value for name, value in states[0].items()}
    network.load_state_dict(mean)


def smoke(folder: Path) -> dict[str, Any]:
    made_up.fer(folder, 80, 16)
    made_up.raf(folder, 56)
    return {"epochs": 1, "steps": 2, "batch": 8, "width": 0.125, "mirrored": True}


def recipe(network: str, options: dict[str, Any]) -> Recipe:
    return Recipe(
        title=TITLES[id_of(network)], task="expression", run=run, smoke=smoke, data="The folder holds ferplus/ and rafdb_train.zip.",
        options={
            "network": network, "width": 0.25, "side": 0, "epochs": 40, "batch": 128, "rate": 2e-3, "decay": 0.05, "bf16": True, "balance": 0.3, "raf_share": 0.4, "smooth": 0.08,
            "mix": 0.0, "teacher": "", "average": "", "beside": "", "mirrored": False, "int8": False, "floats": 0, "how": "", **options,
        },
    )  # fmt: skip


RECIPES = {
    "expression-compact": recipe("compact", {"mirrored": True, "int8": True}),
    "expression-mobile": recipe("mobile", {"side": 160, "mirrored": True, "int8": True, "floats": FIXED, "rate": 1e-3, "batch": 64, "raf_share": 0.5, "mix": 0.25}),
    "expression-thesis": recipe("vgg16", {"mirrored": True}),
}
