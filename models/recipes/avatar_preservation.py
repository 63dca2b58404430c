"""What of an emotion survives on an avatar, by each engine: rendered people in known states move characters nobody learned from.

Mean recall over seven emotions by the judge (the committed one, as the rig network is), who has seen other characters only: `ceiling` is the character drawn in the true
state, `rig` and `fomm` are by the weights that the rig network reads from the person's face. Relative to the ceiling, with an
interval over people (bootstrap).
"""

import numpy as np
import torch

import avatar_draw
import avatar_glb
import avatar_rig as rig
from avatar_weights import OUTPUTS
from chain import Network
from common import MODELS
from face_report import one_thread

CLASSES = 7
RESAMPLES = 1000
EXAGGERATE = 2.0  # the product's default


def drivers(data, count, seed=0):
    """Pictures of people that the rig network did not learn from, without contempt."""
    chosen = np.flatnonzero((data["person"] % 10 == 0) & (data["emotion"] < CLASSES))
    chosen = np.random.default_rng(seed).choice(chosen, min(count, len(chosen)), replace=False)
    return {k: v[chosen] for k, v in data.items()}


def read_weights(data):
    net, full = Network(MODELS, "blend-shapes"), data["weights"].copy()
    image = np.repeat(data["image"].astype(np.float32)[:, None], 3, 1)
    found = net.session.run(None, {"image": image, "points": data["found"].reshape(-1, 136)})[0]
    # As the product retargets them (daemon/avatar/retarget.ts).
    gain = np.array([1 if name.startswith("eyeBlink") else EXAGGERATE for name in rig.PREDICTED])
    full[:, OUTPUTS] = np.clip((found - net.settings.get("neutral", 0)) * gain, 0, 1)
    return full


def recall(found, truth):
    return float(np.mean([(found[truth == e] == e).mean() for e in np.unique(truth)]))


def relative(found, ceiling, truth, person, rng):
    """Ratio of mean recalls and its 95 % interval over people."""
    ratio = recall(found, truth) / max(1e-3, recall(ceiling, truth))
    rows = {p: np.flatnonzero(person == p) for p in np.unique(person)}
    names, ratios = list(rows), []
    for _ in range(RESAMPLES):
        some = np.concatenate([rows[names[k]] for k in rng.integers(len(names), size=len(names))])
        ratios.append(recall(found[some], truth[some]) / max(1e-3, recall(ceiling[some], truth[some])))
    low, high = np.percentile(ratios, [2.5, 97.5])
    return {"relative": round(ratio, 3), "interval": [round(float(low), 3), round(float(high), 3)], "uar": round(recall(found, truth), 3)}


def shrunk(picture):
    """A picture [h, h, 3] as the judge sees it: [1, 3, 64, 64]."""
    k = len(picture) // 64
    return picture.reshape(64, k, 64, k, 3).mean((1, 3)).astype(np.float32).transpose(2, 0, 1)[None]


@torch.no_grad()
def preserved(source, animation, people, characters, count, side=128):
    """Figures of the trained networks, which make pictures `side` pixels wide, on `people` of avatar_people.py and these characters of the cast."""
    data = drivers(people, count)
    read, truth = read_weights(data), data["emotion"]
    judge = one_thread(MODELS / "avatar-emotion-compact" / "model.onnx")
    rng, figures = np.random.default_rng(1), {}
    for name in characters:
        character = avatar_glb.read(MODELS / "avatars" / f"{name}.glb")
        still = torch.from_numpy(avatar_draw.draw(character, np.zeros(len(rig.SHAPES), np.float32), size=side).astype(np.float32)).permute(2, 0, 1)[None]
        known = source(still)
        found = {}
        for engine, weights in (("ceiling", data["weights"]), ("rig", read), ("fomm", read), ("fommByTruth", data["weights"])):
            said = []
            for w, pose, gaze in zip(weights, data["pose"], data["gaze"]):
                if engine.startswith("fomm"):
                    code = torch.from_numpy(np.concatenate([w, pose, gaze]).astype(np.float32))[None]
                    picture = animation(still, *known, code)[0].permute(1, 2, 0).numpy()
                else:
                    picture = avatar_draw.draw(character, w, pose, gaze, side).astype(np.float32)
                said.append(int(judge.run(None, {"image": shrunk(picture)})[0][0, :CLASSES].argmax()))
            found[engine] = np.array(said)
        ceiling = found.pop("ceiling")
        figures[name] = {"ceiling": round(recall(ceiling, truth), 3)} | {e: relative(f, ceiling, truth, data["person"], rng) for e, f in found.items()}
    mean = {e: round(float(np.mean([f[e]["relative"] for f in figures.values()])), 3) for e in ("rig", "fomm", "fommByTruth")}
    return {"n": len(truth), "people": len(np.unique(data["person"])), "characters": figures, "relative": mean}
