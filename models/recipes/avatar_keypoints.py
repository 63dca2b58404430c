"""First-order motion as the paper has it: ten keypoints with Jacobians that nobody names, and a second picture in place of a state.

The keypoints are learned by what the frame looks like and by equivariance (eq. 6.25 to 6.29 of the thesis): of a picture that an
affine map has changed they lie where the map puts them. The sibling that the product uses (avatar_animation.py) has landmarks and is
told the state; this is what the paper's own way keeps of an emotion. It is measured as the paper drives: relative to the driver's
picture at rest.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import avatar_draw
import avatar_glb
import avatar_rig as rig
from avatar_animation import Perception, difference, draw, perceived
from avatar_preservation import CLASSES, recall, relative, shrunk
from common import MODELS, export_onnx, tensor, write_card
from face_report import one_thread
from image_animation import CODE, Animation, Hourglass, Source, convolution, grid, inverse

POINTS = 10


class FreeKeypoints(nn.Module):
    """Picture [n, 3, h, h], 0..255 -> keypoints [n, POINTS, 2] and jacobians [n, POINTS, 2, 2], both float32."""

    def __init__(self):
        super().__init__()
        self.stem, self.body = convolution(3, 24, 2), Hourglass(24, (48, 64, 96))
        self.heat = nn.Conv2d(self.body.width, POINTS, 3, 1, 1)
        self.jacobian = nn.Conv2d(self.body.width, 4 * POINTS, 3, 1, 1)
        nn.init.zeros_(self.jacobian.weight)
        self.jacobian.bias.data.copy_(torch.eye(2).flatten().repeat(POINTS))

    def forward(self, picture):
        x = self.body(self.stem(F.avg_pool2d(picture, picture.shape[-1] // 64) / 127.5 - 1))
        heat = (self.heat(x).float() / 0.1).flatten(2).softmax(-1)
        points = heat @ grid(x.shape[-1], heat).reshape(-1, 2)
        maps = self.jacobian(x).float().reshape(len(x), POINTS, 4, -1)
        return points, (maps * heat[:, :, None]).sum(-1).reshape(-1, POINTS, 2, 2)


class FreeAnimation(nn.Module):
    """Still and keypoints of still and frame -> picture [n, 3, h, h], 0..255; the networks of image_animation.py, told nothing."""

    def __init__(self):
        super().__init__()
        self.find, self.encoder, self.animation = FreeKeypoints(), Source().encoder, Animation(points=POINTS)

    def render(self, still, source, driving):
        nothing = F.pad(0 * still[:, 0, 0, :1], (0, CODE))
        return self.animation.render(still, self.encoder(still / 127.5 - 1).float(), source, driving, nothing)

    def forward(self, still, keypoints, jacobians, to, to_jacobians):
        return self.render(still, (keypoints, jacobians), (to, to_jacobians))[0]


def changed(picture, rng):
    """Pictures moved by random affine maps, and the maps: where a point of the changed picture lies in the first, A z + t."""
    n, angle, scale = len(picture), rng.normal(0, 0.2, len(picture)), np.exp(rng.normal(0, 0.1, (len(picture), 2)))
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], 1).reshape(n, 2, 2)
    linear = torch.from_numpy((turn * scale[:, None]).astype(np.float32))
    shift = torch.from_numpy(rng.normal(0, 0.08, (n, 2)).astype(np.float32))
    sight = F.affine_grid(torch.cat([linear, shift[..., None]], 2), picture.shape, align_corners=False)
    return F.grid_sample(picture, sight, padding_mode="border", align_corners=False), linear, shift


def equivariance(network, picture, found, rng):
    moved, linear, shift = changed(picture, rng)
    points, jacobians = network.find(moved)
    back = points @ linear.transpose(1, 2) + shift[:, None]
    same = inverse(found[1]) @ (linear[:, None] @ jacobians)
    return (back - found[0]).abs().mean() + (same - torch.eye(2)).abs().mean()


def fit(run, train):
    options = run.options
    network, perception = FreeAnimation(), Perception()

    def batches(epoch):
        rng = run.random
        for _ in range(options.steps):
            side = 64 if run.share < options.small else train["image"].shape[2]
            still, target, *_ = draw(train, rng, side, options.batch * (2 if side == 64 else 1))
            yield still, target, rng

    def loss(network, batch):
        still, target, rng = batch
        driving = network.find(target)
        out, moved = network.render(still, network.find(still), driving)
        flowed = (moved - target).abs().mean() / 255
        return {
            "difference": 4 * difference(out, target, torch.ones_like(target[:, :1])), "flow": 2 * flowed,
            "perceived": perceived(perception, out, target), "equivariance": equivariance(network, target, driving, rng),
        }  # fmt: skip

    return run.fit(network, batches=batches, steps=options.steps, loss=loss, warmup=0.05, betas=(0.8, 0.99))


def follow(still, first, now):
    """Keypoints of the frame by relative motion: what has changed in the driver since its first picture is added to the still's."""
    (here, j_here), (was, j_was), (at, j_at) = still, first, now
    return here + at - was, j_at @ inverse(j_was) @ j_here


