"""Golden pictures of avatars: test/golden/avatar/*.png, drawn by the recipe's renderer from the committed heads.

    python3 test/golden/scripts/avatar.py
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "recipes"))

import avatar_draw  # noqa: E402
import avatar_glb  # noqa: E402
import avatar_rig as rig  # noqa: E402

STATES = {
    "ada-neutral": ("ada", {}, (0, 0, 0), (0, 0), "toon"),
    "gob-angry": ("gob", {"browDownLeft": 1, "browDownRight": 1, "noseSneerLeft": 0.6, "jawOpen": 0.3}, (-0.3, 0.1, 0.1), (0.1, 0.2), "toon"),
    "egon-smile": ("egon", {"mouthSmileLeft": 1, "mouthSmileRight": 0.8, "eyeBlinkRight": 1}, (0.2, -0.1, 0), (0, -0.2), "plain"),
}  # fmt: skip


def main():
    out = ROOT / "test" / "golden" / "avatar"
    out.mkdir(exist_ok=True)
    for name, (who, shapes, pose, gaze, style) in STATES.items():
        weights = np.zeros(len(rig.SHAPES))
        for shape, value in shapes.items():
            weights[rig.INDEX[shape]] = value
        character = avatar_glb.read(ROOT / "models" / "avatars" / f"{who}.glb")
        Image.fromarray(avatar_draw.draw(character, weights, pose, gaze, 96, style)).save(out / f"{name}.png")


if __name__ == "__main__":
    main()
