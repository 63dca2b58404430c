"""Exports the networks that move a picture, with cards and figures."""

import numpy as np
import torch

from common import export_onnx, tensor, write_card
from image_animation import CODE, K

LICENCE = {"weights": "Apache-2.0", "data": "ICT-FaceKit: MIT; backgrounds: LFW, research"}
TITLES = {"source": "Image animation, the still picture", "frame": "Image animation, one frame"}


def publish(run, networks, data, preserved, learned):
    """`data` of avatar_pairs.py, `preserved` of avatar_preservation.py, `learned`: how many characters and people were learned from."""
    source, animation = networks
    picture = data["image"][:1, 0].transpose(0, 3, 1, 2)
    with torch.no_grad():
        features, keypoints, jacobians = (t.numpy() for t in source(torch.from_numpy(picture.astype(np.float32))))
    code = data["code"][:1, 1]
    size = "compact" if picture.shape[-1] == 128 else f"{picture.shape[-1]}px"
    last = run.history[-1]["figures"] if run.history else {}
    shape = {"features": list(features.shape[1:]), "keypoints": [K, 2], "jacobians": [K, 2, 2], "picture": list(picture.shape[1:]), "code": [CODE]}
    meaning = {
        "features": "features of the picture at a quarter of its size", "keypoints": "landmarks, -1..1", "jacobians": "the head's affine frame",
        "picture": "RGB, 0..255", "code": "weights of blend shapes, then yaw, pitch, roll, gaze pitch and yaw, radians",
    }  # fmt: skip
    tensors = lambda names: [tensor(n, ["n", *shape[n]], meaning[n]) for n in names]
    rows = [(f"{name}, unseen: mean recall relative to the drawn truth", f"{f['fomm']['relative']} ({f['fomm']['interval'][0]} to {f['fomm']['interval'][1]}); rig engine {f['rig']['relative']}") for name, f in preserved["characters"].items()]
    rows += [("mean over the characters", str(preserved["relative"]["fomm"])), ("the same with the true weights", str(preserved["relative"]["fommByTruth"])),
             ("L1 where the face is, people and characters not learned from; the still itself", f"{last.get('moved')}; {last.get('still')}"),
             ("landmarks found in a still, of its width", str(last.get("landmarks")))]  # fmt: skip
    for part, module, inputs, outputs, arrays in (
        ("source", source, ["picture"], ["features", "keypoints", "jacobians"], {"picture": picture}),
        ("frame", animation, ["picture", "features", "keypoints", "jacobians", "code"], ["frame"],
         {"picture": picture, "features": features, "keypoints": keypoints, "jacobians": jacobians, "code": code}),
    ):  # fmt: skip
        name = f"animation-source-{size}" if part == "source" else f"animation-{size}"
        folder = run.out / name
        path = export_onnx(module, arrays, outputs, folder / "model.onnx", tolerance=0.05 if part == "frame" else 1e-3)
        write_card(
            folder / "card.md", TITLES[part],
            "Moves a still picture of somebody by first-order motion (the thesis, equations 6.13 to 6.29), " + ("the part that is computed once a picture." if part == "source" else "one frame."),
            f"{learned['characters']} drawn characters and {learned['people']} rendered people (ICT-FaceKit head), eleven states each (`avatar_pairs.py`). None of the cast, no photograph of a face.",
            "Weights: Apache-2.0. Data: ICT-FaceKit (MIT), backgrounds from LFW (research).",
            "By person and character: every thirteenth is not learned from. The cast is in neither.",
            rows, "; ".join(f"`{n}` {['n', *shape[n]]}: {meaning[n]}" for n in inputs) + ".",
            "`features`, `keypoints`, `jacobians`." if part == "source" else f"`frame` {['n', *shape['picture']]} RGB 0..255.",
            "The paper's keypoints are unsupervised; here they are landmarks, and the driving frame is told as a state of the rig. The paper's own way is the option `--keypoints free` (`avatar_keypoints.py`): after short trainings it carries the pose and hardly any emotion (mean recall at chance).",
            f"`{run.command}`. {run.options.how}",
            "After a short training edges are soft, teeth and closed lids hardly come, and fear and anger, which need them, are mostly lost. Large turns show smears. Photographs of real people move worse than drawn ones. Pictures of people are theirs: do not animate anybody who did not agree.",
        )  # fmt: skip
        run.publish({
            "id": name, "task": "animation-source" if part == "source" else "animation", "role": "thesis", "default": size == "compact", "title": TITLES[part],
            "inputs": tensors(inputs), "outputs": tensors(outputs) if part == "source" else [tensor("frame", ["n", *shape["picture"]], "RGB, 0..255")],
            "labels": [], "preprocessing": {}, "licence": LICENCE,
        }, {"preservation": preserved, "bytes": path.stat().st_size})  # fmt: skip
