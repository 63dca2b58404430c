"""What of an emotion survives on an avatar, by each engine: rendered people in known states move characters nobody learned from.

    python3 avatar_preservation.py OUT.json --people PEOPLE.npz... --rig RIG.pt --judge JUDGE.pt --animation ANIMATION.pt

Mean recall over seven emotions by the judge, who has seen other characters only: `ceiling` is the character drawn in the true
state, `rig` and `fomm` are by the weights that the rig network reads from the person's face. Relative to the ceiling, with an
interval over people (bootstrap).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

import avatar_draw
import avatar_glb
import avatar_rig as rig
from avatar_judge import Judge
from avatar_weights import OUTPUTS, RigNet, load
from common import MODELS, write_json
from image_animation import Animation, Source

CLASSES = 7
RESAMPLES = 1000


def drivers(files, count, seed=0):
    """Pictures of people that the rig network did not learn from, without contempt."""
    data = load(files)
    chosen = np.flatnonzero((data["person"] % 10 == 0) & (data["emotion"] < CLASSES))
    chosen = np.random.default_rng(seed).choice(chosen, min(count, len(chosen)), replace=False)
    return {k: v[chosen] for k, v in data.items()}


@torch.no_grad()
def read_weights(data, file):
    net = RigNet()
    net.load_state_dict(torch.load(file, weights_only=False)["state"])
    full = data["weights"].copy()
    image, points = torch.from_numpy(data["image"].astype(np.float32))[:, None], torch.from_numpy(data["found"].reshape(-1, 136))
    full[:, OUTPUTS] = net.eval()(image, points).numpy()
    return full


def recall(found, truth):
    return float(np.mean([(found[truth == e] == e).mean() for e in np.unique(truth)]))


def relative(found, ceiling, truth, person, rng):
    """Ratio of mean recalls and its 95 % interval over people."""
    ratio = recall(found, truth) / recall(ceiling, truth)
    rows = {p: np.flatnonzero(person == p) for p in np.unique(person)}
    names, ratios = list(rows), []
    for _ in range(RESAMPLES):
        some = np.concatenate([rows[names[k]] for k in rng.integers(len(names), size=len(names))])
        ratios.append(recall(found[some], truth[some]) / recall(ceiling[some], truth[some]))
    low, high = np.percentile(ratios, [2.5, 97.5])
    return {"relative": round(ratio, 3), "interval": [round(float(low), 3), round(float(high), 3)], "uar": round(recall(found, truth), 3)}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--people", nargs="+", required=True)
    parser.add_argument("--rig", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--animation", type=Path, required=True)
    parser.add_argument("--characters", nargs="+", default=["ada", "dora", "gob"])
    parser.add_argument("--count", type=int, default=420)
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = drivers(args.people, args.count)
    read, truth = read_weights(data, args.rig), data["emotion"]
    judge = Judge()
    judge.load_state_dict(torch.load(args.judge, weights_only=False)["state"])
    judge.eval()
    networks = nn.ModuleList([Source(), Animation()])
    networks.load_state_dict(torch.load(args.animation, weights_only=False)["state"])
    source, animation = networks.eval()
    rng, figures = np.random.default_rng(1), {}
    for name in args.characters:
        character = avatar_glb.read(MODELS / "avatars" / f"{name}.glb")
        still = torch.from_numpy(avatar_draw.draw(character, np.zeros(len(rig.SHAPES), np.float32)).astype(np.float32)).permute(2, 0, 1)[None]
        known = source(still)
        found = {}
        for engine, weights in (("ceiling", data["weights"]), ("rig", read), ("fomm", read), ("fommByTruth", data["weights"])):
            said = []
            for w, pose, gaze in zip(weights, data["pose"], data["gaze"]):
                if engine.startswith("fomm"):
                    code = torch.from_numpy(np.concatenate([w, pose, gaze]).astype(np.float32))[None]
                    picture = animation(still, *known, code)[0].permute(1, 2, 0).numpy()
                else:
                    picture = avatar_draw.draw(character, w, pose, gaze, 128).astype(np.float32)
                small = torch.from_numpy(picture.reshape(64, 2, 64, 2, 3).mean((1, 3)).astype(np.float32)).permute(2, 0, 1)[None]
                said.append(int(judge(small)[0, :CLASSES].argmax()))
            found[engine] = np.array(said)
        ceiling = found.pop("ceiling")
        figures[name] = {"ceiling": round(recall(ceiling, truth), 3)} | {e: relative(f, ceiling, truth, data["person"], rng) for e, f in found.items()}
        print(json.dumps({name: figures[name]}), flush=True)
    mean = {e: round(float(np.mean([f[e]["relative"] for f in figures.values()])), 3) for e in ("rig", "fomm", "fommByTruth")}
    write_json(args.out, {"n": len(truth), "people": len(np.unique(data["person"])), "characters": figures, "relative": mean})
    print(json.dumps(mean))


if __name__ == "__main__":
    main()