@torch.no_grad()
def preserved(network, data, characters, count):
    """Mean recall of the judge relative to the character drawn in the driver's true state; `data`: people of avatar_pairs.py."""
    judge = one_thread(MODELS / "avatar-emotion-compact" / "model.onnx")
    rows = [(p, k) for p in range(len(data["image"])) for k in range(1, data["image"].shape[1]) if data["emotion"][p, k] < CLASSES][:count]
    truth, person = np.array([data["emotion"][r] for r in rows]), np.array([p for p, _ in rows])
    pictures = lambda values: torch.from_numpy(values.astype(np.float32)).permute(0, 3, 1, 2)
    rest = network.find(pictures(data["image"][:, 0]))
    drivers = [network.find(pictures(data["image"][r][None])) for r in rows]
    figures, rng, side = {}, np.random.default_rng(1), data["image"].shape[2]
    for name in characters:
        character = avatar_glb.read(MODELS / "avatars" / f"{name}.glb")
        still = pictures(avatar_draw.draw(character, np.zeros(len(rig.SHAPES), np.float32), size=side)[None])
        known, said = network.find(still), {"ceiling": [], "moved": []}
        for (p, k), driver in zip(rows, drivers):
            first = tuple(part[p : p + 1] for part in rest)
            made = network(still, *known, *follow(known, first, driver))[0].permute(1, 2, 0).numpy()
            code = data["code"][p, k]
            true = avatar_draw.draw(character, code[:51], code[51:54], code[54:], side).astype(np.float32)
            for key, picture in (("ceiling", true), ("moved", made)):
                said[key].append(int(judge.run(None, {"image": shrunk(picture)})[0][0, :CLASSES].argmax()))
        ceiling = np.array(said["ceiling"])
        figures[name] = {"ceiling": round(recall(ceiling, truth), 3)} | relative(np.array(said["moved"]), ceiling, truth, person, rng)
    mean = round(float(np.mean([f["relative"] for f in figures.values()])), 3)
    return {"n": len(truth), "people": len(np.unique(person)), "characters": figures, "relative": mean}


def run(run, data):
    """Learns from the pairs of avatar_pairs.py; every fourth person is only a driver."""
    options = run.options
    people = data["person"] == 1
    held = people & (np.cumsum(people) % 4 == 1)
    part = lambda rows: {key: values[rows] for key, values in data.items()}
    network = fit(run, part(~held)).eval()
    found = preserved(network, part(held), [name.strip() for name in options.judged.split(",")], options.count)
    run.note(f"Relative preservation of emotion: {found['relative']}.")
    publish(run, network, data, found, int((~held).sum()))


def publish(run, network, data, found, learned):
    folder = run.out / "animation-keypoints"
    picture = data["image"][:1, 0].transpose(0, 3, 1, 2)
    with torch.no_grad():
        points, jacobians = (part.numpy() for part in network.find(torch.from_numpy(picture.astype(np.float32))))
    arrays = {"picture": picture, "keypoints": points, "jacobians": jacobians, "drivingKeypoints": points, "drivingJacobians": jacobians}
    path = export_onnx(network, arrays, ["frame"], folder / "model.onnx", tolerance=0.05)
    rows = [(f"{name}, unseen: mean recall relative to the drawn truth", f"{f['relative']} ({f['interval'][0]} to {f['interval'][1]})") for name, f in found["characters"].items()]
    write_card(
        folder / "card.md", "Image animation by keypoints alone",
        "First-order motion with unsupervised keypoints, for comparison: the product moves pictures by landmarks and a told state.",
        f"{learned} drawn characters and rendered people (`avatar_pairs.py`).", "Weights: Apache-2.0. Data: ICT-FaceKit (MIT), backgrounds from LFW (research).",
        "Every fourth rendered person is only a driver. The cast is in no part.", rows, "A still, its keypoints and those of the frame.", f"`frame` {['n', *picture.shape[1:]]} RGB 0..255.",
        "", f"`{run.command}`.", "The generator alone: keypoints are found by a part that is not in the file. EDIN does not run it.",
    )  # fmt: skip
    run.publish({
        "id": "animation-keypoints", "task": "animation", "role": "thesis", "default": False, "title": "Image animation by keypoints alone",
        "inputs": [tensor(name, ["n", *values.shape[1:]], "see the card") for name, values in arrays.items()], "outputs": [tensor("frame", ["n", *picture.shape[1:]], "RGB, 0..255")],
        "labels": [], "preprocessing": {}, "licence": {"weights": "Apache-2.0", "data": "ICT-FaceKit: MIT; backgrounds: LFW, research"},
    }, {"preservation": found, "bytes": path.stat().st_size})  # fmt: skip
